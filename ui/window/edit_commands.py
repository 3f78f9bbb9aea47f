"""Undo, copy and the like from the menu or palette, applied to the text that has the focus."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from ui.window.action_table import Need
from ui.window.actions import Actions, Callbacks

_Text = QLineEdit | QPlainTextEdit | QTextEdit
_COMMANDS: dict[str, Callable[[_Text], object]] = {
    "edit.undo": lambda text: text.undo(),
    "edit.redo": lambda text: text.redo(),
    "edit.cut": lambda text: text.cut(),
    "edit.copy": lambda text: text.copy(),
    "edit.paste": lambda text: text.paste(),
    "edit.select_all": lambda text: text.selectAll(),
}


class EditCommands(QObject):
    """Carries out the `edit.*` actions that every text has, and enables them while a text has the focus."""

    def __init__(self, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    @property
    def callbacks(self) -> Callbacks:
        """What these actions do."""
        return {action_id: partial(_do_in_focused_text, command) for action_id, command in _COMMANDS.items()}

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        # While a menu is open nothing in the window has the focus; what is enabled then stays.
        if now is not None:
            self._actions.set_met(Need.TEXT, isinstance(now, _Text))


def _do_in_focused_text(command: Callable[[_Text], object]) -> None:
    focused = QApplication.focusWidget()
    if isinstance(focused, _Text):
        command(focused)
