"""The person's settings while the window runs: held, changed, stored, and shown in their dialog."""

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.settings.store import SettingsStore
from engine.errors import LacunaError
from engine.settings import Settings
from ui.settings.dialog import SettingsDialog, zoomed

_RECENT_KEPT = 12


class SettingsController(QObject):
    """The single owner of the settings.

    Attributes: settings, the current ones.
    Signals: changed(Settings); not_saved(ErrorReport), if they could not be written.
    """

    changed = Signal(object)
    not_saved = Signal(object)

    def __init__(self, store: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._dialog: SettingsDialog | None = None
        self.settings = store.load()

    def use(self, settings: Settings) -> None:
        """Replace the settings, emit `changed`, and store them."""
        if settings == self.settings:
            return
        self.settings = settings
        if self._dialog is not None:
            self._dialog.show_settings(settings)
        self.changed.emit(settings)
        try:
            self._store.save(settings)
        except LacunaError as error:
            self.not_saved.emit(error.report)

    def change(self, **fields: object) -> None:
        """Take other values for these fields. Raises TypeError for a field that there is not."""
        self.use(replace(self.settings, **fields))  # type: ignore[arg-type]  # whoever names a field knows its type

    def zoom(self, steps: int) -> None:
        """Make text larger (1), smaller (-1) or normal (0)."""
        self.use(zoomed(self.settings, steps))

    def remember_file(self, path: str) -> None:
        """Remember a file that was opened or saved."""
        self.change(recent_files=_latest_first(self.settings.recent_files, path))

    def remember_folder(self, path: str) -> None:
        """Remember a project folder that was opened."""
        self.change(recent_folders=_latest_first(self.settings.recent_folders, path))

    def show_dialog(self, window: QWidget) -> None:
        """Open the dialog, or bring the open one to the front."""
        if self._dialog is None:
            self._dialog = SettingsDialog(self.settings, window)
            self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._dialog.changed.connect(self.use)
            self._dialog.destroyed.connect(self._on_dialog_destroyed)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _on_dialog_destroyed(self) -> None:
        self._dialog = None


def _latest_first(paths: tuple[str, ...], path: str) -> tuple[str, ...]:
    """`path` in front of the others. Settings are ASCII JSON, so names with undecodable bytes survive."""
    return (path, *(other for other in paths if other != path))[:_RECENT_KEPT]
