"""The real code pane on screen, and hands for it; shared by its tests."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.conftest import ROOT
from ui.code.editor import CodeEditor
from ui.code.fill_preview import FillPreview
from ui.code.pane import CodePane
from ui.parts.notice import NoticeCard
from ui.parts.utf16 import utf16_length
from ui.theme.icons import Icons
from ui.theme.theme import Theme


class CodeStage:
    """A pane in front of the person."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.pane = CodePane(Icons(Path(ROOT) / "resources" / "icons"), theme)
        qtbot.addWidget(self.pane)
        self.pane.resize(760, 560)
        with qtbot.waitActive(self.pane):
            self.pane.show()
            self.pane.activateWindow()

    @property
    def editor(self) -> CodeEditor:
        assert self.pane.current_view is not None
        return self.pane.current_view.editor

    @property
    def preview(self) -> FillPreview:
        assert self.pane.current_view is not None
        assert self.pane.current_view.preview is not None
        return self.pane.current_view.preview

    @property
    def text(self) -> str:
        return self.pane.text_of(self.pane.current_id)

    def select(self, part: str) -> None:
        """Select the first place where this text stands."""
        start = self.text.index(part)
        self.place_cursor(utf16_length(self.text[:start]), utf16_length(self.text[: start + len(part)]))

    def place_cursor(self, start: int, end: int | None = None) -> None:
        cursor = self.editor.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(start if end is None else end, QTextCursor.MoveMode.KeepAnchor)
        self.editor.setTextCursor(cursor)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key on whatever has the keys in the document in front."""
        assert self.pane.current_view is not None
        QTest.keyClick(self.pane.current_view.key_target, key, modifier)

    def fill(self) -> None:
        self.press(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)

    def undo(self) -> None:
        self.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)

    def redo(self) -> None:
        self.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)

    def type_text(self, text: str) -> None:
        QTest.keyClicks(self.editor, text)

    def notice(self, notice_id: str) -> NoticeCard | None:
        """A notice above the document in front."""
        return self.pane.current_view.notices.card(notice_id) if self.pane.current_view else None

    def answer(self, notice_id: str, words: str) -> None:
        """Click a button of a notice."""
        card = self.notice(notice_id)
        assert card is not None
        button = next(button for button in card.buttons if button.text() == words)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
