"""The small bar below a fill: what it is doing, and the keys that take it or leave it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE


class FillBar(QFrame):
    """Says how far a fill is and offers accept and discard; accepting waits until it has ended.

    Signals: accept_pressed, discard_pressed.
    """

    accept_pressed = Signal()
    discard_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName("Fill")
        self.words = PlainLabel(tone="muted")
        self.accept_button = QPushButton("Accept")
        self.accept_key = PlainLabel("Tab", tone="key")
        self.discard_button = QPushButton("Discard")
        self.accept_button.setProperty("variant", "primary")
        self.discard_button.setProperty("variant", "quiet")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, SPACE, 2 * SPACE, SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.words)
        layout.addSpacing(2 * SPACE)
        for button, key in (
            (self.accept_button, self.accept_key),
            (self.discard_button, PlainLabel("Esc", tone="key")),
        ):
            button.setProperty("dense", True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys belong to the preview above
            layout.addWidget(key)
            layout.addWidget(button)
        self.accept_button.clicked.connect(self.accept_pressed)
        self.discard_button.clicked.connect(self.discard_pressed)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.show_running("Filling the gap…")

    def show_running(self, words: str) -> None:
        """The fill is being made."""
        self._show(words, "Stop", can_accept=False)

    def show_ended(self, words: str) -> None:
        """The fill can be taken."""
        self._show(words, "Discard", can_accept=True)

    def _show(self, words: str, discard: str, *, can_accept: bool) -> None:
        self.words.setText(words)
        self.discard_button.setText(discard)
        self.accept_button.setVisible(can_accept)
        self.accept_key.setVisible(can_accept)
        self.adjustSize()
