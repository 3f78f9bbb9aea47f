"""The list of chats as a person uses it, and what a screen reader is told of the whole pane."""

from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.answers import Answer, AnswerState
from engine.errors import ErrorCode, ErrorReport
from tests.gui.chat.stage import MIXED, complete, settle, shown
from ui.chat.chat_rows import ChatRow
from ui.chat.pane import ChatPane
from ui.chat.wishes import DeleteChat, RenameChat, SearchChats, ShowChat, UndoDeletion, Wish

ROWS = [ChatRow(1, "First", datetime(2026, 11, 3)), ChatRow(2, "Second <b>", datetime(2026, 11, 2), "found here")]


@pytest.fixture
def listed(pane: ChatPane, qtbot: QtBot) -> ChatPane:
    pane.open_chats()
    pane.set_chats(ROWS)
    settle()
    return pane


def test_chat_is_chosen_by_keys_alone(listed: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    qtbot.keyClick(listed.chats.search, Qt.Key.Key_Down)
    qtbot.keyClick(listed.chats.list, Qt.Key.Key_Return)
    assert wishes[-1] == ShowChat(2)
    assert not listed.chats.isVisible()


def test_search_is_told_once_after_a_pause(listed: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    wishes.clear()
    qtbot.keyClicks(listed.chats.search, "needle")
    qtbot.waitUntil(lambda: bool(wishes))
    assert wishes == [SearchChats("needle")]
    listed.set_chats([])
    assert listed.chats.nothing.text() == "No chat has these words."


def test_chat_is_renamed_in_place(listed: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    listed.chats.rename_button.click()
    editor = listed.chats.list.viewport().findChild(QWidget, "qt_editing_widget") or QApplication.focusWidget()
    assert editor is not None
    editor.setText("Better & <i>new</i>")  # type: ignore[attr-defined]
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: RenameChat(1, "Better & <i>new</i>") in wishes)


def test_chat_is_deleted_by_key_and_can_be_undone(listed: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    listed.chats.list.setFocus()
    qtbot.keyClick(listed.chats.list, Qt.Key.Key_Delete)
    assert wishes[-1] == DeleteChat(1)
    listed.offer_undo("First")
    qtbot.mouseClick(listed.undo.button, Qt.MouseButton.LeftButton)
    assert wishes[-1] == UndoDeletion()


def test_escape_closes_the_list(listed: ChatPane, qtbot: QtBot) -> None:
    qtbot.keyClick(listed.chats.search, Qt.Key.Key_Escape)
    assert not listed.chats.isVisible()
    assert listed.composer.field.hasFocus()


def test_whatever_takes_the_focus_has_a_name_and_a_role(listed: ChatPane, qtbot: QtBot) -> None:
    error = ErrorReport(ErrorCode.INTERNAL, "It failed.")
    shown(listed, replace(complete(MIXED), versions=2), Answer(3, "x", AnswerState.FAILED, error=error))
    listed.set_save_warning("The disk is full.")
    listed.offer_undo("First")
    for widget in listed.findChildren(QWidget):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.objectName().startswith("qt_"):
            continue
        face = QAccessible.queryAccessibleInterface(widget)
        assert face.text(QAccessible.Text.Name), widget
        assert face.role() != QAccessible.Role.NoRole, widget
