"""Remembers which file was being parsed when the reader died, so that the next reader leaves it out.

Each file is noted before it is parsed and the note is taken back afterwards: what a new reader finds in the journal are
the files on which earlier ones died. A lock keeps two readers from taking back each other's notes (POSIX: flock).
"""

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 1 << 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was at one moment; a later edit makes it another state, which is tried again."""

    file: str  # absolute
    size_bytes: int
    mtime_ns: int


class Journal:
    """The file with the notes; None, or one that cannot be opened or is in use, remembers nothing.

    Attributes: `suspects`, the states on which earlier readers died.
    """

    def __init__(self, path: Path | None) -> None:
        self._descriptor = None if path is None else _open_locked(path)
        self.suspects = frozenset() if self._descriptor is None else frozenset(_read_notes(self._descriptor))

    @contextmanager
    def noting(self, state: FileState) -> Iterator[None]:
        """Note a file while the body parses it; an exception in the body is no crash and takes the note back too."""
        length = self._note(state)
        try:
            yield
        finally:
            if length is not None and self._descriptor is not None:
                os.ftruncate(self._descriptor, length)

    def close(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _note(self, state: FileState) -> int | None:
        """Write a note and return where it begins; None without a journal. A full disk ends the journal, no reading."""
        if self._descriptor is None:
            return None
        length = os.lseek(self._descriptor, 0, os.SEEK_END)
        try:
            os.write(self._descriptor, _line_of(state))
        except OSError as error:
            _log.warning("the reader goes on without its journal: %s", error)
            self.close()
            return None
        return length


def _open_locked(path: Path) -> int | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        _log.warning("no journal for the reader: %s", error)
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _read_notes(descriptor: int) -> Iterator[FileState]:
    """The notes of a journal; a line that is none (a write that was cut short) is passed over."""
    for line in os.pread(descriptor, _MAX_BYTES, 0).split(b"\n"):
        try:
            file, size_bytes, mtime_ns = json.loads(line)
        except ValueError:
            continue
        if isinstance(file, str) and isinstance(size_bytes, int) and isinstance(mtime_ns, int):
            yield FileState(file, size_bytes, mtime_ns)


def _line_of(state: FileState) -> bytes:
    return json.dumps([state.file, state.size_bytes, state.mtime_ns]).encode("ascii") + b"\n"
