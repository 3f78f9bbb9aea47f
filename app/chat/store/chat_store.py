"""Conversations in SQLite, written only by the main thread, in transactions of a few rows.

There is no writer thread: a commit takes far less than a frame, and a question that is stored before it is sent cannot
be lost in between. Questions are synced to the disk. Streamed text is not, so a power cut costs at most its last
second. No text of a conversation reaches a log.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.chat.store.prompt_rows import prompt_from_row, prompt_to_row
from app.chat.store.receipt_json import error_from_json, error_to_json, receipt_from_json, receipt_to_json
from app.chat.store.records import Chat, Message, SentPrompt
from engine.answers import Answer, AnswerState
from engine.errors import ErrorCode, LacunaError
from engine.messages.prompts import Speaker

NEW_CHAT = 0  # the draft of a conversation that does not exist yet
_EXCERPT_BEFORE, _EXCERPT_LETTERS = 30, 160
_ENDED = (AnswerState.COMPLETE, AnswerState.STOPPED, AnswerState.FAILED)

_ADD_CHAT = "INSERT INTO chat (title, created_at, updated_at) VALUES (?, ?, ?)"
_ADD_MESSAGE = """
    INSERT INTO message (chat_id, parent_id, speaker, state, text, model_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_APPEND = "UPDATE message SET text = CAST(text || ? AS BLOB) WHERE id = ?"
_SIBLINGS = """
    SELECT sibling.id FROM message JOIN message AS sibling ON sibling.parent_id = message.parent_id
    WHERE message.id = ? ORDER BY sibling.id
"""
# A child's id is greater than its parent's, so the last message of a branch has the greatest. Requiring this also ends
# the walk if damage has made a message its own ancestor.
_BRANCH = """
    WITH RECURSIVE branch (id, parent_id, depth) AS (
        SELECT message.id, message.parent_id, 0 FROM message JOIN chat ON chat.leaf_id = message.id WHERE chat.id = ?
        UNION ALL
        SELECT message.id, message.parent_id, depth + 1
        FROM message JOIN branch ON message.id = branch.parent_id AND message.id < branch.id
    )
    SELECT message.id, speaker, text, state, model_name, receipt, error,
        (SELECT count(*) FROM message AS other WHERE other.parent_id = message.parent_id AND other.id <= message.id),
        (SELECT count(*) FROM message AS other WHERE other.parent_id = message.parent_id)
    FROM branch JOIN message ON message.id = branch.id ORDER BY depth DESC
"""
_LATEST_BELOW = """
    WITH RECURSIVE branch (id) AS (
        SELECT ?
        UNION ALL
        SELECT (SELECT max(id) FROM message WHERE parent_id = branch.id AND id > branch.id)
        FROM branch WHERE branch.id IS NOT NULL
    )
    SELECT max(id) FROM branch
"""

# What a damaged database raises. UnicodeDecodeError too: SQLite's own error messages may quote damaged bytes.
FAULTS = (sqlite3.Error, UnicodeDecodeError)

_Execute = Callable[..., sqlite3.Cursor]


@dataclass(frozen=True, slots=True)
class Asked:
    """The ids of a question and of its answer, which is still empty."""

    chat_id: int
    question_id: int
    answer_id: int


class ChatStore:
    """All conversations of a profile. Every method raises LacunaError if the database cannot be used.

    `connection` must be in autocommit mode and of the newest schema (`app.chat.store.opening`).
    """

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], float] = time.time) -> None:
        self.connection = connection
        self._clock = clock

    # --- reading ------------------------------------------------------------------------------------------------------

    def chats(self, search: str = "") -> list[Chat]:
        """Conversations, latest first; with `search`, only those that contain it in title or text."""
        rows = self._read(
            "SELECT id, title, updated_at FROM chat WHERE NOT is_deleted ORDER BY updated_at DESC, id DESC", ()
        )
        chats = [Chat(chat_id, _text(title), _time(at)) for chat_id, title, at in rows]
        if not search:
            return chats
        excerpts = self._excerpts(search.casefold())
        found = (
            Chat(chat.id, chat.title, chat.updated_at, excerpts.get(chat.id, ""))
            for chat in chats
            if chat.id in excerpts or search.casefold() in chat.title.casefold()
        )
        return list(found)

    def title(self, chat_id: int) -> str:
        """The title; empty if there is no such chat."""
        row = self._first("SELECT title FROM chat WHERE id = ?", (chat_id,))
        return _text(row[0]) if row else ""

    def branch(self, chat_id: int) -> list[Message]:
        """The shown branch from the first question to the last answer."""
        rows = self._read(_BRANCH, (chat_id,))
        return [_message(*row) for row in rows]

    def draft(self, chat_id: int = NEW_CHAT) -> str:
        """Text that was typed and not sent."""
        row = self._first("SELECT text FROM draft WHERE chat_id = ?", (chat_id,))
        return _text(row[0]) if row else ""

    def prompt(self, answer_id: int) -> SentPrompt | None:
        """The prompt of an answer; None if it was not stored."""
        row = self._first("SELECT ids, about FROM prompt WHERE message_id = ?", (answer_id,))
        return prompt_from_row(*row) if row else None

    # --- writing ------------------------------------------------------------------------------------------------------

    def ask(self, chat_id: int | None, title: str, question: str, model_name: str = "") -> Asked:
        """Store a question at the end of the shown branch, with an empty answer; no `chat_id` makes a new chat.

        The same transaction removes the chat's draft.
        """
        now = self._clock()
        with self._transaction(is_durable=True) as execute:
            if chat_id is None:
                execute("DELETE FROM draft WHERE chat_id = ?", (NEW_CHAT,))
                chat_id = _id(execute(_ADD_CHAT, (_blob(title), now, now)))
            row = execute("SELECT leaf_id FROM chat WHERE id = ?", (chat_id,)).fetchone()
            leaf_id = row[0] if row else None
            question_row = (chat_id, leaf_id, Speaker.USER, AnswerState.COMPLETE, _blob(question), "", now)
            question_id = _id(execute(_ADD_MESSAGE, question_row))
            answer_id = self._add_answer(execute, chat_id, question_id, model_name, now)
            execute("DELETE FROM draft WHERE chat_id = ?", (chat_id,))
        return Asked(chat_id, question_id, answer_id)

    def answer_again(self, answer_id: int, model_name: str = "") -> int:
        """Add an empty answer beside this one and show it; returns its id. The other stays."""
        with self._transaction(is_durable=True) as execute:
            row = execute("SELECT chat_id, parent_id FROM message WHERE id = ?", (answer_id,)).fetchone()
            if row is None:
                raise _gone()
            chat_id, parent_id = row
            return self._add_answer(execute, chat_id, parent_id, model_name, self._clock())

    def append_text(self, answer_id: int, text: str) -> None:
        """Append streamed text to an answer."""
        with self._transaction(is_durable=False) as execute:
            execute(_APPEND, (_blob(text), answer_id))

    def keep_prompt(self, answer_id: int, prompt: SentPrompt) -> None:
        """Store the prompt of an answer."""
        with self._transaction(is_durable=False) as execute:
            row = (answer_id, *prompt_to_row(prompt))
            execute("INSERT OR REPLACE INTO prompt (message_id, ids, about) VALUES (?, ?, ?)", row)

    def finish(self, answer: Answer, rest: str) -> None:
        """Store how an answer ended, and the `rest` of its text that was not appended yet."""
        receipt, error = receipt_to_json(answer.receipt), error_to_json(answer.error)
        with self._transaction(is_durable=True) as execute:
            execute(_APPEND, (_blob(rest), answer.id))
            execute(
                "UPDATE message SET state = ?, receipt = ?, error = ?, model_name = ? WHERE id = ?",
                (answer.state, receipt, error, answer.model_name, answer.id),
            )

    def show_version(self, answer_id: int, step: int) -> bool:
        """Show the sibling answer `step` places on, with what follows it; False if there is none."""
        with self._transaction(is_durable=False) as execute:
            siblings = [row[0] for row in execute(_SIBLINGS, (answer_id,))]
            if answer_id not in siblings:
                return False
            index = siblings.index(answer_id) + step
            if not 0 <= index < len(siblings):
                return False
            leaf_id = execute(_LATEST_BELOW, (siblings[index],)).fetchone()[0]
            execute(
                "UPDATE chat SET leaf_id = ? WHERE id = (SELECT chat_id FROM message WHERE id = ?)", (leaf_id, leaf_id)
            )
            return True

    def rename(self, chat_id: int, title: str) -> None:
        with self._transaction(is_durable=True) as execute:
            execute("UPDATE chat SET title = ? WHERE id = ?", (_blob(title), chat_id))

    def set_deleted(self, chat_id: int, is_deleted: bool) -> None:
        """Hide a chat or bring it back; `purge_deleted` makes a deletion final."""
        with self._transaction(is_durable=True) as execute:
            execute("UPDATE chat SET is_deleted = ? WHERE id = ?", (is_deleted, chat_id))

    def purge_deleted(self) -> None:
        """Erase hidden chats: their bytes are overwritten in the database and in its log."""
        if self._first("SELECT 1 FROM chat WHERE is_deleted", ()) is None:
            return
        with self._transaction(is_durable=True) as execute:
            execute("DELETE FROM draft WHERE chat_id IN (SELECT id FROM chat WHERE is_deleted)")
            execute("UPDATE chat SET leaf_id = NULL WHERE is_deleted")
            execute("DELETE FROM chat WHERE is_deleted")
        self._read("PRAGMA wal_checkpoint(TRUNCATE)", ())

    def save_draft(self, chat_id: int, text: str) -> None:
        """Store the draft; an empty text removes it."""
        with self._transaction(is_durable=False) as execute:
            if text:
                execute("INSERT OR REPLACE INTO draft (chat_id, text) VALUES (?, ?)", (chat_id, _blob(text)))
            else:
                execute("DELETE FROM draft WHERE chat_id = ?", (chat_id,))

    def mend(self) -> None:
        """Clean up after a crash: unfinished answers become stopped ones, deletions become final."""
        with self._transaction(is_durable=True) as execute:
            marks = ", ".join("?" * len(_ENDED))
            execute(f"UPDATE message SET state = ? WHERE state NOT IN ({marks})", (AnswerState.STOPPED, *_ENDED))
        self.purge_deleted()

    def close(self) -> None:
        self.connection.close()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _add_answer(self, execute: _Execute, chat_id: int, question_id: int, model_name: str, now: float) -> int:
        row = (chat_id, question_id, Speaker.ASSISTANT, AnswerState.STREAMING, b"", model_name, now)
        answer_id = _id(execute(_ADD_MESSAGE, row))
        execute("UPDATE chat SET leaf_id = ?, updated_at = ? WHERE id = ?", (answer_id, now, chat_id))
        return answer_id

    def _excerpts(self, needle: str) -> dict[int, str]:
        """For each chat that has the casefolded `needle`: an excerpt around it, from the latest such message."""
        excerpts: dict[int, str] = {}
        for chat_id, blob in self._read("SELECT chat_id, text FROM message ORDER BY id DESC", ()):
            if chat_id not in excerpts:
                text = _text(blob)
                place = text.casefold().find(needle)
                if place >= 0:
                    start = max(0, place - _EXCERPT_BEFORE)
                    words = " ".join(text[start : start + _EXCERPT_LETTERS].split())
                    excerpts[chat_id] = f"… {words}" if start else words
        return excerpts

    def _read(self, statement: str, values: Sequence[object]) -> list[Any]:
        try:
            return self.connection.execute(statement, values).fetchall()
        except FAULTS as error:
            raise _failure(error) from None

    def _first(self, statement: str, values: Sequence[object]) -> Any:
        rows = self._read(statement, values)
        return rows[0] if rows else None

    @contextmanager
    def _transaction(self, *, is_durable: bool) -> Iterator[_Execute]:
        connection = self.connection
        try:
            connection.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection.execute
            connection.execute("COMMIT")
        except FAULTS as error:
            raise _failure(error) from None
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _failure(error: Exception) -> LacunaError:
    """A database error for the person; its words quote no text of a conversation."""
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if kind == sqlite3.SQLITE_FULL:
        sentence, next_step = (
            "The disk is full: this conversation is not being saved.",
            "Free some space and try again.",
        )
    elif kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        sentence = "The file with the conversations is damaged."
        next_step = "Start Lacuna again: it sets the file aside and begins a new one."
    elif kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        sentence = "This conversation is not being saved: its file cannot be written."
        next_step = "Check the permissions of Lacuna's data folder and try again."
    else:
        sentence, next_step = (
            "This conversation is not being saved: the disk refused it.",
            "Check the disk and try again.",
        )
    return LacunaError(ErrorCode.FILE_NOT_SAVED, sentence, next_step, detail=str(error))


