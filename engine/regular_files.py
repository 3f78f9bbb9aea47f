"""Opens foreign files safely: only regular ones, read up to a limit, without blocking.

Opening a FIFO would block, a device may never end, and a sparse file may be larger than memory. Links are followed,
since the hub's cache and people's own folders use them.
"""

import errno
import os
import stat
from io import FileIO
from pathlib import Path
from typing import BinaryIO

_POINTER = b"version https://git-lfs"  # the beginning of every pointer file (Git LFS specification)


def open_regular(path: Path) -> FileIO:
    """Open a regular file for unbuffered reading. Raises OSError, for anything but a regular file too."""
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
    """The content of a regular file. Raises OSError, also if it has more than `most_bytes`."""
    with open_regular(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes > most_bytes:
            raise OSError(errno.EFBIG, f"it has {size_bytes:,} bytes, far more than such a file needs")
        return read_start(file, most_bytes)


def read_start(file: BinaryIO, count: int) -> bytes:
    """The next `count` bytes of an unbuffered file; fewer only at its end."""
    parts = []
    while count and (part := file.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def is_lfs_pointer(start: bytes) -> bool:
    """Whether a file with this beginning is a Git LFS pointer, which `git lfs pull` replaces by the real file."""
    return start.startswith(_POINTER)
