"""Long texts as token ids, line by line: the same ids as in one call, several times faster.

No piece of Llama's vocabularies or the starter's spans a line end, so lines do not depend on each other, and source
text repeats its lines (reference: performance.md, section 11).
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice

from engine.tokens.vocabulary import Vocabulary

_BLOCK_LINES = 8192
_MAX_KEPT_CHARS = 500  # longer lines hardly ever come again


class LineEncoder:
    """Encodes texts and remembers the ids of up to `capacity` different lines. For one thread."""

    def __init__(self, vocabulary: Vocabulary, capacity: int) -> None:
        self._vocabulary = vocabulary
        self._capacity = capacity
        self._known: dict[str, array[int]] = {}

    def encode_document(self, text: str) -> "array[int]":
        """The ids of `text` behind a line end, so without the implicit space: those of `encode_bare`, as uint32."""
        if not self._vocabulary.is_line_exact:
            return array("I", self._vocabulary.encode_bare(text))
        ids = array("I")
        lines = text.split("\n")
        last = lines.pop()
        for block in _blocks(lines):
            known = self._encode_lines(block)
            for line in block:
                ids.extend(known[line])
        ids.extend(self._vocabulary.encode_bare(last))
        return ids

    def count(self, text: str) -> int:
        """How many tokens `text` has by itself, the implicit space included: the length of `encode`."""
        if not self._vocabulary.is_line_exact:
            return len(self._vocabulary.encode(text))
        first, line_end, rest = text.partition("\n")
        return len(self._vocabulary.encode(first + line_end)) + self._count_bare(rest)

    def _count_bare(self, text: str) -> int:
        lines = text.split("\n")
        last = lines.pop()
        tokens = len(self._vocabulary.encode_bare(last))
        for block in _blocks(lines):
            known = self._encode_lines(block)
            tokens += sum(len(known[line]) for line in block)
        return tokens

    def _encode_lines(self, block: Sequence[str]) -> "dict[str, array[int]]":
        """The ids of each line of `block`, each with its line end, whatever is remembered afterwards."""
        known = self._known
        missing = [line for line in dict.fromkeys(block) if line not in known]
        if not missing:
            return known
        fresh = {
            line: array("I", ids)
            for line, ids in zip(
                missing, self._vocabulary.encode_bare_all(f"{line}\n" for line in missing), strict=True
            )
        }
        lookup = {line: fresh.get(line) or known[line] for line in block}
        kept = {line: ids for line, ids in fresh.items() if len(line) <= _MAX_KEPT_CHARS}
        if len(known) + len(kept) > self._capacity:
            known.clear()
        known.update(islice(kept.items(), self._capacity))
        return lookup


def _blocks(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(lines), _BLOCK_LINES):
        yield lines[start : start + _BLOCK_LINES]
