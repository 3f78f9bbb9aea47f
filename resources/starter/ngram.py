"""A 5-gram model with back-off on the same tokens: the measure that fills have to beat."""

from collections.abc import Iterable, Sequence

import numpy
from numpy.typing import NDArray

ORDER = 5
BITS = 12  # enough for a vocabulary of 4,096; five ids then fit into 60 bits


class NGrams:
    """Counts of all runs of one to five ids, each run packed into one integer, sorted."""

    def __init__(self, texts: Iterable[Sequence[int]], order: int = ORDER) -> None:
        encoded = [numpy.asarray(text, dtype=numpy.int64) for text in texts]
        self._tables = [_counted(encoded, length) for length in range(1, order + 1)]

    def best(self, context: Sequence[int]) -> int:
        """The most frequent id behind the longest end of the context that was ever seen."""
        for length in range(len(self._tables) - 1, -1, -1):
            if length > len(context):
                continue
            found = self._behind(context[len(context) - length :])
            if found is not None:
                return found
        raise ValueError("the model has seen no text")

    def _behind(self, context: Sequence[int]) -> int | None:
        runs, counts = self._tables[len(context)]
        packed = _packed(context)
        first, last = numpy.searchsorted(runs, [packed << BITS, (packed + 1) << BITS])
        if first == last:
            return None
        return int(runs[first + counts[first:last].argmax()]) & ((1 << BITS) - 1)

    def line(self, prefix: Sequence[int], line_end: int, most: int) -> list[int]:
        """The ids that follow a prefix, up to the end of the line."""
        ids = list(prefix)
        for _ in range(most):
            following = self.best(ids[-(len(self._tables) - 1) :])
            if following == line_end:
                break
            ids.append(following)
        return ids[len(prefix) :]


def _packed(ids: Sequence[int]) -> int:
    packed = 0
    for identifier in ids:
        packed = packed << BITS | identifier
    return packed


def _counted(texts: list[NDArray[numpy.int64]], length: int) -> tuple[NDArray[numpy.int64], NDArray[numpy.int64]]:
    parts = []
    for ids in texts:
        if len(ids) >= length:
            packed = numpy.zeros(len(ids) - length + 1, dtype=numpy.int64)
            for at in range(length):
                packed = packed << BITS | ids[at : at + len(packed)]
            parts.append(packed)
    if not parts:
        return numpy.zeros(0, dtype=numpy.int64), numpy.zeros(0, dtype=numpy.int64)
    runs, counts = numpy.unique(numpy.concatenate(parts), return_counts=True)
    return runs, counts.astype(numpy.int64)
