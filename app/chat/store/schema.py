"""The tables of the chat store, version by version.

Messages form a tree: the answers to one question are siblings, so regenerating an answer destroys none. A chat shows
the branch that ends at `leaf_id`. Times are Unix seconds. Texts are blobs of UTF-8 that may hold lone surrogates, so
pasted text is read back exactly, and neither collation nor NUL can change it.
"""

import sqlite3
from collections.abc import Sequence

_VERSION_1 = (
    """
    CREATE TABLE chat (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title BLOB NOT NULL,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        leaf_id INTEGER REFERENCES message (id),
        is_deleted INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat_id INTEGER NOT NULL REFERENCES chat (id) ON DELETE CASCADE,
        parent_id INTEGER REFERENCES message (id) ON DELETE CASCADE,
        speaker TEXT NOT NULL CHECK (speaker IN ('user', 'assistant')),
        state TEXT NOT NULL,
        text BLOB NOT NULL,
        model_name TEXT NOT NULL DEFAULT '',
        receipt TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        created_at REAL NOT NULL
    )
    """,
    "CREATE INDEX message_by_parent ON message (parent_id, id)",
    "CREATE INDEX message_by_chat ON message (chat_id)",
    "CREATE TABLE draft (chat_id INTEGER PRIMARY KEY, text BLOB NOT NULL)",
)

# The prompt of an answer: `ids` are compressed with zlib, `about` is JSON.
_VERSION_2 = (
    """
    CREATE TABLE prompt (
        message_id INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
        ids BLOB NOT NULL,
        about TEXT NOT NULL
    )
    """,
)

MIGRATIONS: Sequence[Sequence[str]] = (_VERSION_1, _VERSION_2)


# The columns that the store reads, the key first.
TABLES = {
    "chat": ("id", "title", "created_at", "updated_at", "leaf_id", "is_deleted"),
    "message": (
        "id",
        "chat_id",
        "parent_id",
        "speaker",
        "state",
        "text",
        "model_name",
        "receipt",
        "error",
        "created_at",
    ),
    "draft": ("chat_id", "text"),
    "prompt": ("message_id", "ids", "about"),
}


def version_of(connection: sqlite3.Connection) -> int:
    """The number of migrations that were applied to a database."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Migrate a database to the newest version; each step is one transaction."""
    for number in range(version_of(connection), len(migrations)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in migrations[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.execute("ROLLBACK")
            raise


def check_tables(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError, without a code, if damage has removed a table or column that the store uses."""
    for table, columns in TABLES.items():
        try:
            connection.execute(f"SELECT {', '.join(columns)} FROM {table} LIMIT 0")
        except sqlite3.OperationalError as error:
            raise sqlite3.DatabaseError(str(error)) from None
