"""Bytes that an encoding cannot read, kept inside the text as characters of their own.

Python's `surrogateescape` keeps them as lone surrogates, which Qt drops when a string crosses into it. Here byte B is
kept as U+10FE00 + B. That is a private use area that no font, icon set or text found in the wild is known to use; a
text that does hold one of these characters is not read with strays (see `decoding`).
"""

import codecs
import re

_FIRST = 0x10FE00
_ONE = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + 0xFF)}]")
_HANDLER = "lacuna.stray"


def stray_count(text: str) -> int:
    """How many bytes of a text its encoding could not read."""
    return len(_ONE.findall(text))


def readable(text: str) -> str:
    """A text for a model: each byte that could not be read as U+FFFD."""
    return _ONE.sub("\ufffd", text)


def decode_with_strays(data: bytes, codec: str) -> str:
    """All of `data` as text, what the codec cannot read as stray characters."""
    return data.decode(codec, _HANDLER)


def encode_with_strays(text: str, codec: str) -> bytes:
    """The reverse of `decode_with_strays`. Raises UnicodeEncodeError where the codec lacks a character."""
    out: list[bytes] = []
    place = 0
    for match in _ONE.finditer(text):
        out += (text[place : match.start()].encode(codec), bytes((ord(match.group()) - _FIRST,)))
        place = match.end()
    out.append(text[place:].encode(codec))
    return b"".join(out)


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_FIRST + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _keep)
