"""Opens the file of conversations so that nothing in it can keep the window from starting.

A damaged file is set aside, never deleted, and its readable rows are copied into a new one. A file of a newer version,
or one that cannot be opened, is left alone, and this run keeps its conversations in memory. The person is told.
"""

import logging
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.chat.store.chat_store import FAULTS, ChatStore
from app.chat.store.salvage import lossy_text, salvage
from app.chat.store.schema import MIGRATIONS, check_tables, migrate, version_of
from engine.errors import ErrorCode, ErrorReport, LacunaError

_log = logging.getLogger(__name__)

_ENDS = ("-wal", "-shm", "-journal")  # files that SQLite puts beside the database
_BUSY_S = 0.2  # a program that holds the file longer than this is not waited for


@dataclass(frozen=True, slots=True)
class Opened:
    """The store, and what the person should know about it."""

    store: ChatStore
    problem: ErrorReport | None = None


class _NewerSchemaError(Exception):
    pass


def open_chat_store(path: Path, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> Opened:
    """Open or create the database at `path`, readable only by its owner. No content of the file makes it raise."""
    try:
        return _open(path, migrations)
    except _NewerSchemaError:
        return _in_memory("The conversations were written by a newer version of Lacuna.", "Update Lacuna to see them.")
    except FAULTS as error:
        kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if kind in _DAMAGE:
            return _start_anew(path, migrations)
        sentence, next_step = _REFUSALS.get(kind, _HELD)
        return _in_memory(sentence, next_step, error)
    except OSError as error:
        return _in_memory("The folder for conversations cannot be used.", "Check its permissions.", error)


_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_HELD = ("The file of conversations cannot be opened.", "Check whether another program uses it.")
_REFUSALS = {
    sqlite3.SQLITE_FULL: ("The disk is full, so the file of conversations cannot be opened.", "Free some space."),
    sqlite3.SQLITE_IOERR: ("The disk does not give the file of conversations.", "Check the disk."),
}


def _open(path: Path, migrations: Sequence[Sequence[str]]) -> Opened:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear_the_way(path)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite would use the umask's mode
    path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    connection.text_factory = lossy_text
    try:
        _prepare(connection, path, migrations)
    except BaseException:
        connection.close()
        raise
    return _mended(ChatStore(connection))


def _mended(store: ChatStore) -> Opened:
    """Clean up after a crash if the disk allows it; on a full disk the conversations are shown all the same."""
    try:
        store.mend()
    except LacunaError as error:
        return Opened(store, error.report)
    return Opened(store)


def _clear_the_way(path: Path) -> None:
    """Set aside anything but a regular file: SQLite would block on a pipe and fail on a folder."""
    for end in ("", *_ENDS):
        part = path.with_name(path.name + end)
        if os.path.lexists(part) and not part.is_file():
            part.rename(_aside(part))


def _prepare(connection: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[str]]) -> None:
    # One exclusive connection for the life of the window: the WAL then needs no shared memory, and the WAL-reset bug
    # of SQLite before 3.51.3, which takes two connections, cannot strike.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    version = version_of(connection)
    if version > len(migrations):
        raise _NewerSchemaError
    if version < 0:
        raise sqlite3.DatabaseError("the version is damaged")
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("quick_check found damage")
    if 0 < version < len(migrations):
        _back_up(connection, path.with_name(f"{path.stem}-before-version-{version + 1}{path.suffix}"))
    connection.execute("PRAGMA journal_mode = WAL")
    _set_pragmas(connection)
    migrate(connection, migrations)
    check_tables(connection)


def _set_pragmas(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    copy = sqlite3.connect(path)
    try:
        connection.backup(copy)
    finally:
        copy.close()


def _start_anew(path: Path, migrations: Sequence[Sequence[str]]) -> Opened:
    aside = _aside(path)
    try:
        for end in ("", *_ENDS):
            part = path.with_name(path.name + end)
            if part.exists():
                part.rename(aside.with_name(aside.name + end))
        store = _open(path, migrations).store
    except (OSError, *FAULTS) as error:
        return _in_memory("The file of conversations is damaged and could not be set aside.", "", error)
    try:
        count = salvage(aside, store.connection)
    except (OSError, *FAULTS) as error:
        _log.warning("nothing could be taken out of the damaged conversations (%s)", error)
        count = 0
    kept = f"The {count} messages that could still be read were taken over." if count else "A new one was begun."
    report = ErrorReport(
        ErrorCode.FILE_UNREADABLE,
        f"The file of conversations was damaged and was set aside as {aside.name}. {kept}",
        f"It lies in {aside.parent}.",
    )
    return Opened(store, report)


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.stem}-damaged-{datetime.now():%Y%m%d-%H%M%S}{path.suffix}")


def _in_memory(sentence: str, next_step: str, error: Exception | None = None) -> Opened:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _set_pragmas(connection)
    migrate(connection)
    report = ErrorReport(
        ErrorCode.FILE_UNREADABLE,
        f"{sentence} It stays as it is; conversations of this run are not kept.",
        next_step,
        detail=str(error or ""),
    )
    return Opened(ChatStore(connection), report)
