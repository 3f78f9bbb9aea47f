"""Downloads of checkpoints: start, pause, resume, cancel. One transfers at a time; the others wait.

A download goes into a folder of its name below the profile's models and keeps a record there. So a download that was
paused, cut off or left when the program ended is found again and resumes at the same commit.
"""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.children.jobs import JobRunner
from app.children.running_work import RunningWork, Work
from app.models.accepted_licences import AcceptedLicences
from engine.errors import ErrorReport, LacunaError
from engine.messages.downloads import DiscardDownload, Fetched, FetchModel
from engine.messages.generation import Stop
from engine.messages.jobs import Event, Failed, Finished, Progress, Role
from engine.model_plans import DownloadStage, DownloadState, Licence
from engine.models.downloads import Download, list_downloads, read_download
from engine.models.licences import licence_of

_BRANCH = "main"


class DownloadController(QObject):
    """All downloads, by id, which is the repository "owner/name".

    Signals: changed(DownloadState), for each change of one; removed(str id), after a cancel; licence_wanted(str id), if
    a start lacks an acceptance; fetched(str folder); failed(ErrorReport).
    """

    changed = Signal(object)
    removed = Signal(str)
    licence_wanted = Signal(str)
    fetched = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        jobs: JobRunner,
        work: RunningWork,
        models: Path,
        licences: AcceptedLicences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._work = work
        self._models = models
        self._licences = licences
        self._states = {found.repo_id: _paused(found) for found in list_downloads(models)}
        self._running: dict[str, str] = {}  # job id -> id

    @property
    def states(self) -> tuple[DownloadState, ...]:
        """Every download of this run, and unfinished ones of earlier runs."""
        return tuple(self._states.values())

    @property
    def is_running(self) -> bool:
        return bool(self._running)

    def licence_of(self, id: str) -> Licence:
        """The licence to show before the download."""
        return licence_of(id)

    def has_accepted(self, id: str) -> bool:
        """Whether a model's licence was accepted, in this run or an earlier one."""
        return bool(self._licences.when(licence_of(id).name))

    def folder_of(self, id: str) -> Path:
        """The folder of a download."""
        return self._models / id.rpartition("/")[2]

    def start(self, id: str, *, accepted: bool = False) -> None:
        """Start a download, or resume a paused or failed one. `accepted` records that the licence was just accepted.

        Without an acceptance, now or earlier, nothing starts and `licence_wanted` is emitted.
        """
        if id in self._running.values() or not self._is_allowed(id, accepted):
            return
        licence = licence_of(id)
        folder = self.folder_of(id)
        before = self._states.get(id) or DownloadState(id, DownloadStage.WAITING, folder=str(folder))
        job_id = self._jobs.new_id()
        waits = self.is_running
        self._running[job_id] = id
        self._set(
            replace(before, stage=DownloadStage.WAITING, rate=0.0, remaining_s=None, sentence="", is_paused=False)
        )
        self._work.start(Work.DOWNLOAD, self.pause_all)
        if not waits:
            self._work.show(Work.DOWNLOAD, Progress(job_id, f"Downloading {folder.name}", 0, 0))
        request = FetchModel(job_id, id, before.revision or _BRANCH, str(folder), licence.name)
        self._jobs.submit(Role.FETCHER, request, self._on_event)

    def pause(self, id: str) -> None:
        """Stop a download and keep its bytes."""
        for job_id, running in list(self._running.items()):
            if running == id:
                self._jobs.cancel(Role.FETCHER, job_id)

    def pause_all(self) -> None:
        """Stop all downloads that transfer or wait, and keep their bytes."""
        for id in set(self._running.values()):
            self.pause(id)

    def cancel(self, id: str) -> None:
        """Stop a download and remove its bytes."""
        self.pause(id)
        request = DiscardDownload(self._jobs.new_id(), str(self.folder_of(id)))
        self._running[request.job_id] = id
        self._jobs.submit(Role.FETCHER, request, self._on_discard_event)

    def _is_allowed(self, id: str, accepted: bool) -> bool:
        if accepted:
            try:
                self._licences.accept(licence_of(id).name)
            except LacunaError as error:
                self.failed.emit(error.report)
                return False
        elif not self.has_accepted(id):
            self.licence_wanted.emit(id)
            return False
        return True

    def _on_event(self, event: Event) -> None:
        id = self._running.get(event.job_id)
        if id is None:
            return
        match event:
            case Progress():
                self._set(_with_progress(self._states[id], event))
                self._work.show(Work.DOWNLOAD, event)
            case Fetched(revision=revision, folder=folder):
                state = self._states[id]
                self._set(_whole(state, revision))
                self.fetched.emit(folder)
            case Finished(stop=stop):
                self._end(event.job_id)
                if stop is Stop.CANCELLED:
                    self._set(self._left(id))
            case Failed(error=error):
                self._end(event.job_id)
                self._set(self._left(id, error))
                self.failed.emit(error)

    def _on_discard_event(self, event: Event) -> None:
        match event:
            case Finished():
                id = self._running[event.job_id]
                self._end(event.job_id)
                self._states.pop(id, None)
                self.removed.emit(id)
            case Failed(error=error):
                id = self._running[event.job_id]
                self._end(event.job_id)
                self._set(self._left(id, error))
                self.failed.emit(error)

    def _left(self, id: str, error: ErrorReport | None = None) -> DownloadState:
        """The state of a stopped download: the bytes that its record counts, and why it stopped."""
        found = read_download(self.folder_of(id))
        state = _paused(found) if found is not None and found.repo_id == id else replace(self._states[id], rate=0.0)
        state = replace(state, stage=DownloadStage.PAUSED, remaining_s=None, is_paused=True)
        return state if error is None else replace(state, stage=DownloadStage.FAILED, sentence=error.text)

    def _end(self, job_id: str) -> None:
        del self._running[job_id]
        if not self._running:
            self._work.end(Work.DOWNLOAD)

    def _set(self, state: DownloadState) -> None:
        self._states[state.id] = state
        self.changed.emit(state)


def _paused(found: Download) -> DownloadState:
    return DownloadState(
        found.repo_id,
        DownloadStage.PAUSED,
        found.done_bytes,
        found.total_bytes,
        is_paused=True,
        revision=found.revision,
        folder=str(found.folder),
    )


def _whole(state: DownloadState, revision: str) -> DownloadState:
    return DownloadState(
        state.id, DownloadStage.DONE, state.total_bytes, state.total_bytes, revision=revision, folder=state.folder
    )


def _with_progress(state: DownloadState, progress: Progress) -> DownloadState:
    """The state after a progress event. A stage that is not a DownloadStage is a sentence about the transfer."""
    known = progress.stage in set(DownloadStage)
    return replace(
        state,
        stage=DownloadStage(progress.stage) if known else DownloadStage.DOWNLOADING,
        done_bytes=progress.done if progress.total else state.done_bytes,
        total_bytes=progress.total or state.total_bytes,
        rate=progress.rate,
        remaining_s=(progress.total - progress.done) / progress.rate if progress.rate > 0 else None,
        sentence=progress.detail if known else progress.stage,
    )
