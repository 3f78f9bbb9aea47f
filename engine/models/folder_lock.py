"""One download at a time into a folder, also between processes (POSIX)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import ErrorCode, LacunaError

LOCK = ".lacuna-download.lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder; it is made where it is missing, and goes again where nothing came into it.

    LacunaError (DOWNLOAD) where it can't be made, or somebody else holds it. The lock goes with the process, however
    that ends. Its file is removed while it is held; one that was removed between being opened and being locked counts
    as held by somebody else.
    """
    was_there = folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LacunaError(
            ErrorCode.DOWNLOAD, f"The folder {folder} can't be written ({error.strerror}).", "Choose another folder."
        ) from error
    try:
        if not _is_taken(handle, folder / LOCK):
            raise LacunaError(
                ErrorCode.DOWNLOAD,
                "Another Lacuna is downloading into this folder.",
                "Wait for it, or pause the download there.",
            )
        try:
            yield
        finally:
            (folder / LOCK).unlink(missing_ok=True)
            if not was_there:
                with suppress(OSError):  # something is in it now
                    folder.rmdir()
    finally:
        os.close(handle)


def _is_taken(handle: int, file: Path) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(handle).st_ino == file.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
