"""Downloads started, paused, resumed and cancelled against scripted jobs; what stands on disk is found again."""

from pathlib import Path

import pytest

from app.children.running_work import RunningWork
from app.models.accepted_licences import AcceptedLicences
from app.models.downloads import DownloadController
from engine.errors import ErrorCode, ErrorReport
from engine.messages.downloads import DiscardDownload, Fetched, FetchModel
from engine.messages.jobs import Failed, Finished, Progress, Role
from engine.model_plans import DownloadStage, DownloadState
from engine.models.downloads import Download, RemoteFile, write_download
from tests.scripted_jobs import ScriptedJobs

SEVEN = "codellama/CodeLlama-7b-Instruct-hf"
THIRTEEN = "codellama/CodeLlama-13b-Instruct-hf"
LLAMA_2 = "Llama 2 Community License"
COMMIT = "0123456789" * 4


class Stage:
    """A controller over scripted jobs and what its signals said."""

    def __init__(self, folder: Path) -> None:
        self.models = folder / "models"
        self.licences = AcceptedLicences(folder / "licences.json")
        self.restart()

    def restart(self) -> None:
        """As the next start of the program finds it."""
        self.jobs = ScriptedJobs()
        self.running = RunningWork()
        self.controller = DownloadController(self.jobs, self.running, self.models, self.licences)
        self.states: list[DownloadState] = []
        self.progress: list[Progress | None] = []
        self.removed: list[str] = []
        self.wanted: list[str] = []
        self.fetched: list[str] = []
        self.failures: list[ErrorReport] = []
        self.controller.changed.connect(self.states.append)
        self.running.changed.connect(lambda: self.progress.append(self.running.shown))
        self.controller.removed.connect(self.removed.append)
        self.controller.licence_wanted.connect(self.wanted.append)
        self.controller.fetched.connect(self.fetched.append)
        self.controller.failed.connect(self.failures.append)

    @property
    def job_id(self) -> str:
        return self.jobs.last.job_id

    def leave_behind(self, id: str, arrived: int) -> None:
        """What a download of 100 bytes has left on disk."""
        folder = self.models / id.rpartition("/")[2]
        folder.mkdir(parents=True)
        file = RemoteFile("model.safetensors", 100, "0" * 64)
        download = Download(folder, id, "main", COMMIT, (file,))
        write_download(download)
        download.partial(file).write_bytes(bytes(arrived))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_download_waits_for_the_licence_and_remembers_that_it_was_accepted(stage: Stage) -> None:
    stage.controller.start(SEVEN)
    assert stage.wanted == [SEVEN]
    assert stage.jobs.submitted == []
    stage.controller.start(SEVEN, accepted=True)
    folder = str(stage.models / "CodeLlama-7b-Instruct-hf")
    assert stage.jobs.submitted == [(Role.FETCHER, FetchModel(stage.job_id, SEVEN, "main", folder, LLAMA_2))]
    stage.restart()
    stage.controller.start(THIRTEEN)  # the same licence
    assert stage.wanted == []
    assert len(stage.jobs.submitted) == 1


def test_acceptance_that_cannot_be_recorded_starts_nothing_and_says_so(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "licences.json").mkdir()
    stage.controller.start(SEVEN, accepted=True)
    assert stage.jobs.submitted == []
    assert "could not be noted" in stage.failures[0].sentence
    (tmp_path / "licences.json").rmdir()
    stage.controller.start(SEVEN, accepted=True)
    assert len(stage.jobs.submitted) == 1


