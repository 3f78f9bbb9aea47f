"""The text field of the composer. It grows with its text and keeps a huge paste out of itself."""

from math import ceil

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QWidget

from engine.shown import count
from ui.chat.wording import first_words
from ui.parts.labels import ElidedLabel
from ui.theme.theme import SPACE

PLACEHOLDERS = {False: "Ask about code…", True: "Begin a text or some code…"}  # by whether the model continues the text
_LEAST_LINES, _MOST_LINES = 2, 9
# Longer text takes noticeable time to lay out: one line of 2 MB blocks the window for 0.8 s.
_PASTE_LETTERS, _PASTE_LINE_LETTERS = 50_000, 10_000


class QuestionField(QPlainTextEdit):
    """The text field.

    Signals: submitted; escaped; recall_requested, when Up is pressed in an empty field; huge_pasted(str).
    """

    submitted = Signal()
    escaped = Signal()
    recall_requested = Signal()
    huge_pasted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.sends_with_ctrl = False
        self.setProperty("field", True)
        self.setPlaceholderText(PLACEHOLDERS[False])
        self.setAccessibleName("Question")
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().documentLayout().documentSizeChanged.connect(self._on_document_size_changed)

    def fit(self) -> None:
        """Fit the height to the text, within a least and a greatest number of lines."""
        lines = max(_LEAST_LINES, min(_MOST_LINES, round(self.document().size().height())))
        first = self.document().firstBlock()
        line_px = self.blockBoundingRect(first).height() / max(1, first.lineCount())
        frame_px = 2 * self.document().documentMargin() + 3 * SPACE
        self.setFixedHeight(ceil(lines * line_px + frame_px))

    def _on_document_size_changed(self) -> None:
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if modifiers == Qt.KeyboardModifier.ControlModifier or (
                modifiers == Qt.KeyboardModifier.NoModifier and not self.sends_with_ctrl
            ):
                self.submitted.emit()
            else:
                self.textCursor().insertBlock()
                self.ensureCursorVisible()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Up and self.document().isEmpty():
            self.recall_requested.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() and not source.hasUrls()  # the window handles dropped files

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if is_huge(text):
            self.huge_pasted.emit(text)
        else:
            self.insertPlainText(text)
            self.ensureCursorVisible()


class HugePaste(QFrame):
    """Stands for a pasted text that is too long for the field.

    Signals: removed.
    """

    removed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = ""
        self.setProperty("surface", "raised")
        self.label = ElidedLabel(tone="muted")
        self.remove_button = QPushButton("Remove")
        self.remove_button.setAccessibleName("Remove the pasted text")
        self.remove_button.setProperty("variant", "quiet")
        self.remove_button.setProperty("dense", True)
        self.remove_button.clicked.connect(self._on_remove_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, SPACE, SPACE, SPACE)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.remove_button)
        self.hide()

    def set_text(self, text: str) -> None:
        self.text = text
        self.label.setText(f"Pasted text, {count(len(text))} characters: {first_words(text)}")
        self.setVisible(bool(text))

    def _on_remove_clicked(self, _checked: bool) -> None:
        self.set_text("")
        self.removed.emit()


def is_huge(text: str) -> bool:
    """Whether a text is too long to be laid out in the field."""
    if len(text) <= _PASTE_LINE_LETTERS:
        return False
    return len(text) > _PASTE_LETTERS or max(map(len, text.split("\n"))) > _PASTE_LINE_LETTERS
