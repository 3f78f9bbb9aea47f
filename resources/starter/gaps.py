"""Cuts windows out of files, and gaps out of windows: lines, rests of lines, blocks and spans of characters."""

import re
from dataclasses import dataclass
from random import Random

LONGEST_SPAN = 250


@dataclass(frozen=True)
class Gap:
    """A text in three parts: what stands before the gap, what was in it, what follows."""

    prefix: str
    middle: str
    suffix: str


def cut_window(random: Random, text: str, most: int) -> str:
    """A stretch of a file of a quarter to all of `most` characters, mostly from a line's start to a line's end."""
    size = random.randint(most // 4, most)
    if len(text) <= size:
        return text
    start = random.randrange(len(text) - size)
    if random.random() < 0.85:
        start = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start + size) + 1 or len(text)
    return text[start : min(end, start + size + 200)]


def cut_gap(random: Random, text: str) -> Gap:
    """Cuts a gap: mostly one line or part of one, sometimes a block of lines or any span as in the paper."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    filled = [start for start in starts if text[start : _line_end(text, start)].strip()]
    kind = random.random()
    if kind < 0.10 or not filled:
        start, end = _span(random, text)
    elif kind < 0.80:
        start, end = _in_line(random, text, random.choice(filled), kind)
    else:
        start, end = _block(random, text, starts, random.choice(filled))
    return Gap(text[:start], text[start:end], text[end:])


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _span(random: Random, text: str) -> tuple[int, int]:
    start, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
    return start, min(end, start + LONGEST_SPAN)


def _in_line(random: Random, text: str, start: int, kind: float) -> tuple[int, int]:
    end = _line_end(text, start)
    if kind < 0.58:  # the whole line, sometimes behind its indentation
        if random.random() < 0.35:
            start += len(text[start:end]) - len(text[start:end].lstrip(" "))
        return start, end
    if kind < 0.74:  # the rest of the line
        return random.randint(start, end), end
    first = random.randint(start, end)
    return first, random.randint(first, end)


def _block(random: Random, text: str, starts: list[int], start: int) -> tuple[int, int]:
    last = min(starts.index(start) + random.randint(1, 4), len(starts) - 1)
    end = _line_end(text, starts[last])
    if random.random() < 0.3 and end < len(text):
        end += 1
    return start, end
