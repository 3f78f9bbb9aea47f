"""Replaces, locks and syncs files; a replaced file is never seen half written (POSIX; best on Linux).

New content goes into a file without a name (`O_TMPFILE`, open(2)), which vanishes with its process, and is linked to
its name once it is complete. On file systems without such files it gets a name that begins with `.lacuna-`. If a killed
process leaves one behind, the next save in that folder removes it.
"""

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

_OWN_COPY = re.compile(r"\.lacuna-[0-9a-f]{16}\.tmp")
_LEFT_BEHIND_S = 60  # an older temporary file of ours is no longer being written
# errno of open(2) on file systems without O_TMPFILE.
_NO_UNNAMED = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOSYS})
# errno if this process may not set a file's owner or attribute.
_NOT_OURS_TO_GIVE = frozenset({errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EINVAL})
_NEW = os.O_WRONLY | os.O_CLOEXEC


# --- replacing --------------------------------------------------------------------------------------------------------


def replace_file(target: str, data: bytes, new_mode: int = 0o644, *, durable: bool = True) -> os.stat_result:
    """Replace a file's content; a new file gets `new_mode`. Raises OSError; the file is then unchanged.

    At every moment the disk holds either the old content or the new one. Mode, owner and extended attributes are kept.
    If they can't be given to a new file, or the file has several names (hard links), it is overwritten in place; then a
    crash in that moment can leave a mixture. `durable` waits for the disk. A `target` that is a link is replaced by a
    file.
    """
    folder, name = os.path.split(target)
    before = _regular_status(target)
    descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if durable:
            _remove_left_behind(descriptor)
        status = None
        if before is None or before.st_nlink == 1:
            status = _put(descriptor, name, data, before, new_mode, durable)
        if status is None:
            return _write_in_place(target, data, durable)
        if durable:
            os.fsync(descriptor)
        return status
    finally:
        os.close(descriptor)


def _regular_status(target: str) -> os.stat_result | None:
    """The status of `target`; None if it is missing. Raises OSError if it isn't a regular file or is read-only."""
    try:
        before = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(before.st_mode):
        raise OSError(errno.EINVAL, "what is there is not a regular file", target)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only", target)
    return before


def _put(
    folder: int, name: str, data: bytes, before: os.stat_result | None, new_mode: int, durable: bool
) -> os.stat_result | None:
    """Write a new file and put it in the old one's place; None if it can't get the old one's attributes."""
    beside = f".lacuna-{secrets.token_hex(8)}.tmp"
    handle, has_name = _open_new(folder, beside)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            if before is None:
                os.fchmod(file.fileno(), new_mode)
            elif not _is_made_like(file.fileno(), folder, name, before):
                return None
            if durable:
                os.fsync(file.fileno())
            if not has_name:
                # With `dst_dir_fd` this is linkat(2), which here follows the link in /proc to the file.
                os.link(f"/proc/self/fd/{file.fileno()}", beside, dst_dir_fd=folder)
                has_name = True
            os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
            has_name = False
            return os.fstat(file.fileno())
    finally:
        if has_name:
            with contextlib.suppress(OSError):
                os.unlink(beside, dir_fd=folder)


def _open_new(folder: int, name: str) -> tuple[int, bool]:
    """A new private file in a folder, and whether it has that name; a nameless file gets one when it is linked."""
    if hasattr(os, "O_TMPFILE") and os.path.exists("/proc/self/fd"):
        try:
            return os.open(".", _NEW | os.O_TMPFILE, 0o600, dir_fd=folder), False
        except OSError as error:
            if error.errno not in _NO_UNNAMED:
                raise
    return os.open(name, _NEW | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder), True


def _is_made_like(handle: int, folder: int, name: str, before: os.stat_result) -> bool:
    """Give a new file the old one's owner, mode and extended attributes; False if one of them can't be set.

    The owner comes first, since changing it clears mode bits (chown(2)).
    """
    try:
        if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, before.st_uid, before.st_gid)
        os.fchmod(handle, stat.S_IMODE(before.st_mode))
        old = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        try:
            for attribute in _attributes(old):
                value = os.getxattr(old, attribute)
                if attribute not in _attributes(handle) or os.getxattr(handle, attribute) != value:
                    os.setxattr(handle, attribute, value)
        finally:
            os.close(old)
    except OSError as error:
        if error.errno not in _NOT_OURS_TO_GIVE:
            raise
        return False
    return True


def _attributes(handle: int) -> list[str]:
    try:
        return os.listxattr(handle)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.ENOSYS):
            return []
        raise


def _write_in_place(target: str, data: bytes, durable: bool) -> os.stat_result:
    """Overwrite a file in place; a failure is undone. Raises OSError."""
    with open(os.open(target, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC), "r+b", buffering=0) as file:
        old = file.read()
        try:
            _overwrite(file.fileno(), data)
            if durable:
                os.fsync(file.fileno())
        except OSError:
            _overwrite(file.fileno(), old)  # fits, since the file is truncated only after a complete write
            raise
        return os.fstat(file.fileno())


def _overwrite(handle: int, data: bytes) -> None:
    place = 0
    while place < len(data):
        place += os.pwrite(handle, data[place:], place)
    os.ftruncate(handle, len(data))


def _remove_left_behind(folder: int) -> None:
    """Remove temporary files of ours that a killed process left behind."""
    now = time.time()
    for name in os.listdir(folder):
        if _OWN_COPY.fullmatch(name) is None:
            continue
        with contextlib.suppress(OSError):  # removed meanwhile, or owned by somebody else
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
            if is_ours and now - status.st_mtime > _LEFT_BEHIND_S:
                os.unlink(name, dir_fd=folder)


# --- syncing and locking ----------------------------------------------------------------------------------------------


def sync(path: str | Path) -> None:
    """Sync a file or a folder to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_lock(path: Path) -> BaseFileLock | None:
    """Lock a file until `release` or the end of the process, however it ends; None while another holds it.

    Other processes and other calls in this one count as others. Raises OSError if the file can't be opened.
    """
    lock = FileLock(path, mode=0o600, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    except NotImplementedError as error:  # a file system without locks
        raise OSError(errno.ENOLCK, "the file system has no locks", str(path)) from error
    return lock


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold a lock file during the body. Yields False, without the lock, while another holds it. Raises OSError."""
    lock = take_lock(path)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            lock.release()
