"""Which model is loaded and what becomes of it: load, unload, restart after the engine is gone."""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from app.jobs import JobRunner
from engine.messages import Event, Failed, Finished, LoadModel, ModelInfo, ModelLoaded, Progress, Role, UnloadModel


class EngineProcess(JobRunner, Protocol):
    """A job runner whose engine can be started anew; `app.bridge.Bridge` is one."""

    def restart(self, role: Role) -> None:
        """End the child of that role, if it runs, and start another."""
        ...


class ModelController(QObject):
    """Loads one model at a time.

    Signals: `model_changed(ModelInfo | None)`; `loading(Progress | None)`, None when a load ended;
    `failed(ErrorReport)` where a load failed; the folder that was asked for stays `folder`.
    """

    model_changed = Signal(object)
    loading = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: EngineProcess, starter: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._starter = starter
        self._job_id: str | None = None
        self.folder = starter
        self.model: ModelInfo | None = None

    @property
    def is_loading(self) -> bool:
        return self._job_id is not None

    def load(self, folder: Path) -> None:
        """Load a folder in place of what is loaded; a load under way is ended first, with its process."""
        if self.is_loading:
            self._jobs.restart(Role.ENGINE)
        self.folder = folder
        self._set_model(None)
        request = LoadModel(self._jobs.new_id(), str(folder), is_starter=folder == self._starter)
        self._job_id = request.job_id
        self.loading.emit(Progress(request.job_id, "Starting the engine", 0, 0))
        self._jobs.submit(Role.ENGINE, request, self._on_event)

    def cancel_loading(self) -> None:
        """Loading is cancelled by ending the process: the libraries offer no other way."""
        if self.is_loading:
            self._end_load()
            self._jobs.restart(Role.ENGINE)

    def unload(self) -> None:
        """Give the weights' memory back."""
        if self.model is not None:
            self._set_model(None)
            self._jobs.submit(Role.ENGINE, UnloadModel(self._jobs.new_id()), self._on_event)

    def restart(self) -> None:
        """A new engine process with the folder that was loaded, or was being loaded, last."""
        self._end_load()
        self._jobs.restart(Role.ENGINE)
        self.load(self.folder)

    def engine_gone(self) -> None:
        """The process ended by itself: nothing is loaded any more."""
        self._end_load()
        self._set_model(None)

    def _on_event(self, event: Event) -> None:
        if event.job_id != self._job_id:
            return  # a load that was replaced by another, or an unload
        match event:
            case Progress():
                self.loading.emit(event)
            case ModelLoaded(model=model):
                self._set_model(model)
            case Finished():
                self._end_load()
            case Failed(error=error):
                self._end_load()
                self.failed.emit(error)

    def _end_load(self) -> None:
        if self._job_id is not None:
            self._job_id = None
            self.loading.emit(None)

    def _set_model(self, model: ModelInfo | None) -> None:
        if model != self.model:
            self.model = model
            self.model_changed.emit(model)
