"""What was found inside a model folder, in sentences; the words are foreign in part and shown as they are."""

from collections.abc import Iterable

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE

_WIDTH_LETTERS = 80


class FindingsDialog(QDialog):
    """Opens at once and waits for what is found.

    Attributes: sentences, the labels that are shown; close_button.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Inside {title}")
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * _WIDTH_LETTERS)
        self.sentences: list[PlainLabel] = []
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 5 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(PlainLabel(title, tone="heading", wraps=True))
        self._found = QVBoxLayout()
        layout.addLayout(self._found)
        layout.addStretch(1)
        layout.addWidget(self.close_button)
        self._show([("Its files are being looked at…", "muted")])

    def show_findings(self, findings: Iterable[str], warnings: Iterable[str]) -> None:
        """It can be loaded; this is what it is, and what is to be known of it."""
        self._show([*((sentence, "") for sentence in findings), *((sentence, "warn") for sentence in warnings)])

    def show_failure(self, sentence: str) -> None:
        """It can't be loaded, or not be looked at; the sentence says why."""
        self._show([(sentence, "error")])

    def _show(self, words: Iterable[tuple[str, str]]) -> None:
        for old in self.sentences:
            self._found.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.sentences = [PlainLabel(sentence, tone=tone, wraps=True) for sentence, tone in words]
        for label in self.sentences:
            self._found.addWidget(label)
