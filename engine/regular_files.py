"""Opens files that somebody else put there: regular ones alone, read up to a limit and never waited for.

A FIFO in place of a file would block whoever opens it, a device may never end, and a sparse file may be larger than any
memory. Links are followed: the hub's cache and people's own folders are made of them.
"""

import errno
import os
import stat
from io import FileIO
from pathlib import Path
from typing import BinaryIO

_POINTER = b"version https://git-lfs"  # how the Git LFS specification has every pointer begin


def open_regular(path: Path) -> FileIO:
    """A regular file, open for reading without a buffer. Raises OSError, also for anything that is no such file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except ValueError as error:  # a NUL in the path
        raise OSError(errno.EINVAL, "its name can't be a file's") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return open(descriptor, "rb", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, most_bytes: int) -> bytes:
    """All of a regular file. Raises OSError, also where it has more than `most_bytes`."""
    with open_regular(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes > most_bytes:
            raise OSError(errno.EFBIG, f"it has {size_bytes:,} bytes, far more than such a file needs")
        return read_start(file, most_bytes)


def read_start(file: BinaryIO, count: int) -> bytes:
    """The next `count` bytes of a file without a buffer, fewer only where it ends."""
    parts = []
    while count and (part := file.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def is_lfs_pointer(start: bytes) -> bool:
    """Whether a file that begins so stands for another, which `git lfs pull` would bring."""
    return start.startswith(_POINTER)
