"""The composer as a person uses it: typed, pasted, sent and stopped, offscreen."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt
from pytestqt.qtbot import QtBot

from engine.answers import Question
from engine.messages.prompts import PromptFormat
from tests.gui.chat.stage import MODEL, complete, settle
from ui.chat.composer import Sending
from ui.chat.pane import ChatPane
from ui.chat.wishes import KeepDraft, Send, StopAnswer, Wish


def test_enter_sends_what_was_typed_and_shift_enter_makes_a_line(
    pane: ChatPane, wishes: list[Wish], qtbot: QtBot
) -> None:
    field = pane.composer.field
    qtbot.keyClicks(field, "one")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(field, "two")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert wishes == [Send("one\ntwo")]
    assert pane.draft == "one\ntwo"  # until it is stored
    pane.clear_composer()
    assert pane.draft == ""


def test_ctrl_enter_sends_where_that_is_set(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    pane.set_sends_with_ctrl(True)
    field = pane.composer.field
    qtbot.keyClicks(field, "one")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert wishes == []
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert wishes == [Send("one\n")]


def test_blank_text_is_not_sent(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    qtbot.keyClicks(pane.composer.field, "  ")
    assert not pane.composer.button.isEnabled()
    qtbot.keyClick(pane.composer.field, Qt.Key.Key_Return)
    assert wishes == []


def test_composer_grows_with_its_text_up_to_a_limit(pane: ChatPane, qtbot: QtBot) -> None:
    field = pane.composer.field
    heights = []
    for lines in (1, 4, 9, 200):
        field.setPlainText("\n".join("x" * lines))
        settle()
        heights.append(field.height())
    assert heights[0] < heights[1] < heights[2] == heights[3]


def test_up_in_an_empty_composer_recalls_the_last_question(pane: ChatPane, qtbot: QtBot) -> None:
    pane.show_chat(1, "T", [Question(1, "the last one"), complete("a")])
    qtbot.keyClick(pane.composer.field, Qt.Key.Key_Up)
    assert pane.draft == "the last one"


@pytest.mark.parametrize("text", ["line of code()\n" * 700_000, "x" * 2_000_000], ids=["10 MB", "one line"])
def test_huge_paste_is_put_aside_and_sent_in_full(pane: ChatPane, qtbot: QtBot, text: str) -> None:
    qtbot.keyClicks(pane.composer.field, "What is this?")
    mime = QMimeData()
    mime.setText(text)
    pane.composer.field.insertFromMimeData(mime)
    assert pane.composer.field.toPlainText() == "What is this?"
    assert pane.composer.paste.isVisible()
    assert pane.draft == f"What is this?\n\n{text}"
    pane.composer.paste.remove_button.click()
    assert pane.draft == "What is this?"


def test_pasted_markup_arrives_as_text(pane: ChatPane) -> None:
    mime = QMimeData()
    mime.setHtml("<b>bold</b>")
    mime.setText("<b>bold</b>")
    pane.composer.field.insertFromMimeData(mime)
    assert pane.draft == "<b>bold</b>"


def test_draft_is_told_once_after_typing_stops(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    qtbot.keyClicks(pane.composer.field, "half")
    assert wishes == []
    qtbot.waitUntil(lambda: bool(wishes))
    assert wishes == [KeepDraft("half")]


def test_refused_question_stays_and_the_reason_is_in_sight(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    pane.set_model(None)
    qtbot.keyClicks(pane.composer.field, "hello")
    qtbot.keyClick(pane.composer.field, Qt.Key.Key_Return)
    assert wishes == []
    assert "No model" in pane.composer.hint.text()
    assert pane.draft == "hello"


def test_pane_of_a_model_without_chat_is_for_texts_to_continue(
    pane: ChatPane, wishes: list[Wish], qtbot: QtBot
) -> None:
    pane.set_model(replace(MODEL, prompt_format=PromptFormat.COMPLETION))
    assert pane.composer.button.text() == "Continue"
    assert "continues" in pane.composer.hint.text()
    assert pane.composer.field.accessibleName() == "Text to continue"
    qtbot.keyClicks(pane.composer.field, "def f(")
    qtbot.keyClick(pane.composer.field, Qt.Key.Key_Return)
    assert wishes == [Send("def f(")]
    pane.set_model(MODEL)
    assert pane.composer.button.text() == "Send"


def test_escape_stops_a_running_answer_and_only_that(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    qtbot.keyClick(pane.composer.field, Qt.Key.Key_Escape)
    assert wishes == []
    pane.set_sending(Sending.STOP)
    qtbot.keyClick(pane.composer.field, Qt.Key.Key_Escape)
    assert wishes == [StopAnswer()]
    qtbot.mouseClick(pane.composer.button, Qt.MouseButton.LeftButton)
    assert wishes == [StopAnswer(), StopAnswer()]
    pane.set_sending(Sending.STOPPING)
    assert not pane.composer.button.isEnabled()
