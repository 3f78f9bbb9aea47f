"""The loaded model: inspects the computer, loads, cancels, unloads, and restarts after a crash."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from app.children.jobs import JobRunner
from app.children.running_work import RunningWork, Work
from app.models.load_choice import LoadChoice
from app.models.loading_mark import LoadingMark
from engine.errors import ErrorCode
from engine.messages.jobs import Event, Failed, Finished, Progress, Role
from engine.messages.machine import (
    LoadModel,
    MachineFacts,
    MachineProbed,
    ModelInfo,
    ModelLoaded,
    ProbeMachine,
    UnloadModel,
)


class EngineProcess(JobRunner, Protocol):
    """A job runner whose engine can be restarted; `app.children.bridge.Bridge` is one."""

    def start(self, role: Role) -> None:
        """Start the child of that role if it does not run."""
        ...

    def restart(self, role: Role) -> None:
        """End the child of that role, if it runs, and start another."""
        ...


ChooseLoad = Callable[[Path], LoadChoice]


class ModelController(QObject):
    """Loads one model at a time, and knows this computer's hardware.

    Signals: `model_changed(ModelInfo | None)`; `loading(Progress | None)`, None when a load ended;
    `failed(ErrorReport)` if a load failed; `cancelled(Path)` if the person ended it;
    `machine_changed(MachineFacts)`.
    Attributes: folder, the last one requested, even if its load failed; previous, the one loaded before it; machine,
    None while unknown; choice, the context and device of the last load.
    """

    model_changed = Signal(object)
    loading = Signal(object)
    failed = Signal(object)
    cancelled = Signal(object)
    machine_changed = Signal(object)

    def __init__(
        self,
        jobs: EngineProcess,
        running: RunningWork,
        starter: Path,
        choose: ChooseLoad,
        mark: LoadingMark,
        cache: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._running = running
        self._starter = starter
        self._choose = choose
        self._mark = mark
        self._cache = cache
        self._job_id: str | None = None
        self._probe_id: str | None = None
        self.folder = starter
        self.model: ModelInfo | None = None
        self.previous: ModelInfo | None = None
        self.machine: MachineFacts | None = None
        self.choice = LoadChoice()

    @property
    def is_loading(self) -> bool:
        return self._job_id is not None

    def probe(self) -> None:
        """Inspect the computer again, since free memory changes; does nothing while an inspection runs."""
        if self._probe_id is None:
            self._probe_id = self._jobs.new_id()
            self._jobs.submit(Role.ENGINE, ProbeMachine(self._probe_id), self._on_probe_event)

    def load(self, folder: Path) -> None:
        """Load a folder in place of the loaded one. A running load is ended first, with its process.

        Starts the engine again if it is gone.
        """
        if self.is_loading:
            self._restart_engine()
        self._jobs.start(Role.ENGINE)
        self.folder = folder
        self.previous = self.model or self.previous
        self._set_model(None)
        if self.machine is None:
            self.probe()
        self.choice = self._choose(folder)
        request = LoadModel(
            self._jobs.new_id(),
            str(folder),
            device=self.choice.device,
            is_starter=folder == self._starter,
            context_tokens=self.choice.context_tokens,
            is_context_own=self.choice.is_own,
            cache_folder=str(self._cache),
        )
        self._job_id = request.job_id
        self._mark.write(folder)
        self._running.start(Work.LOADING, self.cancel_loading)
        self._tell(Progress(request.job_id, "Starting the engine", 0, 0))
        self._jobs.submit(Role.ENGINE, request, self._on_event)

    def cancel_loading(self) -> None:
        """Cancel loading by ending the engine's process; the libraries offer no other way."""
        if self.is_loading:
            self._mark.clear()
            self._end_load()
            self._restart_engine()
            self.cancelled.emit(self.folder)

    def unload(self) -> None:
        """Unload the model and free its memory."""
        if self.model is not None:
            self.previous = None
            self._set_model(None)
            self._jobs.submit(Role.ENGINE, UnloadModel(self._jobs.new_id()), self._on_event)

    def restart(self) -> None:
        """Start a new engine process with the folder that was loaded, or being loaded, last."""
        self._end_load()
        self._restart_engine()
        self.load(self.folder)

    def engine_gone(self) -> None:
        """Note that the engine's process ended by itself; nothing is loaded any more."""
        self._probe_id = None
        self._end_load()
        self._set_model(None)

    def close(self) -> None:
        """Clear the loading mark when the program ends in order, unless the load has killed the engine."""
        if self.is_loading:
            self._mark.clear()

    def _restart_engine(self) -> None:
        was_probing, self._probe_id = self._probe_id is not None, None
        self._jobs.restart(Role.ENGINE)
        if was_probing:
            self.probe()

    def _on_probe_event(self, event: Event) -> None:
        if event.job_id != self._probe_id:
            return  # from a process that was ended since
        match event:
            case MachineProbed(machine=machine):
                self.machine = machine
                self.machine_changed.emit(machine)
            case Finished() | Failed():
                self._probe_id = None

    def _on_event(self, event: Event) -> None:
        if event.job_id != self._job_id:
            return  # from a load that was replaced by another load or an unload
        match event:
            case Progress():
                self._tell(event)
            case ModelLoaded(model=model):
                self._set_model(model)
            case Finished():
                self._mark.clear()
                self.previous = None
                self._end_load()
            case Failed(error=error):
                if error.code is not ErrorCode.PROCESS_GONE:
                    self._mark.clear()
                self._end_load()
                self.failed.emit(error)

    def _tell(self, progress: Progress) -> None:
        self._running.show(Work.LOADING, progress)
        self.loading.emit(progress)

    def _end_load(self) -> None:
        if self._job_id is not None:
            self._job_id = None
            self._running.end(Work.LOADING)
            self.loading.emit(None)

    def _set_model(self, model: ModelInfo | None) -> None:
        if model != self.model:
            self.model = model
            self._running.set_context(0, model.context_tokens if model is not None else 0)
            self._running.set_rate(0.0)
            self.model_changed.emit(model)
