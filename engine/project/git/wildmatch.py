"""Matches a path with a pattern as git does (gitignore(5)): `*`, `?`, classes, escapes and `**` between slashes.

A pattern is tokenized once. Matching backtracks to two places only: the last `*`, which cannot cross a slash, and the
last `**/`. Earlier ones need no retry, because the part after them already matched at its earliest place. So the time
is at most the product of both lengths, for any pattern. Everything is bytes, as in git: `?` is one byte of a name.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

_SLASH = ord("/")
_ESCAPE = ord("\\")


class _Run(Enum):
    """A run of stars."""

    STAR = "*"  # any bytes but slashes
    FOLDERS = "**/"  # nothing, or any path up to and with a slash
    PATH = "**\\/"  # any path that ends in a slash; unlike FOLDERS not empty, since the slash was escaped
    REST = "**"  # at the end: anything


_Token = frozenset[int] | _Run  # a set: the bytes that match at one position


def _bytes_where(first: int, last: int) -> frozenset[int]:
    return frozenset(range(first, last + 1))


_ANY_IN_NAME: Final = frozenset(range(256)) - {_SLASH}
_UPPER, _LOWER, _DIGIT = _bytes_where(0x41, 0x5A), _bytes_where(0x61, 0x7A), _bytes_where(0x30, 0x39)
_SPACE = frozenset(b" \t\n\r")  # git's own: without vertical tab and form feed
_PRINT = _bytes_where(0x20, 0x7E)
_CLASSES: Final = {
    b"alnum": _UPPER | _LOWER | _DIGIT,
    b"alpha": _UPPER | _LOWER,
    b"blank": frozenset(b" \t"),
    b"cntrl": _bytes_where(0, 0x1F) | {0x7F},
    b"digit": _DIGIT,
    b"graph": _PRINT - _SPACE,
    b"lower": _LOWER,
    b"print": _PRINT,
    b"punct": _PRINT - _SPACE - _UPPER - _LOWER - _DIGIT,
    b"space": _SPACE,
    b"upper": _UPPER,
    b"xdigit": _DIGIT | frozenset(b"abcdefABCDEF"),
}


class _NeverMatchesError(Exception):
    """An incomplete pattern, for example with an open bracket. It matches no path."""


@dataclass(frozen=True, slots=True)
class Glob:
    """A tokenized pattern. `tail` are the literal bytes at its end, which rule out most paths at once."""

    tokens: tuple[_Token, ...]
    tail: bytes

    @property
    def is_ending(self) -> bool:
        """Whether the pattern is one star followed by literal bytes."""
        return self.tokens[0] is _Run.STAR and len(self.tokens) == len(self.tail) + 1

    def matches(self, text: bytes) -> bool:
        """Whether the pattern matches all of this text."""
        if not text.endswith(self.tail):
            return False
        if self.is_ending:
            return b"/" not in text[: len(text) - len(self.tail)]
        return _matches(self.tokens, text)


def compile_glob(pattern: bytes, *, fold_case: bool = False) -> Glob | None:
    """The tokenized pattern; None if it can match nothing. `fold_case` is git's core.ignoreCase (ASCII)."""
    try:
        tokens = tuple(_Tokens(pattern, fold_case).cut())
    except _NeverMatchesError:
        return None
    return Glob(tokens, _tail(tokens))


def _tail(tokens: tuple[_Token, ...]) -> bytes:
    literal = bytearray()
    for token in reversed(tokens):
        if isinstance(token, _Run) or len(token) != 1:
            break
        literal += bytes(token)
    return bytes(reversed(literal))


def _matches(tokens: tuple[_Token, ...], text: bytes) -> bool:
    at = place = 0  # in text and in tokens
    star_place, star_at = -1, 0  # after the last star of this segment, and how far it reaches
    deep_place, deep_at = -1, 0  # after the last `**/`, and where the rest was tried last
    while True:
        token = tokens[place] if place < len(tokens) else None
        if token is None and at == len(text):
            return True
        if isinstance(token, frozenset) and at < len(text) and text[at] in token:
            if text[at] == _SLASH:
                star_place = -1
            at, place = at + 1, place + 1
            continue
        if token is _Run.REST:
            return True
        if token is _Run.STAR:
            place += 1
            star_place, star_at = place, at
            continue
        if token is _Run.FOLDERS:
            place += 1
            deep_place, deep_at, star_place = place, at, -1
            continue
        if token is _Run.PATH:
            deep_place, deep_at, star_place = place + 1, at, -1
        if star_place >= 0 and star_at < len(text) and text[star_at] != _SLASH:
            star_at += 1
            at, place = star_at, star_place
            continue
        slash = text.find(b"/", deep_at) if deep_place >= 0 else -1
        if slash < 0:
            return False
        at = deep_at = slash + 1
        place, star_place = deep_place, -1


