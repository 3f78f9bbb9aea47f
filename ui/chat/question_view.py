"""A question in the transcript: the person's text as plain text. A very long one is folded."""

from PySide6.QtWidgets import QFrame, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from engine.answers import Question
from engine.shown import count
from ui.chat.pieces import plain_piece
from ui.chat.prose_view import ProseView
from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE, Theme

# How much is laid out as prose. A paste of megabytes would block the window for seconds.
_FOLD_LETTERS, _FOLD_LINES = 4_000, 40
_WHOLE_TEXT_LINES = 24


class QuestionView(QFrame):
    """One question.

    Attributes: show_all_button, there only where the text is folded.
    """

    def __init__(self, question: Question, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question = question
        self.setProperty("surface", "raised")
        self.speaker = PlainLabel("You", tone="muted")
        self.text_view = ProseView(theme, self)
        self.text_view.setAccessibleName("Your question")
        self.show_all_button: QPushButton | None = None
        self._whole: QPlainTextEdit | None = None
        self._theme = theme
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, SPACE)  # line height adds space below
        self._layout.setSpacing(SPACE)
        self._layout.addWidget(self.speaker)
        self._layout.addWidget(self.text_view)
        self._show(question.text)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.text_view.set_theme(theme)

    def _show(self, text: str) -> None:
        shown = folded(text)
        self.text_view.show_pieces([plain_piece(shown)])
        if shown != text:
            self.show_all_button = QPushButton(f"Show all {count(len(text))} characters")
            self.show_all_button.setProperty("variant", "quiet")
            self.show_all_button.clicked.connect(self._on_show_all_clicked)
            self._layout.addWidget(self.show_all_button)

    def _on_show_all_clicked(self, _checked: bool) -> None:
        """Show the whole text in a view that lays out only its visible part."""
        assert self.show_all_button is not None
        self.show_all_button.hide()
        self.text_view.hide()
        self._whole = QPlainTextEdit(self)
        self._whole.setReadOnly(True)
        self._whole.setAccessibleName("Your question, in full")
        self._whole.setFont(self._theme.code_font())
        self._whole.setPlainText(self.question.text)
        self._whole.setFixedHeight(self._whole.fontMetrics().lineSpacing() * _WHOLE_TEXT_LINES)
        self._layout.addWidget(self._whole)
        self._whole.setFocus()


def folded(text: str) -> str:
    """The beginning of a long text; a short text as a whole."""
    lines = text.split("\n", _FOLD_LINES)
    shown = "\n".join(lines[:_FOLD_LINES])[:_FOLD_LETTERS]
    return text if shown == text else f"{shown} …"
