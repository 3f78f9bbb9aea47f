"""Loads the model that the person chose, and remembers it for the next start once it has loaded."""

from pathlib import Path

from PySide6.QtCore import QObject

from app.models.loading import ModelController
from app.models.model_list import ModelList
from app.models.starter import is_starter, starter_folder
from app.settings.controller import SettingsController
from engine.messages.machine import ModelInfo


class ChosenModel(QObject):
    """The person's choice of model. Loads that nobody chose, like that at the start, change no setting."""

    def __init__(
        self,
        model: ModelController,
        model_list: ModelList,
        settings: SettingsController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._model_list, self._settings = model, model_list, settings
        self._folder: Path | None = None  # chosen, but not loaded yet
        model.model_changed.connect(self._on_model_changed)

    def load(self, path: str) -> None:
        """Load a model folder; once it has loaded, the next start loads it too."""
        folder = Path(path)
        self._folder = starter_folder() if is_starter(folder) else folder
        self._model.load(self._folder)

    def load_starter(self) -> None:
        """Load the demonstration model."""
        self.load(str(starter_folder()))

    def _on_model_changed(self, model: ModelInfo | None) -> None:
        """Remember the chosen folder now that it has loaded; a broken one would fail at each start."""
        if model is None or model.folder != str(self._folder):
            return
        self._folder = None
        self._settings.change(
            is_welcomed=True,
            model_folder="" if model.is_starter else model.folder,
            added_folders=self._with_added(model),
        )

    def _with_added(self, model: ModelInfo) -> tuple[str, ...]:
        """The list of added folders, with this one if it is not known yet."""
        added = self._settings.settings.added_folders
        known = {str(folder.path) for folder in self._model_list.found.folders} | {*added}
        return added if model.is_starter or model.folder in known else (*added, model.folder)
