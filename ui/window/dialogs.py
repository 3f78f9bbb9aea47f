"""Opens the window's small dialogs, each at most once and none of them modal."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ui.theme.icons import Icons
from ui.theme.theme import Theme
from ui.window.about import About
from ui.window.actions import Actions
from ui.window.get_models import GetModels
from ui.window.model_offers import OFFERS
from ui.window.shortcuts import Shortcuts


class Dialogs(QObject):
    """How to get models, the keys, about.

    Attributes: theme, what the next dialog is painted with.
    Signals: download_wanted(repo id of a model).
    """

    download_wanted = Signal(str)

    def __init__(self, actions: Actions, icons: Icons, theme: Theme, version: str, window: QWidget) -> None:
        super().__init__(window)
        self.theme = theme
        self._actions, self._icons, self._version, self._window = actions, icons, version, window

    def show_get_models(self) -> None:
        if not self._raised(GetModels):
            dialog = GetModels(OFFERS, self._icons, self.theme, self._window)
            dialog.open_folder_pressed.connect(self._actions["model.open_folder"].trigger)
            dialog.download_pressed.connect(self.download_wanted)
            self._show(dialog)

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
