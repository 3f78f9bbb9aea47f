"""Opens the window's small dialogs, each at most once and none of them modal."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from ui.window.about import About
from ui.window.actions import Actions
from ui.window.shortcuts import Shortcuts


class Dialogs(QObject):
    """The keys, about."""

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
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # Wrapping text is measured rightly only in its final font, and Qt alone stops at two thirds of the screen.
        for part in dialog.findChildren(QWidget):
            part.ensurePolished()
        if not dialog.testAttribute(Qt.WidgetAttribute.WA_Resized):
            dialog.resize(dialog.sizeHint())
        dialog.show()