class _Tokens:
    """Tokenizes one pattern; `at` is the next byte."""

    def __init__(self, pattern: bytes, fold_case: bool) -> None:
        self._pattern = pattern
        self._fold_case = fold_case
        self._at = 0

    def cut(self) -> list[_Token]:
        """All tokens. Raises _NeverMatchesError."""
        tokens: list[_Token] = []
        while self._at < len(self._pattern):
            byte = self._take()
            if byte == ord("*"):
                tokens.append(self._run_of_stars())
            elif byte == ord("?"):
                tokens.append(_ANY_IN_NAME)
            elif byte == ord("["):
                tokens.append(self._class())
            elif byte == _ESCAPE:
                # git folds the case of the text only, so an escaped capital matches nothing
                tokens.append(self._folded(frozenset({self._take()})))
            else:
                tokens.append(self._literal(byte))
        return tokens

    def _peek(self, ahead: int = 0) -> int:
        """A byte further on; 0 beyond the end, since no pattern contains NUL."""
        place = self._at + ahead
        return self._pattern[place] if place < len(self._pattern) else 0

    def _take(self) -> int:
        if self._at >= len(self._pattern):
            raise _NeverMatchesError
        self._at += 1
        return self._pattern[self._at - 1]

    def _literal(self, byte: int) -> frozenset[int]:
        return frozenset(bytes([byte]).lower() + bytes([byte]).upper()) if self._fold_case else frozenset({byte})

    def _run_of_stars(self) -> _Run:
        """A run of stars. Two or more cross slashes if they stand alone between two; elsewhere they count as one."""
        first = self._at - 1
        while self._peek() == ord("*"):
            self._at += 1
        is_alone = self._at - first >= 2 and (first == 0 or self._pattern[first - 1] == _SLASH)
        if not is_alone:
            return _Run.STAR
        if self._at == len(self._pattern):
            return _Run.REST
        if self._peek() == _SLASH:
            self._at += 1
            return _Run.FOLDERS
        if self._peek() == _ESCAPE and self._peek(1) == _SLASH:
            self._at += 2
            return _Run.PATH
        return _Run.STAR

    def _class(self) -> frozenset[int]:
        """A bracket expression, after its opening bracket."""
        is_negated = self._peek() in b"!^" and self._at < len(self._pattern)
        self._at += is_negated
        members: set[int] = set()
        before = 0  # possible start of a range
        is_first = True
        while is_first or self._peek() != ord("]"):
            is_first = False
            byte = self._take()
            if byte == _ESCAPE:
                before = self._take()
                members.add(before)
            elif byte == ord("-") and before and self._peek() not in (0, ord("]")):
                members |= self._range(before)
                before = 0
            elif byte == ord("[") and self._peek() == ord(":") and (named := self._named_class()) is not None:
                members |= named
                before = 0
            else:
                before = byte
                members.add(byte)
        self._at += 1
        accepted = self._folded(frozenset(members))
        return (_ANY_IN_NAME - accepted) if is_negated else accepted - {_SLASH}

    def _range(self, first: int) -> frozenset[int]:
        last = self._take()
        if last == _ESCAPE:
            last = self._take()
        found = _bytes_where(first, last)
        return found | frozenset(bytes(found & _UPPER).lower()) if self._fold_case else found

    def _named_class(self) -> frozenset[int] | None:
        """`:name:]` behind a bracket; None if the colon before the next bracket lacks, so it is a plain set."""
        close = self._pattern.find(b"]", self._at + 1)
        if close < 0:
            raise _NeverMatchesError
        if close <= self._at + 1 or self._pattern[close - 1] != ord(":"):
            return None
        found = _CLASSES.get(self._pattern[self._at + 1 : close - 1])
        if found is None:
            raise _NeverMatchesError
        self._at = close + 1
        return found | _LOWER if self._fold_case and found == _UPPER else found

    def _folded(self, members: frozenset[int]) -> frozenset[int]:
        """The bytes of a text that match a set after git has lowered the text's capitals."""
        if not self._fold_case:
            return members
        return frozenset(byte for byte in range(256) if bytes([byte]).lower()[0] in members)
