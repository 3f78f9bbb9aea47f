"""From a file's bytes to text: a byte order mark decides, then strict UTF-8, then what the bytes look like."""

import codecs

from charset_normalizer import from_bytes

_MARKS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 64 << 10
# Control characters that text does hold: tab, line feed, vertical tab, form feed, carriage return, escape.
_PLAIN_CONTROLS = frozenset(b"\t\n\x0b\x0c\r\x1b")
_BINARY_CONTROLS = bytes(code for code in (*range(32), 127) if code not in _PLAIN_CONTROLS)
_MAX_CONTROL_SHARE = 0.02


def is_binary(head: bytes) -> bool:
    """Whether a file's first bytes belong to something that is not text: a NUL, or too many control characters."""
    sample = head[:_SAMPLE_BYTES]
    if sample.startswith(tuple(mark for mark, _ in _MARKS)):
        return False
    if b"\0" in sample:
        return True
    controls = len(sample) - len(sample.translate(None, _BINARY_CONTROLS))
    return controls > _MAX_CONTROL_SHARE * len(sample)


def decode(content: bytes) -> str | None:
    """The text of a whole file without its byte order mark; None where no encoding fits."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decode_as(content[len(mark) :], encoding)
    text = _decode_as(content, "utf-8")
    return text if text is not None else _decode_by_look(content)


def _decode_by_look(content: bytes) -> str | None:
    match = from_bytes(content[:_SAMPLE_BYTES]).best()
    return None if match is None else _decode_as(content, match.encoding)


def _decode_as(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
