"""One download at a time into a folder, across processes (POSIX)."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine import disk
from engine.errors import ErrorCode, LacunaError

LOCK = ".lacuna-download.lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder; it is made if it is missing, and goes again if nothing came into it.

    LacunaError (DOWNLOAD) if it can't be made, or another process holds it. The lock goes with the process, however
    that ends. Its file is removed while it is held, so that a finished download leaves none.
    """
    was_there = folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = disk.take_lock(folder / LOCK)
    except OSError as error:
        raise LacunaError(
            ErrorCode.DOWNLOAD, f"The folder {folder} can't be written ({error.strerror}).", "Choose another folder."
        ) from error
    if lock is None:
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
            with suppress(OSError):  # it is no longer empty
                folder.rmdir()
        lock.release()
