"""Pygments lexers that can resume at the start of a line, so that an edit costs only the lines that it changes.

The generator of a Pygments lexer starts at the top of a text and hides its state. Between two matches that state is a
position and a stack of state names. If the position is the start of a line, lexing can resume there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer
from pygments.lexers import get_lexer_for_filename
from pygments.token import Error, Whitespace, _TokenType
from pygments.util import ClassNotFound

Stack = tuple[str, ...]
TOP: Stack = ("root",)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A lexed stretch of text, [start, end) in code points, and its token type."""

    start: int
    end: int
    kind: _TokenType


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """The lexer's state at `position`, where both a line and a token start."""

    position: int
    stack: Stack


def lexer_for(file_name: str) -> Lexer | None:
    """The lexer for a file of this name; None if Pygments has none."""
    try:
        return get_lexer_for_filename(file_name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def can_resume(lexer: Lexer) -> bool:
    """Whether `lex` can start elsewhere than at the top with this lexer."""
    return isinstance(lexer, RegexLexer) and not isinstance(lexer, ExtendedRegexLexer)


def lex(lexer: Lexer, text: str, position: int = 0, stack: Stack = TOP) -> Iterator[Lexeme | ResumePoint]:
    """The lexemes of a text in order, white space included, and a ResumePoint wherever the lexer can resume."""
    if isinstance(lexer, RegexLexer) and can_resume(lexer):
        return _lex_states(lexer, text, position, list(stack))
    return (Lexeme(start, start + len(value), kind) for start, kind, value in lexer.get_tokens_unprocessed(text))


def _lex_states(lexer: RegexLexer, text: str, position: int, states: list[str]) -> Iterator[Lexeme | ResumePoint]:
    """The same lexemes as RegexLexer.get_tokens_unprocessed of Pygments 2, with resume points."""
    rules = lexer._tokens  # type: ignore[attr-defined]  # made by its metaclass
    while position < len(text):
        for matches, action, new_state in rules[states[-1]]:
            match = matches(text, position)
            if match is None:
                continue
            if type(action) is _TokenType:
                yield Lexeme(position, match.end(), action)
            elif action is not None:
                yield from (Lexeme(start, start + len(value), kind) for start, kind, value in action(lexer, match))
            position = match.end()
            if new_state is not None:
                _go_to(states, new_state)
            break
        else:
            is_line_end = text[position] == "\n"
            if is_line_end:
                states = list(TOP)  # as in Pygments, an error ends with its line
            yield Lexeme(position, position + 1, Whitespace if is_line_end else Error)
            position += 1
        if position and text[position - 1] == "\n":
            yield ResumePoint(position, tuple(states))


def _go_to(states: list[str], new_state: tuple[str, ...] | int | str) -> None:
    """Change the stack as a rule says. The bottom state is never popped."""
    if isinstance(new_state, tuple):
        for state in new_state:
            _go_to(states, -1 if state == "#pop" else state)
    elif isinstance(new_state, int):
        del states[max(1, len(states) + new_state) :]
    elif new_state == "#push":
        states.append(states[-1])
    else:
        states.append(new_state)
