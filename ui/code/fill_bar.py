"""The small bar below a fill: its progress, and the keys that accept or discard it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE


class FillBar(QFrame):
    """Shows how far a fill is and offers Accept and Discard. Accept appears once the fill has ended.

    Attributes: accept_button, discard_button.
    """

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
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the preview above keeps the keys
            layout.addWidget(key)
            layout.addWidget(button)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.show_running("Filling the gap…")

    def show_running(self, words: str) -> None:
        """Show that the model is still writing."""
        self._show(words, "Stop", can_accept=False)

    def show_ended(self, words: str) -> None:
        """Show that the fill can be accepted."""
        self._show(words, "Discard", can_accept=True)

    def _show(self, words: str, discard: str, *, can_accept: bool) -> None:
        self.words.setText(words)
        self.discard_button.setText(discard)
        self.accept_button.setVisible(can_accept)
        self.accept_key.setVisible(can_accept)
        self.adjustSize()
