"""Judges the content of a shape: whether it can be a secret, or is a placeholder or a word."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from engine.project.secrets.trust import Trust
from engine.project.secrets.values import is_mixed, is_placeholder, is_well_known, looks_random, looks_secret


@dataclass(frozen=True, slots=True)
class Clue:
    """What a text with a shape must hold: one of some whole words, or of some parts. Looked for before the shape."""

    words: frozenset[bytes] = frozenset()
    parts: tuple[bytes, ...] = ()

    def is_in(self, text: bytes, words: frozenset[bytes]) -> bool:
        """Whether a text, and the words that it is made of, can have the shape."""
        return not self.words.isdisjoint(words) or any(part in text for part in self.parts)


def words(*some: str) -> Clue:
    """Words of ASCII letters, digits and `_.~%-`; a set of a text's words is asked, which costs next to nothing."""
    return Clue(words=frozenset(word.encode() for word in some))


def parts(*some: str) -> Clue:
    """Parts of words, or what lies between them."""
    return Clue(parts=tuple(part.encode() for part in some))


@dataclass(frozen=True, slots=True)
class Shape:
    """A secret's surroundings. `accepts` judges the pattern's one group that matched."""

    name: str
    clue: Clue
    pattern: re.Pattern[bytes]
    accepts: Callable[[bytes, Trust], bool]


def no_placeholder(value: bytes, _trust: Trust) -> bool:
    return not is_placeholder(value)


def always(_value: bytes, _trust: Trust) -> bool:
    return True


def several_signs(value: bytes, _trust: Trust) -> bool:
    return len(set(value)) > 2


def random(value: bytes, _trust: Trust) -> bool:
    return looks_random(value) and not is_placeholder(value)


def mixed(value: bytes, _trust: Trust) -> bool:
    return not is_placeholder(value) and is_mixed(value)


def password(value: bytes, trust: Trust) -> bool:
    return looks_secret(value, trust, for_password=True)


def password_as_in_settings(value: bytes, _trust: Trust) -> bool:
    return looks_secret(value, Trust.SETTINGS, for_password=True)


def password_in_address(value: bytes, trust: Trust) -> bool:
    """Judge a password between a name and an @."""
    plain = unquote_to_bytes(value)
    if trust is Trust.SETTINGS and len(plain) >= 6 and plain.isalpha():
        return not is_placeholder(plain) and not is_well_known(plain)
    return login(plain, trust)


def login(value: bytes, trust: Trust) -> bool:
    """Judge a password beside a name. In code and prose most are invented, so words with a number don't count there."""
    is_of_three = len(value) >= 8 and value.isalnum() and not value.islower() and not value.isupper()
    return looks_secret(value, Trust.SETTINGS, for_password=True) and (
        trust is Trust.SETTINGS or is_of_three or (len(value) >= 8 and is_mixed(value))
    )


def wallet_words(value: bytes, _trust: Trust) -> bool:
    return len(set(value.split())) >= 8


def encoded_pair(value: bytes, trust: Trust) -> bool:
    """Base64 of "name:password"; one in code or prose has to be more than words."""
    try:
        plain = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except binascii.Error:
        return False
    name, colon, password = plain.partition(b":")
    if not colon or not name or len(password) < 4 or not plain.isascii() or is_placeholder(password):
        return False
    return trust is Trust.SETTINGS or looks_secret(password, Trust.SETTINGS, for_password=True)


def encoded_key(value: bytes, _trust: Trust) -> bool:
    """Base64 of a private key's frame."""
    return b"PRIVATE KEY" in base64.b64decode(value[:80])


def encoded(value: bytes, _trust: Trust) -> bool:
    """Base64 of anything that is no placeholder."""
    try:
        plain = base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return len(plain) >= 4 and not (plain.isascii() and is_placeholder(plain))