def test_progress_becomes_bytes_rate_and_time_left(stage: Stage) -> None:
    stage.controller.start(SEVEN, accepted=True)
    stage.jobs.play(Progress(stage.job_id, "Downloading", 25, 100, "bytes", "model.safetensors", rate=5.0))
    state = stage.states[-1]
    assert (state.stage, state.done_bytes, state.total_bytes) == (DownloadStage.DOWNLOADING, 25, 100)
    assert (state.rate, state.remaining_s) == (5.0, 15.0)
    stage.jobs.play(Progress(stage.job_id, "The connection was lost; trying again", 25, 100, "bytes"))
    assert stage.states[-1].sentence == "The connection was lost; trying again"
    assert stage.states[-1].remaining_s is None
    folder = str(stage.models / "CodeLlama-7b-Instruct-hf")
    stage.jobs.play(Fetched(stage.job_id, folder, SEVEN, COMMIT), Finished(stage.job_id))
    assert stage.controller.states == (
        DownloadState(SEVEN, DownloadStage.DONE, 100, 100, folder=folder, revision=COMMIT),
    )
    assert stage.fetched == [folder]
    assert stage.progress[-1] is None
    assert not stage.controller.is_running


def test_second_wish_for_the_same_model_starts_nothing_and_another_model_waits(stage: Stage) -> None:
    stage.controller.start(SEVEN, accepted=True)
    stage.controller.start(SEVEN)
    assert len(stage.jobs.submitted) == 1
    stage.controller.start(THIRTEEN)
    assert len(stage.jobs.submitted) == 2
    assert stage.states[-1].stage is DownloadStage.WAITING


def test_pause_keeps_what_arrived_and_resume_asks_for_the_same_commit_after_a_restart(stage: Stage) -> None:
    stage.controller.start(SEVEN, accepted=True)
    stage.leave_behind(SEVEN, 40)
    stage.controller.pause(SEVEN)
    paused = stage.states[-1]
    assert paused.is_paused
    assert (paused.stage, paused.done_bytes, paused.total_bytes, paused.revision) == (
        DownloadStage.PAUSED,
        40,
        100,
        COMMIT,
    )
    assert stage.failures == []
    assert stage.progress[-1] is None
    stage.restart()
    assert stage.controller.states == (paused,)
    stage.controller.start(SEVEN)
    request = stage.jobs.last
    assert isinstance(request, FetchModel)
    assert request.revision == COMMIT
    assert not stage.states[-1].is_paused


def test_cancel_removes_what_arrived_and_the_next_download_starts(stage: Stage) -> None:
    stage.controller.start(SEVEN, accepted=True)
    first = stage.job_id
    stage.controller.cancel(SEVEN)
    assert stage.jobs.cancelled == [first]
    assert stage.jobs.last == DiscardDownload(stage.job_id, str(stage.models / "CodeLlama-7b-Instruct-hf"))
    stage.jobs.play(Finished(stage.job_id))
    assert stage.removed == [SEVEN]
    assert stage.controller.states == ()
    stage.controller.start(SEVEN)
    assert isinstance(stage.jobs.last, FetchModel)


def test_stop_pauses_every_download(stage: Stage) -> None:
    for id in (SEVEN, THIRTEEN):
        stage.controller.start(id, accepted=True)
    stage.controller.pause_all()
    assert [state.stage for state in stage.controller.states] == [DownloadStage.PAUSED] * 2
    assert not stage.controller.is_running


def test_failed_download_says_why_and_goes_on_when_asked(stage: Stage) -> None:
    stage.controller.start(SEVEN, accepted=True)
    report = ErrorReport(ErrorCode.DOWNLOAD, "The hub could not be reached.", "Check the connection.")
    stage.jobs.play(Failed(stage.job_id, report))
    assert stage.failures == [report]
    assert stage.states[-1].stage is DownloadStage.FAILED
    assert stage.states[-1].sentence == "The hub could not be reached. Check the connection."
    assert stage.fetched == []
    stage.controller.start(SEVEN)
    assert len(stage.jobs.submitted) == 2


def test_record_that_somebody_changed_does_not_lead_out_of_the_folder(stage: Stage) -> None:
    stage.leave_behind(SEVEN, 40)
    record = stage.models / "CodeLlama-7b-Instruct-hf" / ".lacuna-download.json"
    record.write_text(record.read_text().replace("model.safetensors", "../model.safetensors"))
    stage.restart()
    assert stage.controller.states == ()
