"""Finds the first sign of a secret in a text: its kind, its line, and the masked value."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from engine.project.secrets.assignments import Given, values_given
from engine.project.secrets.key_shapes import KEY_SHAPES
from engine.project.secrets.kinds import LEAST_ODD, ODD_TOKENS, TOKENS, Kind
from engine.project.secrets.login_shapes import LOGIN_SHAPES
from engine.project.secrets.trust import Trust, is_code, trust_of
from engine.project.secrets.values import is_mixed, is_stand_in, looks_random, looks_secret

# What separates words of which a token could be one, as blanks; a line feed in a string's escapes too.
_TO_BLANKS = bytes(byte if (chr(byte).isalnum() and byte < 128) or byte in b"_.~%-" else 32 for byte in range(256))
_ESCAPES = re.compile(rb"\\[nrt]")
_START_BYTES, _LEAST_WORD = 3, 6
# Beginnings that ordinary words share.
_COMMON_STARTS = frozenset(
    {
        *(b"s.", b"sk-", b"sk_", b"re_", b"fw_", b"md-", b"sl.", b"st."),
        *(b"ak_", b"EAA", b"EAAA", b"hf_", b"r8_", b"oy2", b"cio", b"SK"),
    }
)
_IN_BASE64 = frozenset(b"+/=")
# Adjacent strings are joined, so that a key in two parts is seen: "ab" + "cd", or "ab" and "cd" on two lines.
_JOINT = re.compile(
    rb"""(["'])[ \t]{0,20}(?:\+|\.|\\|&)?[ \t]{0,20}\r?\n?[ \t]{0,80}(?:\+|\.)?[ \t]{0,20}"""
    rb"""[brf]?\1(?P<rest>[\w.~-]{4,200})"""
)
_ENDS = frozenset({b"", b"\n", b"\r", b" ", b'"', b"'", b"`", b"&"})
_SHOWN, _LONG_VALUE = 4, 16


@dataclass(frozen=True, slots=True)
class Found:
    """`kind` in words for the person, the line (from 1), and enough of the value to recognize it."""

    kind: str
    line: int
    masked: str

    @property
    def words(self) -> str:
        return f"{self.kind} in line {self.line} ({self.masked})"


def find_secret(text: str, path: str) -> Found | None:
    """The first sign of a secret in a file's text. The path decides how strictly plain passwords are judged."""
    flat = text.encode("ascii", "replace")  # one byte per character, so offsets agree
    trust = trust_of(path)
    for kind, at, value in _signs(flat, trust, is_code(path)):
        return Found(kind, flat.count(b"\n", 0, at) + 1, _masked(value))
    return None


def _signs(text: bytes, trust: Trust, in_code: bool) -> Iterator[tuple[str, int, bytes]]:
    words = _words(text)
    yield from _tokens(text, words)
    yield from _shapes(text, words, trust)
    for given in values_given(text, words):
        if _is_secret(given, trust, in_code):
            yield "a key or password", given.start, given.value


def _words(text: bytes) -> frozenset[bytes]:
    return frozenset((_ESCAPES.sub(b"  ", text) if b"\\" in text else text).translate(_TO_BLANKS).split())


def _tokens(text: bytes, words: frozenset[bytes]) -> Iterator[tuple[str, int, bytes]]:
    """Words that are tokens of a known kind, also where a string ends amidst one and the next goes on with it."""
    for word in sorted(word for word in words if len(word) >= _LEAST_WORD and word[:_START_BYTES] in _BY_START):
        for kind in _BY_START[word[:_START_BYTES]]:
            if word.startswith(kind.start):
                yield from _as_token(text, word, kind)
    for word in sorted(word for word in words if len(word) >= LEAST_ODD):
        for name, pattern in ODD_TOKENS:
            if pattern.fullmatch(word):
                yield name, text.find(word), word


def _as_token(text: bytes, word: bytes, kind: Kind) -> Iterator[tuple[str, int, bytes]]:
    at = text.find(word)
    match = kind.pattern.match(word)
    if match is None and len(kind.start) >= _START_BYTES:
        joint = _JOINT.match(text, at + len(word))
        match = None if joint is None else kind.pattern.match(word + joint["rest"])
    if match is None:
        return
    is_common = kind.start in _COMMON_STARTS
    if is_common and at > 0 and text[at - 1] in _IN_BASE64 and text[at - 1 : at] != b"=":
        return
    body = match[0][len(kind.start) :]
    if not is_stand_in(body) and (not is_common or is_mixed(body) or looks_random(body)):
        yield kind.words, at, match[0]


def _shapes(text: bytes, words: frozenset[bytes], trust: Trust) -> Iterator[tuple[str, int, bytes]]:
    """What a text holds of these, as (name, where, value)."""
    for shape in (*KEY_SHAPES, *LOGIN_SHAPES):
        if not shape.clue.is_in(text, words):
            continue
        for match in shape.pattern.finditer(text):
            group = next(name for name, value in match.groupdict().items() if value is not None)
            if shape.accepts(match[group], trust):
                yield shape.name, match.start(group), match[group]
                break


def _is_secret(given: Given, trust: Trust, in_code: bool) -> bool:
    if not given.is_quoted and (in_code or trust is not Trust.SETTINGS):
        # without quotes it is an expression, unless it goes on like no name
        return len(given.value) >= 20 and given.after in _ENDS and looks_random(given.value)
    return looks_secret(given.value, trust, for_password=given.for_password, is_environment=given.is_environment) and (
        trust is not Trust.PROSE or looks_random(given.value)
    )


def _masked(value: bytes) -> str:
    """The beginning of a long value, which names the key's issuer; nothing of a short one."""
    shown = value[:_SHOWN].decode("ascii", "replace") if len(value) >= _LONG_VALUE else ""
    return "".join(character if character.isprintable() else "?" for character in shown).lstrip("-") + "…"


def _by_start() -> dict[bytes, list[Kind]]:
    """The kinds by the first bytes of a word; a start that is shorter goes on with anything."""
    found: defaultdict[bytes, list[Kind]] = defaultdict(list)
    for kind in TOKENS:
        missing = _START_BYTES - len(kind.start)
        for more in range(128) if missing > 0 else [0]:
            found[(kind.start + bytes([more]))[:_START_BYTES]].append(kind)
    return dict(found)


_BY_START = _by_start()
