"""What the pane shows while an answer waits, is read or fails, and what its cards and buttons ask for."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from engine.answers import Answer, AnswerState, Receipt
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Stop, Usage
from engine.messages.jobs import Progress
from tests.gui.chat.stage import MIXED, complete, settle, shown, words
from ui.chat.answer_view import AnswerView
from ui.chat.note_card import NoteCard
from ui.chat.pane import ChatPane
from ui.chat.wishes import ChooseModel, NewChat, Regenerate, RestartEngine, ShowVersion, Wish

USAGE = Usage(700, 0, 700, 20, 4096, 900.0, 1000.0)


def test_reading_shows_how_far_and_how_long(pane: ChatPane) -> None:
    progress = Progress("j", "Reading the prompt", 50, 100, "tokens", rate=10)
    view = shown(pane, Answer(2, state=AnswerState.READING, progress=progress))
    assert view.stage.text() == "Reading the prompt · 50 of 100 tokens · 5 s left"
    assert view.progress.isVisible()
    pane.show_answer(Answer(2, "text", AnswerState.STREAMING))
    assert not view.stage.isVisible()
    assert not view.progress.isVisible()


@pytest.mark.parametrize(
    ("code", "wish"),
    [
        (ErrorCode.PROCESS_GONE, RestartEngine()),
        (ErrorCode.MODEL_NOT_LOADED, ChooseModel()),
        (ErrorCode.PROMPT_TOO_LONG, NewChat()),
        (ErrorCode.INTERNAL, Regenerate()),
    ],
)
def test_card_of_a_failure_asks_for_what_helps(
    pane: ChatPane, wishes: list[Wish], qtbot: QtBot, code: ErrorCode, wish: Wish
) -> None:
    error = ErrorReport(code, "It <b>failed</b>.", "Do this.")
    view = shown(pane, Answer(2, "partial", AnswerState.FAILED, error=error))
    assert words(view) == "partial"
    assert isinstance(view.card, NoteCard)
    assert "It <b>failed</b>." in view.card.accessibleName()
    (button, *_) = view.card.buttons.values()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wishes == [wish]


def test_stopped_answer_offers_another_try(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    view = shown(pane, Answer(2, "partial", AnswerState.STOPPED))
    assert view.card is not None
    (button,) = view.card.buttons.values()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wishes == [Regenerate()]


def test_only_the_last_answer_can_be_written_anew(pane: ChatPane) -> None:
    shown(pane, complete("one", 2), complete("two", 3))
    answers = [view for view in pane.transcript.views if isinstance(view, AnswerView)]
    assert [view.regenerate_button.isVisible() for view in answers] == [False, True]


def test_versions_can_be_leafed_through(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    view = shown(pane, replace(complete("second"), version=2, versions=2))
    assert view.version.text() == "2 of 2"
    assert not view.later_button.isEnabled()
    qtbot.mouseClick(view.earlier_button, Qt.MouseButton.LeftButton)
    assert wishes == [ShowVersion(2, -1)]


def test_copy_answer_takes_the_markdown(pane: ChatPane) -> None:
    shown(pane, complete(MIXED))
    pane.copy_answer()
    assert QGuiApplication.clipboard().text() == MIXED


def test_empty_chat_says_what_can_be_done(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    assert pane.hint.title.isVisible()
    pane.set_model(None)
    assert pane.hint.model_button.isVisible()
    qtbot.mouseClick(pane.hint.model_button, Qt.MouseButton.LeftButton)
    assert wishes == [ChooseModel()]
    pane.set_loading(Progress("j", "Reading weights", 3, 10))
    assert "Reading weights" in pane.hint.text.text()


def test_receipt_is_one_line_and_its_sentences_unfold(pane: ChatPane, qtbot: QtBot) -> None:
    receipt = Receipt(stop=Stop.LENGTH, usage=USAGE, files_packed=2, left_out=("a.py",))
    view = shown(pane, replace(complete("text"), receipt=receipt))
    assert view.receipt.text().endswith("2 files, 1 left out · cut at the length")
    assert not view.notes.isVisible()
    qtbot.mouseClick(view.notes_button, Qt.MouseButton.LeftButton)
    assert view.notes.isVisible()
    assert "a.py did not fit." in view.notes.text()


def test_version_arrows_stay_in_place_when_other_buttons_come_and_go(pane: ChatPane) -> None:
    places = set()
    for state in (AnswerState.COMPLETE, AnswerState.STOPPED):
        view = shown(pane, replace(complete("text"), state=state, version=2, versions=3))
        settle()
        places.add(view.earlier_button.mapTo(view, QPoint(0, 0)).x())
    assert len(places) == 1
