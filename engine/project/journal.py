"""Remembers which file was being parsed when the reader died, so that the next reader leaves it out.

Each file is noted before it is parsed and the note is taken back afterwards: what a new reader finds in the journal are
the files on which earlier ones died. A lock on it keeps two readers from taking back each other's notes.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import BaseFileLock

from engine.disk import take_lock

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
        self._lock, self._descriptor = (None, None) if path is None else _open_locked(path)
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
        if self._lock is not None:
            self._lock.release()

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


def _open_locked(path: Path) -> tuple[BaseFileLock | None, int | None]:
    """The journal's lock and its descriptor; neither if it cannot be opened or another reader has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = take_lock(path)
        return lock, None if lock is None else os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        _log.warning("no journal for the reader: %s", error)
        return None, None


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
