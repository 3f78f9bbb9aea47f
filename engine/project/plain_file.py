"""Reads a file of a foreign folder: only a regular one, never through a link, at most a given size."""

import errno
import os
import stat


def read_plain(path: str, limit_bytes: int, *, folder: int | None = None, follow_link: bool = False) -> bytes:
    """At most `limit_bytes` from the start of a regular file, named below a folder's descriptor where one is given.

    A file may become a link, a FIFO or a device between listing and reading, so the opened descriptor is checked.
    `follow_link` is for the person's own files, which may be links. Raises OSError if it is not a regular file.
    """
    no_link = 0 if follow_link else os.O_NOFOLLOW
    descriptor = os.open(path, os.O_RDONLY | no_link | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(limit_bytes)
    finally:
        os.close(descriptor)
