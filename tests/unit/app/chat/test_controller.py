"""Questions and answers between pane, store and engine, with a scripted engine and the real pane and store."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace

from pytestqt.qtbot import QtBot

from app.chat.store.chat_store import ChatStore
from app.chat.store.records import SentPrompt
from engine.answers import AnswerState
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Complete, PromptBuilt, Stop, TextDelta
from engine.messages.jobs import Failed, Finished, Progress, Role
from engine.messages.project import Packed, ProjectPacked, Span
from engine.messages.prompts import PartName, PromptFormat, PromptPart, Speaker, Turn
from tests.unit.app.chat.desk import MODEL, SETTINGS, USAGE, ChatDesk, ScriptedProject
from ui.chat.answer_view import AnswerView
from ui.chat.composer import Sending
from ui.chat.wishes import DeleteChat, NewChat, RenameChat, SaveAgain, ShowChat, ShowPrompt, Wish


def test_question_is_stored_and_asked_with_the_settings(desk: ChatDesk) -> None:
    desk.ask("How do I sort?")
    assert desk.jobs.submitted[-1][0] is Role.ENGINE
    assert desk.request.turns == (Turn(Speaker.USER, "How do I sort?"),)
    assert (desk.request.system, desk.request.sampling) == ("Be brief.", SETTINGS.chat)
    assert desk.stored() == ["How do I sort?", ""]
    assert desk.pane.draft == ""
    assert desk.pane.composer.sending is Sending.STOP


def test_answer_is_shown_stored_and_sent_along_with_the_next_question(desk: ChatDesk) -> None:
    desk.ask("Q1")
    desk.answer("a1")
    assert (desk.last.text, desk.last.state, desk.last.receipt.usage) == ("a1", AnswerState.COMPLETE, USAGE)
    assert desk.stored() == ["Q1", "a1"]
    desk.ask("Q2")
    assert [turn.text for turn in desk.request.turns] == ["Q1", "a1", "Q2"]
    assert desk.pane.composer.sending is Sending.STOP


def test_chat_is_named_after_its_first_question(desk: ChatDesk) -> None:
    desk.ask("Where are\nredirects followed?")
    assert desk.store.chats()[0].title == "Where are redirects followed?"


def test_stop_keeps_what_came_and_it_counts_as_history(desk: ChatDesk) -> None:
    job_id = desk.ask("Q1")
    desk.jobs.play(TextDelta(job_id, "half", 1))
    desk.chats.stop()
    assert desk.jobs.cancelled == [job_id]
    assert (desk.last.text, desk.last.state) == ("half", AnswerState.STOPPED)
    assert desk.stored() == ["Q1", "half"]
    desk.ask("Q2")
    assert [turn.text for turn in desk.request.turns] == ["Q1", "half", "Q2"]


def test_failure_keeps_the_text_and_the_next_question_works(desk: ChatDesk) -> None:
    job_id = desk.ask("Q1")
    error = ErrorReport(ErrorCode.OUT_OF_MEMORY, "The memory ran out.", "Close the folder.")
    desk.jobs.play(TextDelta(job_id, "half", 1), Failed(job_id, error))
    assert (desk.last.text, desk.last.state, desk.last.error) == ("half", AnswerState.FAILED, error)
    assert desk.pane.composer.sending is Sending.SEND
    desk.ask("Q2")
    desk.answer("a2")
    assert desk.stored() == ["Q1", "half", "Q2", "a2"]


def test_regenerate_keeps_the_earlier_answer_as_another_version(desk: ChatDesk) -> None:
    desk.ask("Q1")
    desk.answer("first")
    desk.chats.regenerate()
    assert desk.request.turns == (Turn(Speaker.USER, "Q1"),)
    desk.answer("second")
    assert (desk.last.text, desk.last.version, desk.last.versions) == ("second", 2, 2)
    view = desk.pane.transcript.last_answer
    assert isinstance(view, AnswerView)
    view.earlier_button.click()
    assert (desk.last.text, desk.last.version) == ("first", 1)
    desk.ask("Q2")
    assert [turn.text for turn in desk.request.turns] == ["Q1", "first", "Q2"]


def test_answer_goes_on_while_another_chat_is_shown(desk: ChatDesk) -> None:
    job_id = desk.ask("Q1")
    first = desk.chats.chat_id
    desk.chats.new_chat()
    desk.jobs.play(TextDelta(job_id, "a", 1))
    assert desk.pane.transcript.last_answer is None
    desk.pane.wished.emit(ShowChat(first))
    assert (desk.last.text, desk.last.state) == ("a", AnswerState.STREAMING)
    desk.jobs.play(TextDelta(job_id, "b", 2), Finished(job_id, Stop.EOS, USAGE))
    assert desk.last.text == "ab"
    assert desk.stored(first) == ["Q1", "ab"]


def test_second_question_waits_for_the_first_and_says_so(desk: ChatDesk) -> None:
    first_job = desk.ask("Q1")
    desk.chats.new_chat()
    desk.ask("Q2")
    assert len(desk.jobs.submitted) == 1
    assert (desk.last.state, desk.last.waits_for) == (AnswerState.WAITING, "Waiting for the other answer")
    desk.jobs.play(Finished(first_job, Stop.EOS, USAGE))
    assert desk.request.turns == (Turn(Speaker.USER, "Q2"),)


def test_waiting_question_can_be_stopped_without_touching_the_running_one(desk: ChatDesk) -> None:
    first_job = desk.ask("Q1")
    desk.chats.new_chat()
    desk.ask("Q2")
    desk.chats.stop()
    assert desk.last.state is AnswerState.STOPPED
    assert desk.jobs.cancelled == []
    desk.jobs.play(Finished(first_job, Stop.EOS, USAGE))
    assert len(desk.jobs.submitted) == 1


def test_question_waits_for_a_model_that_is_being_loaded(make_desk: Callable[..., ChatDesk]) -> None:
    desk = make_desk(model=None)
    desk.chats.set_loading(Progress("load", "Reading weights", 1, 2))
    desk.ask("Q1")
    assert desk.jobs.submitted == []
    assert desk.last.waits_for == "Waiting for the model to load"
    desk.chats.set_model(MODEL)
    desk.chats.set_loading(None)
    desk.answer("a1")
    assert desk.stored() == ["Q1", "a1"]
    assert desk.store.branch(desk.chats.chat_id or 0)[1].model_name == "Tiny"


def test_question_that_cannot_be_answered_stays_in_the_composer(make_desk: Callable[..., ChatDesk]) -> None:
    desk = make_desk(model=None)
    desk.ask("Q1")
    assert desk.pane.draft == "Q1"
    assert desk.store.chats() == []
    assert desk.pane.composer.hint.text()


def test_model_without_chat_continues_each_text_by_itself(make_desk: Callable[..., ChatDesk]) -> None:
    project = ScriptedProject(is_open=False)
    desk = make_desk(project=project)
    desk.ask("Q1")
    desk.answer("a1")
    desk.chats.set_model(replace(MODEL, prompt_format=PromptFormat.COMPLETION))
    project.is_open = True
    desk.ask("def f(x):\n    ")
    request = desk.jobs.last
    assert isinstance(request, Complete)
    assert request.text == "def f(x):\n    "
    assert desk.last.receipt.is_continuation
    desk.answer("return x")
    assert desk.stored()[2:] == ["def f(x):\n    ", "return x"]
    assert desk.store.branch(desk.chats.chat_id or 0)[3].receipt.is_continuation
    desk.chats.regenerate()
    again = desk.jobs.last
    assert isinstance(again, Complete)
    assert again.text == request.text
    assert again.job_id != request.job_id


def test_open_folder_goes_along_and_the_receipt_says_what_did_not(make_desk: Callable[..., ChatDesk]) -> None:
    project = ScriptedProject()
    desk = make_desk(project)
    desk.ask("Q1")
    assert desk.jobs.submitted == []
    packed = Packed(b"\0" * 8, (Span("a.py", 1, 2, 0, 1), Span("a.py", 5, 6, 1, 2)), "hash", 1, 3)
    assert project.on_packed is not None
    project.on_packed(ProjectPacked("pack-1", packed, ("b.py",), ("a.py",)))
    assert desk.request.project == packed
    desk.answer("a1")
    receipt = desk.store.branch(desk.chats.chat_id or 0)[1].receipt
    assert (receipt.files_packed, receipt.left_out, receipt.partial) == (1, ("b.py",), ("a.py",))


def test_stop_while_the_folder_is_packed_ends_the_question_for_good(make_desk: Callable[..., ChatDesk]) -> None:
    project = ScriptedProject()
    desk = make_desk(project)
    desk.ask("Q1")
    desk.chats.stop()
    assert desk.last.state is AnswerState.STOPPED
    assert project.cancelled == ["pack-1"]
    assert project.on_packed is not None
    project.on_packed(ProjectPacked("pack-1", Packed(b"", (), "hash", 1, 0)))
    assert desk.jobs.submitted == []


def test_folder_that_cannot_be_packed_fails_the_answer_with_its_sentence(make_desk: Callable[..., ChatDesk]) -> None:
    project = ScriptedProject()
    desk = make_desk(project)
    desk.ask("Q1")
    error = ErrorReport(ErrorCode.PROJECT_UNREADABLE, "The folder is gone.", "Open it again.")
    assert project.on_failed is not None
    project.on_failed(error)
    assert (desk.last.state, desk.last.error) == (AnswerState.FAILED, error)
    assert desk.pane.composer.sending is Sending.SEND


def fill_disk(store: ChatStore) -> sqlite3.Connection:
    connection: sqlite3.Connection = store.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    return connection


def test_full_disk_keeps_the_question_in_the_composer_and_says_so(desk: ChatDesk) -> None:
    connection = fill_disk(desk.store)
    question = "x" * 30_000
    desk.ask(question)
    assert desk.pane.draft == question
    assert desk.jobs.submitted == []
    assert "disk is full" in desk.pane.warning.label.text()
    connection.execute("PRAGMA max_page_count = 100000")
    desk.pane.warning.button.click()
    assert desk.stored() == [question, ""]
    assert desk.pane.warning.isHidden()


def test_disk_that_fills_up_while_an_answer_streams_costs_none_of_it(desk: ChatDesk) -> None:
    job_id = desk.ask("Q1")
    connection = fill_disk(desk.store)
    long = "word " * 10_000
    desk.jobs.play(TextDelta(job_id, long, 3), Finished(job_id, Stop.EOS, USAGE))
    assert desk.last.text == long
    assert "disk is full" in desk.pane.warning.label.text()
    first = desk.chats.chat_id
    desk.chats.new_chat()
    desk.pane.wished.emit(ShowChat(first))
    assert desk.last.text == long  # not yet on disk, and shown all the same
    connection.execute("PRAGMA max_page_count = 100000")
    desk.pane.wished.emit(SaveAgain())
    assert desk.stored() == ["Q1", long]
    assert desk.pane.warning.isHidden()


def test_full_disk_keeps_the_chat_open_whose_draft_it_does_not_take(desk: ChatDesk) -> None:
    desk.ask("Q1")
    desk.answer("a1")
    first = desk.chats.chat_id
    connection = fill_disk(desk.store)
    typed = "y" * 30_000
    desk.pane.composer.set_text(typed)
    desk.pane.wished.emit(NewChat())
    desk.pane.wished.emit(ShowChat(first))
    assert (desk.chats.chat_id, desk.pane.draft) == (first, typed)
    assert "disk is full" in desk.pane.warning.label.text()
    assert not desk.chats.may_close()
    connection.execute("PRAGMA max_page_count = 100000")
    assert desk.chats.may_close()
    assert desk.pane.warning.isHidden()
    desk.pane.wished.emit(NewChat())
    assert (desk.chats.chat_id, desk.pane.draft) == (None, "")


def test_answer_that_the_disk_refuses_keeps_the_program_from_closing(desk: ChatDesk) -> None:
    job_id = desk.ask("Q1")
    connection = fill_disk(desk.store)
    desk.jobs.play(TextDelta(job_id, "word " * 10_000, 3), Finished(job_id, Stop.EOS, USAGE))
    assert not desk.chats.may_close()
    connection.execute("PRAGMA max_page_count = 100000")
    assert desk.chats.may_close()


def test_damaged_message_is_said_and_shown(desk: ChatDesk) -> None:
    desk.ask("Q1")
    desk.answer("a1")
    problems: list[ErrorReport] = []
    desk.chats.problem.connect(problems.append)
    desk.store.connection.execute("UPDATE message SET text = x'6f6bff' WHERE id = 2")
    first = desk.chats.chat_id
    desk.chats.new_chat()
    desk.pane.wished.emit(ShowChat(first))
    assert desk.last.text == "ok\ufffd"
    assert ["damaged" in problem.sentence for problem in problems] == [True]


def test_last_conversation_is_there_again_with_its_draft(make_desk: Callable[..., ChatDesk]) -> None:
    before = make_desk()
    before.ask("Q1")
    before.answer("a1")
    before.pane.composer.field.setPlainText("half a quest")
    before.chats.close()
    after = make_desk()
    assert after.last.text == "a1"
    assert after.pane.draft == "half a quest"


def test_closing_while_an_answer_streams_keeps_what_came(make_desk: Callable[..., ChatDesk]) -> None:
    before = make_desk()
    job_id = before.ask("Q1")
    before.jobs.play(TextDelta(job_id, "half", 1))
    before.chats.close()
    after = make_desk()
    assert (after.last.text, after.last.state) == ("half", AnswerState.STOPPED)


def test_deleted_chat_can_be_undone(desk: ChatDesk) -> None:
    desk.ask("Q1")
    desk.answer("a1")
    chat_id = desk.chats.chat_id
    desk.pane.wished.emit(DeleteChat(chat_id))
    assert desk.store.chats() == []
    assert desk.pane.transcript.last_answer is None
    desk.pane.undo.button.click()
    assert desk.chats.chat_id == chat_id
    assert desk.last.text == "a1"


def test_deleting_the_chat_that_is_being_answered_stops_the_answer(desk: ChatDesk) -> None:
    job_id = desk.ask("Q1")
    desk.pane.wished.emit(DeleteChat(desk.chats.chat_id))
    assert desk.jobs.cancelled == [job_id]
    desk.ask("Q2")
    desk.answer("a2")
    assert desk.stored() == ["Q2", "a2"]


def test_renamed_chat_shows_its_new_name(desk: ChatDesk) -> None:
    desk.ask("Q1")
    desk.pane.wished.emit(RenameChat(desk.chats.chat_id, "Sorting & <b>so</b>"))
    assert desk.store.chats()[0].title == "Sorting & <b>so</b>"
    assert desk.pane.title_button.text() == "Sorting && <b>so</b>"


def test_stage_context_and_rate_are_told(desk: ChatDesk, qtbot: QtBot) -> None:
    job_id = desk.ask("Q1")
    stages: list[tuple[bool, Progress | None]] = []
    contexts, rates = [], []
    desk.running.changed.connect(lambda: stages.append((desk.running.is_any, desk.running.shown)))
    desk.running.context_changed.connect(lambda used, total: contexts.append((used, total)))
    desk.running.rate_changed.connect(rates.append)
    progress = Progress(job_id, "Reading the prompt", 5, 10)
    desk.jobs.play(progress, PromptBuilt(job_id, 10, 4, 4096), TextDelta(job_id, "a", 1))
    desk.jobs.play(Finished(job_id, Stop.EOS, USAGE))
    assert stages == [(True, progress), (True, None), (True, None), (False, None)]
    assert contexts == [(10, 4096), (11, 4096)]
    assert rates == [USAGE.tokens_per_s]


def test_prompt_of_each_answer_is_kept_to_the_id(make_desk: Callable[..., ChatDesk]) -> None:
    desk = make_desk()
    desk.ask("Q1")
    parts = (PromptPart(PartName.CONTROL, 0, 1),)
    desk.jobs.play(PromptBuilt(desk.jobs.last.job_id, 1, 0, 4096, ids=b"\x01\0\0\0", parts=parts))
    desk.answer("a1")
    kept = desk.store.prompt(desk.last.id)
    assert kept == SentPrompt(b"\x01\0\0\0", parts, MODEL.name, MODEL.tokenizer_path, MODEL.tokenizer_hash)
    wishes: list[Wish] = []
    desk.pane.wished.connect(wishes.append)
    desk.pane.request_prompt()
    assert wishes == [ShowPrompt(desk.last.id)]