def _gone() -> LacunaError:
    return LacunaError(
        ErrorCode.FILE_UNREADABLE,
        "This message is not in the file of conversations any more.",
        "Ask the question again.",
    )


def _message(
    message_id: int,
    speaker: object,
    text: object,
    state: object,
    model: object,
    receipt: object,
    error: object,
    *versions: int,
) -> Message:
    version, count = versions
    return Message(
        id=message_id,
        speaker=next((known for known in Speaker if known == speaker), Speaker.ASSISTANT),
        text=_text(text),
        state=next((known for known in AnswerState if known == state), AnswerState.STOPPED),
        model_name=_text(model),
        receipt=receipt_from_json(_text(receipt)),
        error=error_from_json(_text(error)),
        version=max(1, version),
        versions=max(1, count),
        is_damaged=_is_damaged(text),
    )


def _id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _blob(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(value: object) -> str:
    """A column as text. Damaged bytes become U+FFFD; the rest of the text is kept."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace" if _is_damaged(value) else "surrogatepass")
    return value if isinstance(value, str) else ""


def _is_damaged(value: object) -> bool:
    """Whether a column's value is not a text that `_blob` could have written."""
    if not isinstance(value, bytes):
        return True
    try:
        value.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return True
    return False


def _time(value: object) -> datetime:
    """A column as a time; the Unix epoch if its value is no time."""
    try:
        return datetime.fromtimestamp(float(value))  # type: ignore[arg-type]  # float() refuses what is not a number
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0)
