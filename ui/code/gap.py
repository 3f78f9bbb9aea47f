"""The gap: which part of a text the model is asked to write, cut where Qt says it is.

Qt counts UTF-16 units, Python code points: each emoji before the gap shifts it by one (reference: code-llama.md, 14).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a document and what stands around it. `start` and `end` count UTF-16 units; the text has LF."""

    start: int
    end: int
    prefix: str
    middle: str
    suffix: str


@dataclass(frozen=True, slots=True)
class FillRequest:
    """What the person wants filled."""

    document_id: str
    gap: Gap


@dataclass(frozen=True, slots=True)
class GapLines:
    """A gap as whole lines, for showing it: what stands on its lines beside it, and the lines before and after.

    `head` is what stands left of the gap on its first line, `tail` what stands right of it on its last.
    """

    before: tuple[str, ...]
    head: str
    middle: str
    tail: str
    after: tuple[str, ...]


def utf16_length(text: str) -> int:
    """How many UTF-16 units a text has."""
    return len(text) + sum(character > "\uffff" for character in text) if not text.isascii() else len(text)


def cut_gap(text: str, start: int, end: int) -> Gap:
    """Cut a text at two UTF-16 offsets in any order; inside a character they move out of it."""
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
    """The gap with at most so many whole lines on either side."""
    *before, head = gap.prefix.rsplit("\n", most_lines + 1)
    tail, *after = gap.suffix.split("\n", most_lines + 1)
    return GapLines(tuple(before[-most_lines:]), head, gap.middle, tail, tuple(after[:most_lines]))


def _snapped(units: bytes, offset: int, *, down: bool) -> int:
    offset = max(0, min(offset, len(units) // 2))
    is_inside = 0 < 2 * offset < len(units) and 0xDC <= units[2 * offset + 1] <= 0xDF
    return offset + (-1 if down else 1) if is_inside else offset
