"""Reads the numbers and strings of a header one after the other, none of them further than the file goes."""

import struct
from typing import BinaryIO

from engine.gguf.faults import damaged

MOST_HEADER_BYTES = 64 << 20  # of a vocabulary of 256,000 pieces and its merges: 16 MB


class Cursor:
    """A place in an open file. `name` is what the file is called, `size_bytes` how long it is."""

    def __init__(self, stream: BinaryIO, name: str, size_bytes: int) -> None:
        self._stream = stream
        self._name = name
        self._size_bytes = size_bytes
        self.at = 0

    @property
    def left_bytes(self) -> int:
        return min(self._size_bytes, MOST_HEADER_BYTES) - self.at

    def take(self, count: int) -> bytes:
        """The next bytes. MODEL_INVALID where there are not so many."""
        self._require(count)
        content = self._stream.read(count)
        if len(content) != count:
            raise damaged(f"{self._name} became shorter while it was read.")
        self.at += count
        return content

    def skip(self, count: int) -> None:
        self._require(count)
        self._stream.seek(count, 1)
        self.at += count

    def number(self, code: str) -> int:
        """An integer, by its letter in `struct`."""
        (value,) = struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))
        return int(value)

    def string(self, most_bytes: int) -> str:
        """A string with its length before it; what is not UTF-8 becomes U+FFFD."""
        length = self.number("Q")
        if length > most_bytes:
            raise damaged(f"{self._name} is damaged: a name in its header has {length:,} bytes.")
        return self.take(length).decode("utf-8", "replace")

    def skip_strings(self, count: int) -> None:
        """Walk over so many strings, each of which must end inside the file."""
        for _ in range(count):
            self.skip(self.number("Q"))

    def _require(self, count: int) -> None:
        if count <= self.left_bytes:
            return
        if self.at + count > self._size_bytes:
            raise damaged(f"{self._name} is cut short or damaged: its header is not all there.")
        raise damaged(f"{self._name} is damaged: its header is larger than any model's.")
