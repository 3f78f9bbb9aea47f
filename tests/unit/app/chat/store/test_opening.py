"""Nothing in the file of conversations keeps the window from starting, and nothing in it is destroyed."""

import sqlite3
from pathlib import Path

import pytest

from app.chat.store.chat_store import ChatStore
from app.chat.store.opening import open_chat_store
from app.chat.store.schema import MIGRATIONS
from engine.answers import Answer, AnswerState


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store = open_chat_store(tmp_path / "chats.sqlite3").store
    say(store, "kept")
    store.close()
    return tmp_path / "chats.sqlite3"


def say(store: ChatStore, question: str) -> None:
    asked = store.ask(None, question, question)
    store.finish(Answer(asked.answer_id, "answer", AnswerState.COMPLETE), "answer")


def works(store: ChatStore) -> bool:
    say(store, "new")
    return [chat.title for chat in store.chats()][:1] == ["new"]


def damage_header(content: bytes) -> bytes:
    return b"not a database at all " * 100


def damage_page(content: bytes) -> bytes:
    return content[:4096] + b"\xee" * 4096 + content[8192:]


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2 + 100]


@pytest.mark.parametrize("damage", [damage_header, damage_page, cut])
def test_damaged_file_is_set_aside_whole_and_a_new_one_begun(path: Path, damage: object) -> None:
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    opened = open_chat_store(path)
    assert opened.problem is not None
    assert "set aside" in opened.problem.sentence
    assert works(opened.store)
    opened.store.close()
    (aside,) = path.parent.glob("chats-damaged-*.sqlite3")
    assert aside.name in opened.problem.sentence
    assert aside.read_bytes() == before
    assert open_chat_store(path).problem is None


def test_newer_file_stays_as_it_is_and_this_run_keeps_its_chats_in_memory(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    opened = open_chat_store(path)
    assert opened.problem is not None
    assert "newer version" in opened.problem.sentence
    assert works(opened.store)
    opened.store.close()
    assert path.read_bytes() == before


def test_file_that_another_program_holds_is_left_to_it(path: Path) -> None:
    first = open_chat_store(path).store
    second = open_chat_store(path)
    assert second.problem is not None
    assert works(second.store)
    say(first, "undisturbed")
    assert [chat.title for chat in first.chats()] == ["undisturbed", "kept"]
    first.close()


def test_folder_that_cannot_be_made_is_no_reason_not_to_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    opened = open_chat_store(tmp_path / "file" / "chats.sqlite3")
    assert opened.problem is not None
    assert works(opened.store)


def test_older_file_is_backed_up_and_brought_up_to_date(path: Path) -> None:
    newer = (*MIGRATIONS, ("ALTER TABLE chat ADD COLUMN colour TEXT NOT NULL DEFAULT ''",))
    opened = open_chat_store(path, newer)
    assert opened.problem is None
    assert [chat.title for chat in opened.store.chats()] == ["kept"]
    opened.store.close()
    backup = path.with_name(f"chats-before-version-{len(MIGRATIONS) + 1}.sqlite3")
    assert [chat.title for chat in open_chat_store(backup).store.chats()] == ["kept"]


def test_failing_migration_leaves_the_file_as_it_was(path: Path) -> None:
    broken = (*MIGRATIONS, ("ALTER TABLE chat ADD COLUMN colour TEXT", "CREATE NONSENSE"))
    assert open_chat_store(path, broken).problem is not None
    opened = open_chat_store(path)
    assert opened.problem is None
    assert [chat.title for chat in opened.store.chats()] == ["kept"]
