"""Fetches a checkpoint when the person asks for it: one at a time, into the profile's folder of models."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.jobs import JobRunner
from engine.messages import Event, Failed, FetchModel, Finished, Progress, Role, Stop

_REVISION = "main"


class DownloadController(QObject):
    """One download at a time; a second wish while one runs is answered with the running one.

    Signals: progress(Progress | None), None when nothing is fetched any more; fetched(str folder); failed(ErrorReport).
    """

    progress = Signal(object)
    fetched = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: JobRunner, models: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._models = models
        self._job_id: str | None = None
        self._folder = models

    @property
    def is_running(self) -> bool:
        return self._job_id is not None

    def fetch(self, repo_id: str) -> None:
        """Download a checkpoint, or what an earlier, cut download lacks."""
        if self.is_running:
            return
        self._folder = self._models / repo_id.rpartition("/")[2]
        self._job_id = self._jobs.new_id()
        request = FetchModel(self._job_id, repo_id, _REVISION, str(self._folder))
        self.progress.emit(Progress(self._job_id, f"Downloading {self._folder.name}", 0, 0))
        self._jobs.submit(Role.FETCHER, request, self._on_event)

    def cancel(self) -> None:
        """Stop; what has arrived is kept and not fetched again."""
        if self._job_id is not None:
            self._jobs.cancel(Role.FETCHER, self._job_id)

    def _on_event(self, event: Event) -> None:
        match event:
            case Progress():
                self.progress.emit(event)
            case Finished(stop=stop):
                self._end()
                if stop is not Stop.CANCELLED:
                    self.fetched.emit(str(self._folder))
            case Failed(error=error):
                self._end()
                self.failed.emit(error)

    def _end(self) -> None:
        self._job_id = None
        self.progress.emit(None)
