"""Remembers the file that was being parsed when the reader died, so that the next reader skips it.

Each file is noted before it is parsed, and the note removed afterwards. So the notes that a new reader finds are of
files on which earlier readers died. A lock keeps two readers from removing each other's notes.
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
    """A file at one moment; after an edit it is another state, which is tried again."""

    file: str  # absolute
    size_bytes: int
    mtime_ns: int


class Journal:
    """The file of notes. If it is None, can't be opened or is in use, nothing is remembered.

    Attributes: `suspects`, the states on which earlier readers died.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock, self._descriptor = (None, None) if path is None else _open_locked(path)
        self.suspects = frozenset() if self._descriptor is None else frozenset(_read_notes(self._descriptor))

    @contextmanager
    def noting(self, state: FileState) -> Iterator[None]:
        """Note a file while the body parses it. An exception in the body is no crash, so the note is removed too."""
        length = self._note(state)
        try:
            yield
        finally:
            if length is not None and self._descriptor is not None:
                os.ftruncate(self._descriptor, length)

    def close(self) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._lock is not None:
            self._lock.release()

    def _note(self, state: FileState) -> int | None:
        """Write a note and return its offset; None without a journal. A full disk ends the journal, not the reading."""
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
    """The journal's lock and descriptor; None for both if it can't be opened or another reader holds it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = take_lock(path)
        return lock, None if lock is None else os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        _log.warning("no journal for the reader: %s", error)
        return None, None


def _read_notes(descriptor: int) -> Iterator[FileState]:
    """The notes of a journal; invalid lines (of writes that were cut short) are skipped."""
    for line in os.pread(descriptor, _MAX_BYTES, 0).split(b"\n"):
        try:
            file, size_bytes, mtime_ns = json.loads(line)
        except ValueError:
            continue
        if isinstance(file, str) and isinstance(size_bytes, int) and isinstance(mtime_ns, int):
            yield FileState(file, size_bytes, mtime_ns)


def _line_of(state: FileState) -> bytes:
    return json.dumps([state.file, state.size_bytes, state.mtime_ns]).encode("ascii") + b"\n"
