"""The model that the person chose: loaded now, and remembered for the next start once it has proved to load."""

from pathlib import Path

from PySide6.QtCore import QObject

from app.models.loading import ModelController
from app.models.shelf_controller import ShelfController
from app.models.starter import is_starter, starter_folder
from app.settings.controller import SettingsController
from engine.messages.machine import ModelInfo


class ChosenModel(QObject):
    """Whatever else is loaded, as at the start of the program, is nobody's choice and changes no setting."""

    def __init__(
        self,
        model: ModelController,
        shelf: ShelfController,
        settings: SettingsController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._shelf, self._settings = model, shelf, settings
        self._folder: Path | None = None  # chosen, and not loaded yet
        model.model_changed.connect(self._on_model_changed)

    def load(self, path: str) -> None:
        """Load a model folder; once it is loaded, it is the one of the next start."""
        folder = Path(path)
        self._folder = starter_folder() if is_starter(folder) else folder
        self._model.load(self._folder)

    def load_starter(self) -> None:
        """Load the demonstration model."""
        self.load(str(starter_folder()))

    def _on_model_changed(self, model: ModelInfo | None) -> None:
        """A broken folder would fail at each start, so only one that was loaded is remembered."""
        if model is None or model.folder != str(self._folder):
            return
        self._folder = None
        self._settings.change(
            is_welcomed=True,
            model_folder="" if model.is_starter else model.folder,
            added_folders=self._with_added(model),
        )

    def _with_added(self, model: ModelInfo) -> tuple[str, ...]:
        """The list of folders, with one on it that was opened from elsewhere."""
        added = self._settings.settings.added_folders
        known = {str(folder.path) for folder in self._shelf.found.folders} | {*added}
        return added if model.is_starter or model.folder in known else (*added, model.folder)
