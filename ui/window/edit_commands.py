"""Undo, copy and the like from the menu or palette, applied to the text that has the focus."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from ui.window.action_table import Need
from ui.window.actions import Actions

_Text = QLineEdit | QPlainTextEdit | QTextEdit


class EditCommands(QObject):
    """Carries out the `edit.*` actions that every text has, and enables them while a text has the focus."""

    def __init__(self, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    def do(self, action_id: str) -> bool:
        """Apply an action to the focused text. False if it is none of these actions or no text has the focus."""
        focused = QApplication.focusWidget()
        if not isinstance(focused, _Text):
            return False
        command = _commands(focused).get(action_id)
        if command is not None:
            command()
        return command is not None

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        # While a menu is open no widget of the window has the focus; the actions must stay enabled then.
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
