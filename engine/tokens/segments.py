"""Splits a text into segments that give the same ids one by one as the whole text does.

BPE joins two neighbours only if some piece holds both. So a text can be cut wherever no piece of the vocabulary spans
the cut: at line ends, before spaces and, in Llama's vocabularies and the starter's, also between letters, digits and
other ASCII characters. Source text repeats such segments far more than its lines (docs/performance.md,
"Tokens"): 10 MB of Python have two million of them, of which 60,000 differ.
"""

import re
from collections.abc import Iterable

# Possessive quantifiers save a fifth of the time. They are safe: no two alternatives begin alike after the spaces.
_ASCII = re.compile(r" *+[A-Za-z]++| *+[^A-Za-z0-9 \n]++| *+[0-9]++| ++")
# A character beyond ASCII may share a piece with any neighbour.
_ANY = re.compile(r" *[^ \n]+| +")
_PIECE = re.compile(
    r" *(?:[A-Za-z]+|[0-9]+|[^A-Za-z0-9 \n\x80-\U0010ffff]+)?|"
    r" *[^ \n]*[^\x00-\x7f][^ \n]*"
)


def fit_segments(pieces: Iterable[str]) -> bool:
    """Whether no piece, spelled with spaces, can span a cut."""
    return all(map(_PIECE.fullmatch, pieces))


def cut_lines(text: str) -> list[str]:
    """The segments of a text but for its line feeds, in order."""
    if text.isascii():
        return _ASCII.findall(text)
    segments: list[str] = []
    for line in text.split("\n"):
        segments += cut_line(line)
    return segments


def cut_line(line: str) -> list[str]:
    """The segments of a text without line feeds."""
    return (_ASCII if line.isascii() else _ANY).findall(line)
