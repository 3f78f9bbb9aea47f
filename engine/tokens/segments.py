"""Splits a text into segments that give the same ids one by one as the whole text does.

BPE joins two neighbours only if some piece holds both. So a text can be cut wherever no piece of the vocabulary spans
the cut: at line ends, before spaces and, in Llama's vocabularies, also between letters, digits and other ASCII
characters. GPT-2's kind has pieces for the ends of contractions ("'s", "'ll"), so there an apostrophe stays with the
letters behind it. Source text repeats such segments far more than its lines (docs/performance.md, "Tokens"): 10 MB of
Python have two million of them, of which 60,000 differ.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# A character beyond ASCII may share a piece with any neighbour.
_ANY = re.compile(r" *[^ \n]+| +")
_ANY_PIECE = r"| *[^ \n]*[^\x00-\x7f][^ \n]*"
_PLAIN_PIECE = r" *(?:[A-Za-z]+|[0-9]+|[^A-Za-z0-9 \n\x80-\U0010ffff]+)?"


@dataclass(frozen=True, slots=True)
class Segments:
    """One way to cut. `ascii` finds the segments of an ASCII text; `piece` matches what none of its cuts divides."""

    ascii: re.Pattern[str]
    piece: re.Pattern[str]

    def cut_lines(self, text: str) -> list[str]:
        """The segments of a text but for its line feeds, in order."""
        if text.isascii():
            return self.ascii.findall(text)
        segments: list[str] = []
        for line in text.split("\n"):
            segments += self.cut_line(line)
        return segments

    def cut_line(self, line: str) -> list[str]:
        """The segments of a text without line feeds."""
        return (self.ascii if line.isascii() else _ANY).findall(line)


# Possessive quantifiers save a fifth of the time. They are safe: no two alternatives begin alike after the spaces.
PLAIN = Segments(
    re.compile(r" *+[A-Za-z]++| *+[^A-Za-z0-9 \n]++| *+[0-9]++| ++"), re.compile(_PLAIN_PIECE + _ANY_PIECE)
)
CONTRACTED = Segments(
    re.compile(r" *+[A-Za-z]++| *+[^A-Za-z0-9 \n]*'[A-Za-z]++| *+[^A-Za-z0-9 \n]++| *+[0-9]++| ++"),
    re.compile(_PLAIN_PIECE + r"|'[A-Za-z]+" + _ANY_PIECE),
)


def fit_segments(pieces: Iterable[str]) -> Segments | None:
    """The finest way to cut that no piece, spelled with spaces, spans; None if there is none."""
    known = tuple(pieces)
    return next((way for way in (PLAIN, CONTRACTED) if all(map(way.piece.fullmatch, known))), None)
