"""Conversations on disk: what was said is there again, and nothing replaces anything."""

import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.chat.store.chat_store import ChatStore
from app.chat.store.opening import open_chat_store
from app.chat.store.prompt_rows import prompt_from_row
from app.chat.store.records import SentPrompt
from engine.answers import Answer, AnswerState, Receipt
from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.messages.generation import Stop, Usage
from engine.messages.prompts import PartName, PromptPart, Speaker

USAGE = Usage(10, 4, 6, 3, 99, 1.0, 2.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chats.sqlite3"


def opened(path: Path) -> ChatStore:
    result = open_chat_store(path)
    assert result.problem is None
    return result.store


def answered(store: ChatStore, chat_id: int | None, question: str, text: str) -> int:
    asked = store.ask(chat_id, question, question)
    store.finish(Answer(asked.answer_id, text, AnswerState.COMPLETE), text)
    return asked.chat_id


def texts(store: ChatStore, chat_id: int) -> list[str]:
    return [message.text for message in store.branch(chat_id)]


def test_conversation_is_there_again_after_a_restart(path: Path) -> None:
    store = opened(path)
    asked = store.ask(None, "Sorting", "How do I sort?", "Tiny")
    store.append_text(asked.answer_id, "Use ")
    receipt = Receipt(Stop.EOS, USAGE, 2, True, 3, ("a\udcff.py",), ("b.py",))
    store.finish(Answer(asked.answer_id, "Use sorted.", AnswerState.COMPLETE, "Tiny", receipt=receipt), "sorted.")
    store.close()
    store = opened(path)
    assert [chat.title for chat in store.chats()] == ["Sorting"]
    question, answer = store.branch(asked.chat_id)
    assert (question.speaker, question.text) == (Speaker.USER, "How do I sort?")
    assert (answer.text, answer.state, answer.model_name) == ("Use sorted.", AnswerState.COMPLETE, "Tiny")
    assert answer.receipt == receipt


def test_failure_of_an_answer_is_kept_without_its_detail(path: Path) -> None:
    store = opened(path)
    asked = store.ask(None, "T", "Q")
    error = ErrorReport(ErrorCode.OUT_OF_MEMORY, "It ran out.", "Close something.", "traceback")
    store.finish(Answer(asked.answer_id, "ha", AnswerState.FAILED, error=error), "ha")
    answer = store.branch(asked.chat_id)[1]
    assert (answer.text, answer.state) == ("ha", AnswerState.FAILED)
    assert answer.error == ErrorReport(ErrorCode.OUT_OF_MEMORY, "It ran out.", "Close something.")


def test_answer_that_was_being_written_is_a_stopped_one_after_a_restart(path: Path) -> None:
    store = opened(path)
    asked = store.ask(None, "T", "Q")
    store.append_text(asked.answer_id, "as far as it ca")
    store.close()
    answer = opened(path).branch(asked.chat_id)[1]
    assert (answer.text, answer.state) == ("as far as it ca", AnswerState.STOPPED)


def test_answering_again_keeps_the_earlier_answer_and_what_followed_it(path: Path) -> None:
    store = opened(path)
    chat_id = answered(store, None, "Q1", "first")
    first_id = store.branch(chat_id)[1].id
    answered(store, chat_id, "Q2", "below first")
    again_id = store.answer_again(first_id)
    store.finish(Answer(again_id, "second", AnswerState.COMPLETE), "second")
    assert texts(store, chat_id) == ["Q1", "second"]
    shown = store.branch(chat_id)[1]
    assert (shown.version, shown.versions) == (2, 2)
    assert store.show_version(again_id, -1)
    assert texts(store, chat_id) == ["Q1", "first", "Q2", "below first"]
    assert not store.show_version(first_id, -1)
    assert store.show_version(first_id, 1)
    assert texts(store, chat_id) == ["Q1", "second"]


def test_chats_are_listed_with_the_latest_first(path: Path) -> None:
    store = opened(path)
    first = answered(store, None, "one", "a")
    answered(store, None, "two", "b")
    answered(store, first, "three", "c")
    assert [chat.title for chat in store.chats()] == ["one", "two"]


def test_search_looks_into_titles_and_texts_in_any_case(path: Path) -> None:
    store = opened(path)
    answered(store, None, "About Bäume", "roots and so on")
    answered(store, None, "Other", "first words " * 10 + "the STRASSE is long")
    assert [chat.title for chat in store.chats("bäume")] == ["About Bäume"]
    (found,) = store.chats("straße")
    assert found.title == "Other"
    assert "STRASSE" in found.excerpt
    assert store.chats("nowhere") == []


def test_deleted_chat_can_be_brought_back_until_it_is_purged(path: Path) -> None:
    store = opened(path)
    chat_id = answered(store, None, "secret canary 4711", "a")
    store.set_deleted(chat_id, True)
    assert store.chats() == []
    store.set_deleted(chat_id, False)
    assert len(store.chats()) == 1
    store.set_deleted(chat_id, True)
    store.purge_deleted()
    store.close()
    assert all(b"canary 4711" not in part.read_bytes() for part in path.parent.iterdir())


def test_deletion_is_final_after_a_restart(path: Path) -> None:
    store = opened(path)
    store.set_deleted(answered(store, None, "Q", "a"), True)
    store.close()
    store = opened(path)
    assert store.chats() == []


def test_draft_is_kept_for_each_chat_and_gone_when_sent(path: Path) -> None:
    store = opened(path)
    store.save_draft(0, "not yet")
    store.close()
    store = opened(path)
    assert store.draft() == "not yet"
    chat_id = answered(store, None, "not yet", "a")
    assert store.draft() == ""
    store.save_draft(chat_id, "and then")
    assert (store.draft(chat_id), store.draft()) == ("and then", "")
    store.save_draft(chat_id, "")
    assert store.draft(chat_id) == ""


def test_files_are_for_their_owner_alone(path: Path) -> None:
    store = opened(path)
    answered(store, None, "Q", "a")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for part in path.parent.iterdir():
        assert stat.S_IMODE(part.stat().st_mode) == 0o600


def test_full_disk_is_a_sentence_and_what_was_there_stays(path: Path) -> None:
    store = opened(path)
    chat_id = answered(store, None, "Q1", "a1")
    connection: sqlite3.Connection = store.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LacunaError) as refused:
        store.ask(chat_id, "", "x" * 100_000)
    assert refused.value.report.code is ErrorCode.FILE_NOT_SAVED
    assert "disk is full" in refused.value.report.sentence
    assert texts(store, chat_id) == ["Q1", "a1"]
    connection.execute("PRAGMA max_page_count = 100000")
    answered(store, chat_id, "Q2", "a2")
    assert texts(store, chat_id) == ["Q1", "a1", "Q2", "a2"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=30), max_size=4))
