"""Checks a file on disk against the hub's size and hash."""

import errno
import hashlib
import logging
import os
from collections.abc import Generator
from pathlib import Path

from engine.models.remote import RemoteFile
from engine.regular_files import open_regular

_BLOCK_BYTES = 8 << 20

_log = logging.getLogger(__name__)


def check(path: Path, file: RemoteFile) -> Generator[int, None, bool]:
    """Yields the bytes hashed so far, and returns whether the file is right. OSError if it can't be read.

    Files in git have git's blob hash: SHA-1 over a header with the size, then the content.
    """
    if path.stat().st_size != file.size_bytes:
        return False
    if file.sha256 is not None:
        digest, stated = hashlib.sha256(), file.sha256
    else:
        digest, stated = hashlib.sha1(b"blob %d\0" % file.size_bytes, usedforsecurity=False), file.git_id or ""
    hashed = 0
    with open_regular(path) as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            hashed += len(block)
            yield hashed
    return digest.hexdigest() == stated


def put_aside(path: Path) -> None:
    """Free a name for a file of ours; an existing file is renamed, not removed. Raises OSError."""
    names = (f"{path.name}.old{number}" for number in ("", *(f"-{count}" for count in range(2, 1000))))
    free = next((name for name in names if not os.path.lexists(path.with_name(name))), None)
    if free is None:
        raise OSError(errno.EEXIST, f"{path.name} can't be set aside: every name for it is taken")
    path.rename(path.with_name(free))
    _log.warning("%s was set aside as %s: it is none that this download brought", path.name, free)
