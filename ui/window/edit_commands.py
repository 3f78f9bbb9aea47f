"""Undo, copy and their kin from the menu or palette, given to whatever text has the focus."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from ui.window.action_table import Need
from ui.window.actions import Actions

_Text = QLineEdit | QPlainTextEdit | QTextEdit


class EditCommands(QObject):
    """Does the `edit.*` actions that every text can do, and enables them while a text has the focus."""

    def __init__(self, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    def do(self, action_id: str) -> bool:
        """Run it on the focused text; False if this is not one of these actions or no text has the focus."""
        focused = QApplication.focusWidget()
        if not isinstance(focused, _Text):
            return False
        command = _commands(focused).get(action_id)
        if command is not None:
            command()
        return command is not None

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        # While a menu is open nothing in the window has the focus; what is enabled then stays.
        if now is not None:
            self._actions.set_met(Need.TEXT, isinstance(now, _Text))


def _commands(text: _Text) -> dict[str, Callable[[], None]]:
    return {
        "edit.undo": text.undo,
        "edit.redo": text.redo,
        "edit.cut": text.cut,
        "edit.copy": text.copy,
        "edit.paste": text.paste,
        "edit.select_all": text.selectAll,
    }
