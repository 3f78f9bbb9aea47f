"""The token types of a code block, as spans of each line; without Qt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import _TokenType
from pygments.util import ClassNotFound

from ui.parts.utf16 import utf16_length

# A lexer is a set of regular expressions. Long lines and long texts stay plain, so that no match can block the window.
_LONGEST_TEXT, _LONGEST_LINE = 100_000, 2_000

# Code Llama often names no language. These signs are usually right, and a wrong guess affects only the colours.
_SIGNS = (
    ("python", re.compile(r"^\s*(?:def \w+\(.*|class \w+.*:|from [\w.]+ import |import [\w.]+$|@\w+)", re.MULTILINE)),
    ("cpp", re.compile(r"^\s*#include\s*[<\"]|std::", re.MULTILINE)),
    ("rust", re.compile(r"^\s*(?:pub )?fn \w+.*\{|^\s*let mut ", re.MULTILINE)),
    ("go", re.compile(r"^package \w+$|^func .*\{$", re.MULTILINE)),
    ("java", re.compile(r"^\s*(?:public|private) (?:static |final )*\w+", re.MULTILINE)),
    ("javascript", re.compile(r"^\s*(?:const|let|var) \w+ =|^\s*function \w*\(|=> \{", re.MULTILINE)),
    ("bash", re.compile(r"^(?:#!.*sh$|\$ \w+|(?:sudo|pip|git|cd|npm|apt) \w+)", re.MULTILINE)),
    ("html", re.compile(r"^\s*<(?:!DOCTYPE|html|div|body)", re.MULTILINE)),
    ("sql", re.compile(r"^\s*(?:SELECT|INSERT INTO|CREATE TABLE|UPDATE) ", re.MULTILINE)),
)


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """A part of one line, in UTF-16 units, as Qt counts."""

    start: int
    length: int
    token: _TokenType


def language_of(named: str, text: str) -> str:
    """The language of a block: from its fence, else guessed from its text, else ""."""
    name = re.sub(r"[^\w+#.-].*", "", named.lstrip("{.")).lower()
    if name:
        return name
    return next((language for language, sign in _SIGNS if sign.search(text)), "")


def spans_of(text: str, language: str) -> list[list[TokenSpan]]:
    """The spans of each line of `text`, with LF as line end. Lines of plain text have no spans."""
    lines: list[list[TokenSpan]] = [[] for _ in range(text.count("\n") + 1)]
    lexer = _lexer(language)
    if lexer is None or len(text) > _LONGEST_TEXT or max(map(len, text.split("\n"))) > _LONGEST_LINE:
        return lines
    line, column = 0, 0
    for token, value in _tokens(lexer, text):
        for index, part in enumerate(value.split("\n")):
            if index:
                line, column = line + 1, 0
            length = utf16_length(part)
            if length:
                lines[line].append(TokenSpan(column, length, token))
            column += length
    return lines


def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


def _tokens(lexer: Lexer, text: str) -> Iterator[tuple[_TokenType, str]]:
    """Tokens of the unchanged text: `get_tokens` would strip and normalise it."""
    for _position, token, value in lexer.get_tokens_unprocessed(text):
        yield token, value
