"""Whatever has become of the file of conversations: it opens, what is whole is shown, and a question can be asked."""

import os
import random
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.chat.store.chat_store import ChatStore
from app.chat.store.opening import Opened, open_chat_store
from engine.answers import Answer, AnswerState
from engine.errors import LacunaError

_SEEDS = 30
_FULL = 12  # chats, each long enough to fill pages of its own


def fill(path: Path) -> None:
    store = open_chat_store(path).store
    for number in range(_FULL):
        chat_id = None
        for turn in range(3):
            asked = store.ask(chat_id, f"chat {number}", f"question {number}.{turn} " + "word " * 200)
            chat_id = asked.chat_id
            answer = f"answer {number}.{turn} " + "text " * 200
            store.finish(Answer(asked.answer_id, answer, AnswerState.COMPLETE), answer)
        store.save_draft(chat_id or 0, f"draft {number}")
    store.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "chats.sqlite"
    fill(path)
    return path.read_bytes()


def asks(opened: Opened) -> bool:
    asked = opened.store.ask(None, "new", "new question")
    return [message.text for message in opened.store.branch(asked.chat_id)] == ["new question", ""]


def look_at_everything(store: ChatStore) -> int:
    """What the window reads; how many messages were whole. A failure of one chat is a LacunaError, never another."""
    count = 0
    for chat in store.chats():
        try:
            count += sum(not message.is_damaged for message in store.branch(chat.id))
            store.draft(chat.id)
        except LacunaError:
            continue
    store.chats("question")
    return count


def damage(content: bytes, draw: random.Random) -> bytes:
    data = bytearray(content)
    kind = draw.choice(("byte", "bytes", "zeros", "cut", "swap", "rubbish"))
    page = draw.randrange(1, len(data) // 4096) * 4096
    match kind:
        case "byte":
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        case "bytes":
            for _ in range(20):
                data[draw.randrange(100, len(data))] = draw.randrange(256)
        case "zeros":
            data[page : page + 4096] = bytes(4096)
        case "cut":
            del data[draw.randrange(len(data)) :]
        case "swap":
            data[page : page + 4096], data[4096:8192] = data[4096:8192], data[page : page + 4096]
        case "rubbish":
            data[page : page + 4096] = draw.randbytes(4096)
    return bytes(data)


@pytest.mark.parametrize("seed", range(_SEEDS))
def test_damaged_file_opens_and_takes_a_question(tmp_path: Path, whole: bytes, seed: int) -> None:
    path = tmp_path / "chats.sqlite"
    path.write_bytes(damage(whole, random.Random(seed)))
    opened = open_chat_store(path)
    with closing(opened.store):
        look_at_everything(opened.store)
        assert asks(opened)


def test_one_destroyed_page_costs_what_it_held_and_the_rest_is_taken_over(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "chats.sqlite"
    middle = whole.index(b"answer 6.1 ") // 4096 * 4096
    path.write_bytes(whole[:middle] + b"\xee" * 4096 + whole[middle + 4096 :])
    opened = open_chat_store(path)
    with closing(opened.store):
        assert opened.problem is not None
        assert "taken over" in opened.problem.sentence
        assert look_at_everything(opened.store) >= 6 * _FULL - 8
        assert {chat.title for chat in opened.store.chats()} >= {f"chat {number}" for number in (0, 11)}


@contextmanager
def changed(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection
        connection.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chat SET title = x'ff61'",
        "UPDATE chat SET title = 'text', updated_at = 1e300",
        "UPDATE chat SET updated_at = 'never'",
        "UPDATE message SET text = x'c3' WHERE id = 2",
        "UPDATE message SET text = 'not a blob'",
        "UPDATE message SET receipt = CAST(x'ff' AS TEXT), error = '{\"sentence\": 3}'",
        f"UPDATE message SET receipt = '{'[' * 50_000}'",
        "UPDATE message SET parent_id = id WHERE id = 3",
        "UPDATE message SET parent_id = 6 WHERE id = 1",
        "UPDATE draft SET text = x'ff'",
        "PRAGMA user_version = -5",
        "DROP TABLE draft",
        "ALTER TABLE message RENAME COLUMN receipt TO bill",
    ],
)
def test_odd_value_costs_itself_alone(tmp_path: Path, whole: bytes, statement: str) -> None:
    path = tmp_path / "chats.sqlite"
    path.write_bytes(whole)
    with changed(path) as connection:
        connection.execute(statement)
    opened = open_chat_store(path)
    with closing(opened.store):
        look_at_everything(opened.store)
        assert sum(len(opened.store.branch(chat.id)) for chat in opened.store.chats()) >= 6 * _FULL - 6
        assert len(opened.store.chats()) == _FULL
        assert asks(opened)


def test_damaged_text_is_shown_as_damaged(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "chats.sqlite"
    path.write_bytes(whole)
    with changed(path) as connection:
        connection.execute("UPDATE message SET text = x'6f6bff' WHERE id = 1")
    opened = open_chat_store(path)
    with closing(opened.store):
        message, *others = opened.store.branch(1)
        assert (message.text, message.is_damaged) == ("ok\ufffd", True)
        assert not any(other.is_damaged for other in others)
        assert [chat.id for chat in opened.store.chats("question 0.1")] == [1]


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda place: os.symlink("/nowhere/at/all", place)])
def test_pipe_folder_or_dangling_link_in_its_place_is_set_aside(
    tmp_path: Path, end: str, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "chats.sqlite"
    make(path.with_name(path.name + end))
    opened = open_chat_store(path)
    with closing(opened.store):
        assert asks(opened)


def test_sparse_file_of_eight_gigabytes_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    with path.open("wb") as file:
        file.truncate(8 << 30)
    opened = open_chat_store(path)
    with closing(opened.store):
        assert opened.problem is not None
        assert asks(opened)


def test_full_disk_after_a_crash_shows_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    fill(path)
    with changed(path) as connection:
        connection.execute("UPDATE message SET state = 'streaming' WHERE id = 2")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        opened = open_chat_store(path)
        assert opened.problem is not None
        assert look_at_everything(opened.store) == 6 * _FULL
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    opened.store.close()
