"""Keeps the model rows up to date from the other controllers' signals; `app/models/model_rows.py` computes them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.models.advice import CONTEXT_CHOICES, context_note, recommend
from app.models.downloads import DownloadController
from app.models.folder_looker import FolderLooker
from app.models.folders import FolderFound, ModelsFound, starter_parameters
from app.models.loading import ModelController
from app.models.machine_words import machine_facts
from app.models.model_rows import RowFacts, left_over_key, rows_of
from app.settings.controller import SettingsController
from engine.messages.jobs import Progress
from engine.model_rows import MachineFact, ModelRow, Recommendation
from engine.models.nf4_cache import Nf4Copy
from engine.settings import ModelDefaults, Settings

_TOGETHER_MS = 100  # changes within this time are shown together


class ModelList(QObject):
    """The models that can be chosen, as rows.

    Attributes: rows, as of the last `changed`; found, the models last seen on disk.
    Signals: changed, when rows, machine, context or recommendation may have changed.
    """

    changed = Signal()

    def __init__(
        self,
        settings: SettingsController,
        model: ModelController,
        download: DownloadController,
        models: Path,
        cache: Path,
        starter: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings, self._model, self._download = settings, model, download
        self._models, self._starter = models, starter
        self._starter_parameters = starter_parameters(starter)
        self._progress: Progress | None = None
        self._added = settings.settings.added_folders
        self._soon = QTimer(self, singleShot=True, interval=_TOGETHER_MS)
        self._soon.timeout.connect(self.refresh)
        self._looker = FolderLooker(models, cache, self)
        self._looker.looked.connect(self._on_looked)
        self.found = ModelsFound()
        self.rows: tuple[ModelRow, ...] = ()
        self._connect()

    @property
    def context_tokens(self) -> int:
        """The context length that models are loaded with, if it fits."""
        return self._settings.settings.context_tokens

    @property
    def context_index(self) -> int:
        """The index of that context among the choices; -1 if the settings file holds another number."""
        return CONTEXT_CHOICES.index(self.context_tokens) if self.context_tokens in CONTEXT_CHOICES else -1

    @property
    def context_note(self) -> str:
        """A caution about that context."""
        return context_note(self.context_tokens)

    @property
    def machine_facts(self) -> tuple[MachineFact, ...]:
        """This computer's hardware, line by line."""
        return machine_facts(self._model.machine, self.disk_free_bytes)

    @property
    def disk_free_bytes(self) -> int:
        """Free bytes on the disk of the downloads; 0 if unknown."""
        try:
            return shutil.disk_usage(self._models).free
        except OSError:
            return 0

    @property
    def recommendation(self) -> Recommendation:
        """The recommended model."""
        return recommend(self._model.machine)

    def row(self, key: str) -> ModelRow | None:
        """The row of a key; None if it is gone."""
        return next((row for row in self.rows if row.key == key), None)

    def folder(self, path: str) -> FolderFound | None:
        """The findings about a folder."""
        return next((folder for folder in self.found.folders if str(folder.path) == path), None)

    def copy(self, row: ModelRow) -> Nf4Copy | None:
        """The 4-bit copy that a row is about."""
        folder = self.folder(row.folder)
        if folder is not None:
            return folder.copy
        return next((copy for copy in self.found.left_over if left_over_key(copy) == row.key), None)

    def look(self) -> None:
        """Inspect the folders and the computer again, since the person is about to choose.

        `changed` reports the findings when they arrive.
        """
        self._scan()
        self._model.probe()
        self.refresh()

    def refresh(self) -> None:
        """Compute the rows now, and emit `changed`."""
        self._soon.stop()
        self.rows = rows_of(self._facts())
        self.changed.emit()

    def _connect(self) -> None:
        self._model.model_changed.connect(self._on_disk_changed)  # a first load leaves a 4-bit copy
        self._model.loading.connect(self._on_loading)
        self._model.machine_changed.connect(self._on_something_changed)
        self._download.changed.connect(self._on_something_changed)
        self._download.removed.connect(self._on_disk_changed)
        self._download.fetched.connect(self._on_disk_changed)
        self._settings.changed.connect(self._on_settings_changed)

    def _on_something_changed(self, _what: object) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _on_loading(self, progress: Progress | None) -> None:
        self._progress = progress
        self._on_something_changed(progress)

    def _on_disk_changed(self, _what: object) -> None:
        self._scan()
        self._on_something_changed(None)

    def _on_settings_changed(self, settings: Settings) -> None:
        if settings.added_folders != self._added:
            self._added = settings.added_folders
            self._scan()
        self._on_something_changed(settings)

    def _scan(self) -> None:
        self._looker.start(self._added)

    def _on_looked(self, found: ModelsFound) -> None:
        self.found = found
        self.refresh()

    def _facts(self) -> RowFacts:
        return RowFacts(
            starter=self._starter,
            starter_parameters=self._starter_parameters,
            folders=self.found.folders,
            left_over=self.found.left_over,
            downloads={state.id: state for state in self._download.states},
            machine=self._model.machine,
            context_tokens=self.context_tokens,
            defaults=self._defaults(),
            loaded=self._model.model,
            loading=self._model.folder if self._model.is_loading else None,
            progress=self._progress,
        )

    def _defaults(self) -> Mapping[str, ModelDefaults]:
        return {row.folder: row for row in self._settings.settings.model_defaults}
