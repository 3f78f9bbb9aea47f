"""Reads a stretch of a file into memory that is there already. A file that has become shorter is an error."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ErrorCode, LacunaError

_MOST_BYTES_AT_ONCE = 1 << 26


@contextmanager
def open_weights(path: Path) -> Iterator[int]:
    """A descriptor of a file of weights. Raises OSError; a pipe that was put there meanwhile is one, too."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def fill(path: Path, descriptor: int, content: memoryview, start: int) -> None:
    """Read as many bytes from `start` on as `content` holds; `path` is what the descriptor was opened from.

    Raises OSError, and LacunaError MODEL_INVALID if the file ends before.
    """
    position = 0
    while position < len(content):
        piece = content[position : position + _MOST_BYTES_AT_ONCE]
        read = os.preadv(descriptor, [piece], start + position)
        if read == 0:
            raise LacunaError(
                ErrorCode.MODEL_INVALID,
                f"{path.name} became shorter while it was read.",
                "Download this file again, or choose another folder.",
            )
        position += read
