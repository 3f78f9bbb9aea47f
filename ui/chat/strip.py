"""A line above the composer with one button: a warning or an undo. It stays until it no longer applies."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from ui.chat.wishes import ChatWish
from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_ICON_PX = 16


class Strip(QFrame):
    """One line, whose button asks for `wish`.

    Signals: wished(ChatWish).
    """

    wished = Signal(object)

    def __init__(
        self, icon: str, button_text: str, wish: ChatWish, icons: Icons, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._wish = wish
        self._icon, self._icons = icon, icons
        self.setProperty("surface", "raised")
        self._mark = QLabel()
        self.label = PlainLabel(wraps=True)
        self.button = QPushButton(button_text)
        self.button.clicked.connect(self._on_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._mark)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.button)
        self.hide()
        self.set_theme(theme)

    def show_text(self, text: str) -> None:
        """Show a sentence; an empty text hides the line."""
        self.label.setText(text)
        self.setVisible(bool(text))

    def set_theme(self, theme: Theme) -> None:
        colour = theme.colours.warn if self._icon == "warning" else theme.colours.muted
        self._mark.setPixmap(self._icons.icon(self._icon, theme, colour).pixmap(_ICON_PX, _ICON_PX))

    def _on_clicked(self, _checked: bool) -> None:
        self.wished.emit(self._wish)
