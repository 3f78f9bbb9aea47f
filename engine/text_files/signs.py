"""Text in which all that is not ASCII are signs: a degree, a euro, a quotation mark. Too few bytes for any detector.

They are where Windows-1252 has them in most encodings of Windows and, above 0xA0, in ISO 8859-1 and -15.
"""

import re

_MOST_SIGNS = 100  # more bytes than these are enough for a detector
_ASCII = bytes(range(128))
# What may stand around a sign, as ASCII: a letter there often means that the byte is a letter, too.
_NOT_IN_WORD = r"(?<![A-Za-z])%s(?![A-Za-z])"
_SIGNS = re.compile(
    "|".join(
        (
            r"[’\u00a0]|(?<![A-Za-z])[‘“”„‚–—…]|[‘“”„‚–—…](?![A-Za-z])",
            r"(?<![A-Za-z])°(?![a-z])",
            r"(?<=\bn)°|(?<=\bN)°(?![a-z])",
            r"(?<![A-Za-z])[©•]",
            r"[®™](?![A-Za-z])",
            _NOT_IN_WORD % "[€±×÷·½¼¾¶†‡‰]",
            r"(?<![A-Za-z])[£¥](?=[\d\s\"'.,)]|$)",
            r"(?<![A-Za-z])§(?=[\s\d§])",
            r"(?:(?<=\b[kcdmµ]m)|(?<=\b[ms])|(?<=\d)|(?<=[)\s]))[²³](?![A-Za-z])",
            r"(?<![A-Za-z])µ(?=[mslgAVFHWCP]?\b|[\s\"']|$)",
            r"(?<![A-Za-z])«(?=[A-Za-z\s])|(?<=[A-Za-z\s.!?])»(?![A-Za-z])",
            r"(?<![A-Za-z])¿(?=[A-Za-z][^\n]*\?)|(?<![A-Za-z])¡(?=[A-Za-z][^\n]*!)",
        )
    )
)


def are_signs(region: bytes) -> bool:
    """Whether every non-ASCII byte is a sign of Windows-1252 in a place where such signs stand."""
    if len(region.translate(None, _ASCII)) > _MOST_SIGNS:
        return False
    return _SIGNS.sub("", region.decode("cp1252", "replace")).isascii()
