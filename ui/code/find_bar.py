"""The bar to find a text in the open file."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QWidget

from ui.code.occurrences import Place
from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme


class FindBar(QFrame):
    """Enter finds the next occurrence, Shift+Enter the previous one, Esc closes the bar.

    Signals: typed(text), while the person types; wanted(text, backward); closed.
    """

    typed = Signal(str)
    wanted = Signal(str, bool)
    closed = Signal()

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self.setProperty("surface", "panel")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find in this file")
        self.field.setAccessibleName("Find in this file")
        self.field.textEdited.connect(self._on_text_edited)
        self.result = PlainLabel(tone="muted")
        self.previous_button = _tool("Find the previous occurrence", "Previous (Shift+Enter)")
        self.previous_button.clicked.connect(self._on_previous_clicked)
        self.next_button = _tool("Find the next occurrence", "Next (Enter)")
        self.next_button.clicked.connect(self._on_next_clicked)
        self.close_button = _tool("Close the find bar", "Close (Esc)")
        self.close_button.clicked.connect(self.close_bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, SPACE, 2 * SPACE, SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.field, 2)
        layout.addWidget(self.result, 1)
        for button in (self.previous_button, self.next_button, self.close_button):
            layout.addWidget(button)
        self.hide()
        self.set_theme(theme)

    def open_bar(self, text: str) -> None:
        """Show the bar and fill in this text, unless it is empty or has several lines."""
        if text and "\n" not in text:
            self.field.setText(text)
        self.result.clear()
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def close_bar(self) -> None:
        self.hide()
        self.closed.emit()

    def show_found(self, place: Place | None) -> None:
        """Show which occurrence is selected; None where there is none."""
        self.result.setText(place.words if place is not None else "Not found")

    def set_theme(self, theme: Theme) -> None:
        self.previous_button.setIcon(self._icons.icon("arrow-up", theme))
        self.next_button.setIcon(self._icons.icon("arrow-down", theme))
        self.close_button.setIcon(self._icons.icon("close", theme))

    def _on_text_edited(self, text: str) -> None:
        self.result.clear()
        if text:
            self.typed.emit(text)

    def _on_previous_clicked(self) -> None:
        self._want(backward=True)

    def _on_next_clicked(self) -> None:
        self._want(backward=False)

    def _want(self, *, backward: bool) -> None:
        if self.field.text():
            self.wanted.emit(self.field.text(), backward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._want(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)


def _tool(name: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(hint)
    return button
