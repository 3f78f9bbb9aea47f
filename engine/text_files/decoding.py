"""Which text a file's bytes are: by its byte order mark, as UTF-8, as UTF-16 without a mark, else by a guess.

Nothing but a binary file is refused. What comes out can always be written back byte for byte: a codec that would not
do so is passed over, and bytes that it cannot read are kept as strays.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from engine.text_files.encoding import Encoding
from engine.text_files.guess import guesses
from engine.text_files.strays import decode_with_strays, stray_count

_BOMS = (  # the longer first: UTF-32's begins with UTF-16's
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Control characters that text does hold: backspace, tab, line feed, vertical tab, form feed, carriage return, escape.
_TEXT_CONTROLS = frozenset(b"\b\t\n\x0b\x0c\r\x1b")
_BINARY_CONTROLS = bytes(code for code in (*range(32), 127) if code not in _TEXT_CONTROLS)
_MOST_CONTROLS, _MOST_CONTROL_SHARE = 2, 0.05
_UTF16_SAMPLE_BYTES = 64 << 10
_MOST_STRAY_SHARE = 0.05
_JIS_ESCAPE = re.compile(rb"\x1b\$[@B]")
_MOST_RUNS = 10_000  # enough to tell, however large the file
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_SURROGATES = re.compile("[\udc80-\udcff]+")
_MOST_OF_ONE = 3  # bytes that are left of one character that was cut
_TOUCHED_SURROGATE = re.compile("[\udc80-\udcff][^\\x00-\\x7f]|[^\\x00-\\x7f][\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


class NotTextError(ValueError):
    """These bytes are no text."""


def _is_binary(data: bytes) -> bool:
    """Whether a file's bytes are no text: they hold NULs that are not UTF-16's, or many control characters."""
    if data.startswith(tuple(bom for bom, _ in _BOMS)):
        return False
    if b"\0" in data:
        return _utf16_without_bom(data) is None
    return _has_many_controls(data)


def decode(data: bytes) -> tuple[str, Encoding]:
    """The text in a file's bytes, without its byte order mark, and how to write it back. Raises NotTextError."""
    if _is_binary(data):
        raise NotTextError("binary")
    for encoding in _certain(data):
        if (outcome := _read(data, encoding)) is not None:
            return outcome
    if b"\0" in data:
        raise NotTextError("binary")  # it began like UTF-16 or UTF-32, and is not
    for family in guesses(data):
        outcomes = [_read(data, Encoding(codec, is_guess=True)) for codec in family]
        if found := sorted(filter(None, outcomes), key=lambda outcome: outcome[1].keeps_strays):
            return found[0]
    return data.decode("latin_1"), Encoding("latin_1", is_guess=True)


def decode_as(data: bytes, encoding: Encoding) -> tuple[str, Encoding] | None:
    """The text in an encoding that is known; None where it could not be written back unchanged.

    The byte order mark is that of `data`, and strays are allowed for.
    """
    bom = next((bom for bom, codec in _BOMS if codec == encoding.codec and data.startswith(bom)), b"")
    return _read(data, Encoding(encoding.codec, bom, encoding.is_guess), any_strays=True)


def _certain(data: bytes) -> Iterator[Encoding]:
    """Encodings that the bytes themselves tell, the surest first."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            yield Encoding(codec, bom)
            return
    utf16 = _utf16_without_bom(data)
    if utf16 is not None:
        yield Encoding(utf16)
    elif _JIS_ESCAPE.search(data) and data.isascii():
        yield Encoding("iso2022_jp")
    elif _is_utf8(data):
        yield Encoding("utf-8")


def _is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8, or UTF-8 with stray bytes.

    A sequence of two to four bytes is valid by chance the more rarely, the longer it is, so it outweighs that many
    strays. In legacy encodings of East Asia such sequences touch the bytes that are not UTF-8; a stray byte in a text
    of UTF-8 mostly stands alone.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        runs = (run[0] for run in _HIGH_RUN.finditer(data))
        text = b"\n".join(islice(runs, _MOST_RUNS)).decode("utf-8", "surrogateescape")
        strays = sum(-(-len(run) // _MOST_OF_ONE) for run in _SURROGATES.findall(text))
        weight = sum(len(character.encode("utf-8")) - 1 for character in _BEYOND_ASCII.findall(text))
        return weight >= strays * (4 if _TOUCHED_SURROGATE.search(text) else 1)
    return True


def _utf16_without_bom(data: bytes) -> str | None:
    """UTF-16 by its NULs: the ASCII characters of a text have theirs all at even or all at odd places."""
    if len(data) % 2 or b"\0" not in data:
        return None
    sample = data[:_UTF16_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    codec = "utf-16-be" if even > odd else "utf-16-le"
    if min(even, odd) or max(even, odd) * 10 < len(sample) // 2:
        return None
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    return codec if _control_count(text.encode("utf-8")) == 0 else None


def _read(data: bytes, encoding: Encoding, *, any_strays: bool = False) -> tuple[str, Encoding] | None:
    """The text in an encoding, None where it could not be written back unchanged or is mostly strays."""
    body = data[len(encoding.bom) :]
    try:
        text = body.decode(encoding.codec)
    except UnicodeDecodeError:
        text = decode_with_strays(body, encoding.codec)
        encoding = replace(encoding, keeps_strays=True)
        if not (any_strays or encoding.codec == "utf-8") and stray_count(text) > _MOST_STRAY_SHARE * len(text):
            return None
    return (text, encoding) if _writes_back(text, encoding, data) else None


def _writes_back(text: str, encoding: Encoding, data: bytes) -> bool:
    """Stateful codecs can write one text in several ways."""
    try:
        return encoding.encode(text) == data
    except UnicodeEncodeError:
        return False


def _has_many_controls(data: bytes) -> bool:
    return _control_count(data) > max(_MOST_CONTROLS, _MOST_CONTROL_SHARE * len(data))


def _control_count(data: bytes) -> int:
    return len(data) - len(data.translate(None, _BINARY_CONTROLS))
