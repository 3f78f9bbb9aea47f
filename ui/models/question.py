"""Asks before something that cannot be undone, and says exactly what will happen. The safe answer has the focus."""

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE


class Question(QDialog):
    """The signal `accepted` (of QDialog) means yes.

    Attributes: yes_button, no_button.
    """

    def __init__(self, title: str, sentences: tuple[str, ...], yes: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.yes_button = QPushButton(yes)
        self.yes_button.setProperty("variant", "danger")
        self.yes_button.setAutoDefault(False)
        self.yes_button.clicked.connect(self.accept)
        self.no_button = QPushButton("Cancel")
        self.no_button.setDefault(True)
        self.no_button.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 5 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(PlainLabel(title, tone="heading", wraps=True))
        for sentence in sentences:
            layout.addWidget(PlainLabel(sentence, wraps=True))
        layout.addSpacing(2 * SPACE)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.no_button)
        row.addWidget(self.yes_button)
        layout.addLayout(row)
        self.no_button.setFocus()
