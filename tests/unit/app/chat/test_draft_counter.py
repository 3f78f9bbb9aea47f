"""The tokens of what is being typed: counted by the reader, shown beside the composer's button."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import ErrorCode, ErrorReport
from engine.messages.jobs import Failed, Finished, Role
from engine.messages.project import Counted, CountTokens
from tests.unit.app.chat.desk import MODEL, ChatDesk, ScriptedProject


@pytest.fixture
def desk(make_desk: Callable[..., ChatDesk]) -> ChatDesk:
    return make_desk(ScriptedProject(is_open=False))


def counts(desk: ChatDesk) -> list[CountTokens]:
    """Every count that was asked for, in order."""
    return [request for _, request in desk.jobs.submitted if isinstance(request, CountTokens)]


def type_text(desk: ChatDesk, qtbot: QtBot, text: str) -> CountTokens:
    """Type, and wait until the count is asked for."""
    before = len(counts(desk))
    qtbot.keyClicks(desk.pane.composer.field, text)
    qtbot.waitUntil(lambda: len(counts(desk)) > before)
    return counts(desk)[-1]


def shown(desk: ChatDesk) -> str:
    return desk.pane.composer.tokens.text()


def test_typed_text_is_counted_by_the_reader_and_shown(desk: ChatDesk, qtbot: QtBot) -> None:
    request = type_text(desk, qtbot, "How?")
    assert request.text == "How?"
    assert desk.jobs.submitted[-1][0] is Role.READER
    assert len(counts(desk)) == 1  # one for the word, not one for each key
    desk.jobs.play(Counted(request.job_id, 1234), Finished(request.job_id))
    assert shown(desk) == "1,234 tokens"


def test_only_the_newest_text_counts(desk: ChatDesk, qtbot: QtBot) -> None:
    first = type_text(desk, qtbot, "How")
    second = type_text(desk, qtbot, " long?")
    assert (first.text, second.text) == ("How", "How long?")
    assert desk.jobs.cancelled == [first.job_id]
    desk.jobs.play(Counted(first.job_id, 1))
    assert shown(desk) == ""
    desk.jobs.play(Counted(second.job_id, 3), Finished(second.job_id))
    assert shown(desk) == "3 tokens"


def test_count_is_gone_with_the_text_also_where_it_was_on_its_way(desk: ChatDesk, qtbot: QtBot) -> None:
    request = type_text(desk, qtbot, "How?")
    desk.pane.composer.field.selectAll()
    desk.pane.composer.field.cut()
    desk.jobs.play(Counted(request.job_id, 2), Finished(request.job_id))
    assert shown(desk) == ""
    assert desk.jobs.cancelled == [request.job_id]


def test_sent_question_leaves_no_count(desk: ChatDesk, qtbot: QtBot) -> None:
    request = type_text(desk, qtbot, "How?")
    desk.jobs.play(Counted(request.job_id, 2), Finished(request.job_id))
    desk.pane.send()
    assert shown(desk) == ""


def test_draft_of_another_chat_is_counted_when_it_is_shown(desk: ChatDesk, qtbot: QtBot) -> None:
    desk.ask("Q1")
    desk.answer("a1")
    type_text(desk, qtbot, "and then")
    desk.chats.new_chat()
    assert shown(desk) == ""
    desk.pane.composer.set_text("something new")
    qtbot.waitUntil(lambda: counts(desk)[-1].text == "something new")


def test_nothing_is_shown_without_a_tokenizer(make_desk: Callable[..., ChatDesk], qtbot: QtBot) -> None:
    project = ScriptedProject(is_open=False)
    desk = make_desk(project)
    request = type_text(desk, qtbot, "How?")
    desk.jobs.play(Counted(request.job_id, 2), Finished(request.job_id))
    project.has_tokenizer = False
    desk.chats.set_model(None)
    qtbot.waitUntil(lambda: shown(desk) == "")
    assert len(counts(desk)) == 1


def test_another_model_counts_anew(desk: ChatDesk, qtbot: QtBot) -> None:
    first = type_text(desk, qtbot, "How?")
    desk.chats.set_model(MODEL)
    qtbot.waitUntil(lambda: len(counts(desk)) == 2)
    assert counts(desk)[-1].text == first.text


def test_reader_that_fails_takes_the_count_away(desk: ChatDesk, qtbot: QtBot) -> None:
    first = type_text(desk, qtbot, "How?")
    desk.jobs.play(Counted(first.job_id, 2), Finished(first.job_id))
    second = type_text(desk, qtbot, "!")
    desk.jobs.play(Failed(second.job_id, ErrorReport(ErrorCode.PROCESS_GONE, "The reader ended.")))
    assert shown(desk) == ""
