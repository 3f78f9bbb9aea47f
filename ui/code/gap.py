"""The gap: the part of a text that the model is asked to write.

Qt counts positions in UTF-16 code units (documentation of QString), Python in code points. A character outside the
Basic Multilingual Plane, such as an emoji, counts two in Qt and one in Python.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a document and the text around it, with LF. `start` and `end` count UTF-16 units."""

    start: int
    end: int
    prefix: str
    middle: str
    suffix: str


@dataclass(frozen=True, slots=True)
class GapLines:
    """A gap with the whole lines around it, for its preview.

    `head` is the text left of the gap on its first line, `tail` the text right of it on its last line.
    """

    before: tuple[str, ...]
    head: str
    middle: str
    tail: str
    after: tuple[str, ...]


def cut_gap(text: str, start: int, end: int) -> Gap:
    """Cut a text at two UTF-16 offsets, in any order. An offset inside a character moves out of it."""
    units = text.encode("utf-16-le", "surrogatepass")
    first, last = sorted((start, end))
    first = _snapped(units, first, down=True)
    last = first if start == end else _snapped(units, last, down=False)
    prefix, middle, suffix = (
        part.decode("utf-16-le", "surrogatepass")
        for part in (units[: 2 * first], units[2 * first : 2 * last], units[2 * last :])
    )
    return Gap(first, last, prefix, middle, suffix)


def lines_around(gap: Gap, most_lines: int) -> GapLines:
    """The gap with at most `most_lines` whole lines on either side."""
    *before, head = gap.prefix.rsplit("\n", most_lines + 1)
    tail, *after = gap.suffix.split("\n", most_lines + 1)
    return GapLines(tuple(before[-most_lines:]), head, gap.middle, tail, tuple(after[:most_lines]))


def _snapped(units: bytes, offset: int, *, down: bool) -> int:
    offset = max(0, min(offset, len(units) // 2))
    is_inside = 0 < 2 * offset < len(units) and 0xDC <= units[2 * offset + 1] <= 0xDF
    return offset + (-1 if down else 1) if is_inside else offset
