"""Reading a file of a foreign folder: only a regular one, never through a link, never more than asked for."""

import errno
import os
import stat


def read_plain(path: str, limit_bytes: int) -> bytes:
    """At most `limit_bytes` from the start of a regular file.

    A file may become a link, a FIFO or a device between the listing and the reading, so the opened descriptor is what
    is asked. Raises OSError where it is none of ours to read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(limit_bytes)
    finally:
        os.close(descriptor)
