"""Copies the readable rows out of a damaged database of conversations.

SQLite reads a table page by page and stops at the first damaged one. So each table is read twice, forwards from its
first row and backwards from its last; only rows between the two stops are lost.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.chat.store.schema import TABLES

_MOST_BYTES = 1 << 30  # a larger file is only set aside, not copied
# A message without its chat gets a new chat. A message that has lost its parent follows the message before it. A chat
# whose `leaf_id` is lost shows its last message.
_REPAIRS = (
    """
    INSERT INTO chat (id, title, created_at, updated_at)
    SELECT chat_id, CAST('Recovered conversation' AS BLOB), max(created_at), max(created_at) FROM message
    WHERE chat_id NOT IN (SELECT id FROM chat) GROUP BY chat_id
    """,
    """
    UPDATE message SET parent_id =
        (SELECT max(id) FROM message AS other WHERE other.chat_id = message.chat_id AND other.id < message.id)
    WHERE parent_id IS NOT NULL AND (parent_id >= id OR parent_id NOT IN (SELECT id FROM message))
    """,
    """
    UPDATE chat SET leaf_id = (SELECT max(id) FROM message WHERE chat_id = chat.id)
    WHERE leaf_id IS NULL OR leaf_id NOT IN (SELECT id FROM message WHERE chat_id = chat.id)
    """,
    "DELETE FROM prompt WHERE message_id NOT IN (SELECT id FROM message)",
)


def salvage(damaged: Path, connection: sqlite3.Connection) -> int:
    """Copy the readable rows of `damaged` into the new database of `connection`; returns the number of messages.

    The damaged file and its log are not changed: a copy of them is read. Raises OSError and sqlite3.Error, and the new
    database is then as empty as before.
    """
    if damaged.stat().st_size > _MOST_BYTES:
        return 0
    with tempfile.TemporaryDirectory(dir=damaged.parent) as folder:
        copy = Path(folder) / damaged.name
        for end in ("", "-wal"):
            part = damaged.with_name(damaged.name + end)
            if part.is_file():
                shutil.copyfile(part, copy.with_name(copy.name + end))
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as source:
            source.text_factory = lossy_text
            return _in_one_step(connection, lambda: _take_over(source, connection))


def lossy_text(data: bytes) -> str:
    """A text column, even if damage has made its bytes invalid UTF-8."""
    return data.decode("utf-8", "replace")


def _in_one_step(connection: sqlite3.Connection, change: Callable[[], int]) -> int:
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        count = change()
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("PRAGMA foreign_keys = ON")
    return count


def _take_over(source: sqlite3.Connection, target: sqlite3.Connection) -> int:
    for table, known in TABLES.items():
        there = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
        columns = tuple(column for column in known if column in there)
        if known[0] not in there:
            continue
        marks = ", ".join("?" * len(columns))
        for row in _readable_rows(source, table, columns):
            with contextlib.suppress(sqlite3.Error, OverflowError):  # the table refuses this row
                target.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", row)
    for repair in _REPAIRS:
        target.execute(repair)
    count: int = target.execute("SELECT count(*) FROM message").fetchone()[0]
    return count


def _readable_rows(source: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> list[Any]:
    rows: dict[object, Any] = {}
    for order in ("ASC", "DESC"):
        statement = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED ORDER BY {columns[0]} {order}"
        with contextlib.suppress(sqlite3.Error):  # damaged here; the rows beyond are read from the other end
            for row in source.execute(statement):
                if row[0] in rows:
                    break
                rows[row[0]] = row
    return [rows[key] for key in sorted(rows, key=lambda key: key if isinstance(key, int) else 0)]
