"""Opens folders below a root part by part, so that no link can lead out of it (POSIX: openat).

A folder may be swapped for a link between its listing and its reading, and every call that takes a whole path would
follow it. So each part is opened by itself, with O_NOFOLLOW.
"""

import errno
import os
from types import TracebackType
from typing import Self

from engine.project.plain_file import read_plain

MAX_DEPTH = 256  # each level keeps a descriptor open

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Descent:
    """Descriptors of the current folder and those above it; the common part of two paths is opened once.

    Folders are seen as they were when entered, so each pass makes a new object. The root itself may be reached through
    links, since the person chose it.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._descriptors: list[int] = []  # the root's comes first
        self._names: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._leave_to(0)

    def enter(self, folder: str) -> int:
        """The descriptor of a folder ("" for the root), valid until another is entered. Raises OSError."""
        names = [name for name in folder.split("/") if name]
        if len(names) > MAX_DEPTH:
            raise OSError(errno.ENAMETOOLONG, f"it lies more than {MAX_DEPTH} folders deep")
        if not self._descriptors:
            self._descriptors.append(os.open(self.root, _FLAGS))
        shared = 0
        while shared < min(len(names), len(self._names)) and names[shared] == self._names[shared]:
            shared += 1
        self._leave_to(shared + 1)
        for name in names[shared:]:
            self._descriptors.append(_open_below(name, self._descriptors[-1]))
            self._names.append(name)
        return self._descriptors[-1]

    def read(self, path: str, limit_bytes: int) -> bytes:
        """At most `limit_bytes` of a regular file below the root. Raises OSError."""
        folder, _, name = path.rpartition("/")
        return read_plain(name, limit_bytes, folder=self.enter(folder))

    def status(self, path: str) -> os.stat_result:
        """The status of a path below the root; links are not followed. Raises OSError."""
        folder, _, name = path.rpartition("/")
        return os.stat(name, dir_fd=self.enter(folder), follow_symlinks=False)

    def _leave_to(self, count: int) -> None:
        while len(self._descriptors) > count:
            os.close(self._descriptors.pop())
        del self._names[max(0, count - 1) :]


def _open_below(name: str, folder: int) -> int:
    if name == "..":
        raise OSError(errno.EINVAL, "it leads out of the folder")
    try:
        return os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise OSError(error.errno, "it is a link now, or no folder any more") from None
        raise
