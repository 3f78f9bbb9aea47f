"""The window's own small dialogs: keyboard shortcuts and About. Each is open at most once and none is modal."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from ui.parts.small_dialog import fit_to_text
from ui.window.about import About
from ui.window.actions import Actions
from ui.window.shortcuts import Shortcuts


class SmallDialogs(QObject):
    """Opens them, or brings an open one to the front."""

    def __init__(self, actions: Actions, version: str, window: QWidget) -> None:
        super().__init__(window)
        self._actions, self._version, self._window = actions, version, window

    def show_shortcuts(self) -> None:
        if not self._raised(Shortcuts):
            self._show(Shortcuts(self._actions, self._window))

    def show_about(self) -> None:
        if not self._raised(About):
            self._show(About(self._version, self._window))

    def _raised(self, kind: type[QDialog]) -> bool:
        """Bring the dialog of this kind to the front, if it is open."""
        dialog = next((open_now for open_now in self._window.findChildren(kind) if open_now.isVisible()), None)
        if dialog is not None:
            dialog.raise_()
            dialog.activateWindow()
        return dialog is not None

    def _show(self, dialog: QDialog) -> None:
        fit_to_text(dialog)
        dialog.show()
