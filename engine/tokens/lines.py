"""Encodes and counts long texts: the same ids as in one call, many times faster.

No piece of Llama's vocabularies or the starter's spans a line end. So lines are independent, and after an edit only the
lines between the first and the last difference are counted again. Within a line the same holds for segments
(engine/tokens/segments.py), whose ids are cached.
"""

from array import array
from collections.abc import Callable
from typing import TypeVar

from engine.tokens.segments import Segments
from engine.tokens.vocabulary import Vocabulary

_Value = TypeVar("_Value")
_MAX_KEPT_CHARS = 200  # longer segments hardly ever come again


class LineEncoder:
    """Encodes and counts texts and remembers up to `capacity` different segments. For one thread."""

    def __init__(self, vocabulary: Vocabulary, capacity: int) -> None:
        self._vocabulary = vocabulary
        self._ids = _Memo(vocabulary.encode_bare, capacity)
        self._sizes = _Memo(vocabulary.count_bare, capacity)

    def encode_document(self, text: str) -> "array[int]":
        """The ids of a `text` that follows a line end, as uint32: those of `encode_bare`."""
        segments = self._vocabulary.segments
        if segments is None:
            return array("I", self._vocabulary.encode_bare(text))
        ids = array("I")
        for line in self._vocabulary.spell(text).split("\n"):
            for segment in segments.cut_line(line):
                ids.extend(self._ids[segment])
            ids.append(self._vocabulary.line_feed)
        ids.pop()  # the last line has no end
        return ids

    def count(self, text: str) -> int:
        """The number of tokens of `text` by itself, with the implicit space: the length of `encode`."""
        segments = self._vocabulary.segments
        if segments is None:
            return len(self._vocabulary.encode(text))
        return self._count_bare(segments, self._vocabulary.implicit_space + text) if text else 0

    def count_edited(self, text: str, before: str, tokens: int) -> int:
        """`count(text)`, given that `count(before)` was `tokens`; looks only at the lines that differ."""
        segments = self._vocabulary.segments
        if segments is None or not text or not before:
            return self.count(text)
        space = self._vocabulary.implicit_space  # it belongs to the first line
        text, before = space + text, space + before
        start = text.rfind("\n", 0, _common_start(text, before)) + 1
        new, old = text[start:], before[start:]
        same = new.find("\n", len(new) - _common_end(new, old))
        end = len(new) - same if same >= 0 else 0
        gone, come = (self._count_bare(segments, part[: len(part) - end]) for part in (old, new))
        return tokens - gone + come

    @property
    def remembered(self) -> int:
        """The number of cached segments, the larger of those that were encoded and those that were counted."""
        return max(len(self._ids), len(self._sizes))

    def _count_bare(self, segments: Segments, text: str) -> int:
        sizes = map(self._sizes.__getitem__, segments.cut_lines(self._vocabulary.spell(text)))
        return sum(sizes) + text.count("\n")


class _Memo(dict[str, _Value]):
    """A cache of `compute` by segment. It is emptied when it holds too many."""

    def __init__(self, compute: Callable[[str], _Value], capacity: int) -> None:
        super().__init__()
        self._compute, self._capacity = compute, capacity

    def __missing__(self, segment: str) -> _Value:
        value = self._compute(segment)
        if len(segment) <= _MAX_KEPT_CHARS and self._capacity:
            if len(self) >= self._capacity:
                self.clear()
            self[segment] = value
        return value


def _common_start(one: str, other: str) -> int:
    """The length of the longest common prefix of two texts."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: str, other: str) -> int:
    """The length of the longest common suffix of two texts."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
