"""Splits a chat template into phrases: the words around messages, and their conditions. Nothing is run.

Templates are Jinja, and most are alike: a loop over messages, a branch per role, and in it words, the message's text
and more words. Jinja's own lexer splits them, so that blanks at tags are handled as in transformers.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from jinja2 import Environment, TemplateSyntaxError

from engine.messages.prompts import BEGIN, END

_MOST_CHARACTERS = 64 << 10
_MOST_TOKENS = 20_000
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "\n": ""}
ROLES = ("system", "user", "assistant")


class Slot(Enum):
    """A slot: text that a template inserts from a conversation, or that only running it could tell."""

    CONTENT = "content"
    STRIPPED = "stripped content"
    SYSTEM = "content of the first message"
    STRIPPED_SYSTEM = "stripped content of the first message"
    ROLE = "role"
    NAME = "what a variable holds"
    UNKNOWN = "unknown"


Part = str | Slot


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words and slots that follow each other without a tag between. `role` is the branch they stand in, "" for none;
    `is_set`: they are put into a variable and not out; `is_header`: they begin the answer that is asked for; `is_last`:
    they stand behind the loop.
    """

    parts: tuple[Part, ...]
    role: str = ""
    is_set: bool = False
    is_header: bool = False
    is_last: bool = False


_ENVIRONMENT = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)  # only its lexer is used


def phrases_of(template: str) -> tuple[Phrase, ...]:
    """The phrases of a template in order; none if it is invalid Jinja or far too long."""
    if len(template) > _MOST_CHARACTERS:
        return ()
    try:
        tokens = [
            (kind, value) for _, kind, value in _ENVIRONMENT.lex(template) if kind not in ("whitespace", "comment")
        ]
    except (TemplateSyntaxError, RecursionError):
        return ()
    return tuple(_cut(tokens)) if len(tokens) <= _MOST_TOKENS else ()


def _cut(tokens: list[tuple[str, str]]) -> Iterator[Phrase]:
    role, is_header, is_last = "", False, False
    parts: list[Part] = []
    inside: list[tuple[str, str]] = []
    for kind, value in tokens:
        match kind:
            case "data" | "raw_data":
                parts.append(_harmless(value))
            case "variable_begin" | "block_begin":
                inside = []
            case "variable_end":
                parts += _parts(inside)
            case "block_end":
                if parts:
                    yield Phrase(_joined(parts), role, False, is_header, is_last)
                    parts = []
                if (set_parts := _set(inside)) is not None:
                    yield Phrase(_joined(set_parts), role, True, is_header, is_last)
                    continue
                word = inside[0][1] if inside else ""
                is_last = is_last or word == "endfor"
                if word in ("if", "elif", "else", "endif"):
                    role = _role(inside, role, word)
                    is_header = ("name", "add_generation_prompt") in inside
            case _:
                inside.append((kind, value))
    if parts:
        yield Phrase(_joined(parts), role, False, is_header, is_last)


def _role(tokens: list[tuple[str, str]], before: str, word: str) -> str:
    """The role of a branch: any that is neither the person's nor the system's is the assistant's."""
    if word in ("if", "elif"):
        named = [value[1:-1] for kind, value in tokens if kind == "string" and value[1:-1] in ROLES]
        return named[0] if len(named) == 1 and ("operator", "!=") not in tokens else ""
    return "assistant" if word == "else" and before == "user" else ""


def _set(tokens: list[tuple[str, str]]) -> list[Part] | None:
    """What a set tag puts into its variable; None for another tag."""
    if len(tokens) > 3 and tokens[0] == ("name", "set") and tokens[2] == ("operator", "="):
        return _parts(tokens[3:])
    return None


def _parts(tokens: list[tuple[str, str]]) -> list[Part]:
    """The summands of an expression."""
    summands: list[list[tuple[str, str]]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token[1] in "([{") - (token[1] in ")]}") if token[0] == "operator" else 0
        if token in (("operator", "+"), ("operator", "~")) and depth == 0:
            summands.append([])
        elif token != ("operator", "-") or summands[-1]:
            summands[-1].append(token)
    return [_part(summand) for summand in summands]


def _part(tokens: list[tuple[str, str]]) -> Part:
    values = [value[1:-1] if kind == "string" else value for kind, value in tokens if value not in ("[", "]", ".")]
    kinds = [kind for kind, _ in tokens]
    match values:
        case [text] if kinds == ["string"]:
            return _unescaped(text)
        case ["eos_token"]:
            return END
        case ["bos_token"]:
            return BEGIN
        case ["message", "role"]:
            return Slot.ROLE
        case ["message", "content"]:
            return Slot.CONTENT
        case ["message", "content", "|", "trim"] | ["message", "content", "strip", "(", ")"]:
            return Slot.STRIPPED
        case ["messages", "0", "content"]:
            return Slot.SYSTEM
        case ["messages", "0", "content", "|", "trim"] | ["messages", "0", "content", "strip", "(", ")"]:
            return Slot.STRIPPED_SYSTEM
        case [_] if kinds == ["name"]:
            return Slot.NAME
        case _:
            return Slot.UNKNOWN


def _unescaped(text: str) -> str:
    """A string of the template as Jinja reads it; an escape that is not known here stays as it is written."""

    def character(escape: re.Match[str]) -> str:
        sign = escape[1]
        return chr(int(sign[1:], 16)) if len(sign) > 1 else _ESCAPED.get(sign, escape[0])

    return _harmless(_ESCAPE.sub(character, text))


def _harmless(text: str) -> str:
    """Words without the two signs that stand for control ids."""
    return text.replace(BEGIN, "").replace(END, "")


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Adjacent words joined."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(last := joined[-1], str):
            joined[-1] = last + part
        elif part != "":
            joined.append(part)
    return tuple(joined)