def test_any_text_comes_back_as_it_was(tmp_path: Path, parts: list[str]) -> None:
    store = opened(tmp_path / "any.sqlite3")
    try:
        asked = store.ask(None, "T", "".join(parts))
        for part in parts:
            store.append_text(asked.answer_id, part)
        assert texts(store, asked.chat_id) == ["".join(parts)] * 2
    finally:
        store.close()


def test_prompt_of_an_answer_is_kept_with_it_and_goes_with_it(path: Path) -> None:
    store = opened(path)
    parts = (PromptPart(PartName.CONTROL, 0, 1), PromptPart(PartName.PROJECT, 1, 3, "caf\udce9.py"))
    prompt = SentPrompt(b"\x01\0\0\0" * 3, parts, "One", "/m/\udcff/tokenizer.model", "hash")
    asked = store.ask(None, "t", "q")
    assert store.prompt(asked.answer_id) is None
    store.keep_prompt(asked.answer_id, prompt)
    assert store.prompt(asked.answer_id) == prompt
    again = replace(prompt, model_name="Two")
    store.keep_prompt(asked.answer_id, again)
    assert store.prompt(asked.answer_id) == again
    store.set_deleted(asked.chat_id, True)
    store.purge_deleted()
    assert store.prompt(asked.answer_id) is None
    store.close()


@pytest.mark.parametrize("about", ["", "[]", "{}", '{"parts": [["poem", 0, 1, ""]]}'])
def test_prompt_row_that_cannot_be_used_is_none(about: str) -> None:
    assert prompt_from_row(b"", about) is None
    assert prompt_from_row(b"no zlib", about) is None
