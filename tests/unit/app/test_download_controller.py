"""One download at a time, cancelled and failed ones told apart, against scripted jobs."""

from pathlib import Path

from app.download_controller import DownloadController
from engine.errors import ErrorCode, ErrorReport
from engine.messages import Failed, FetchModel, Finished, Progress, Role
from tests.scripted_jobs import ScriptedJobs

MODELS = Path("/models")


class Seen:
    """What the signals said."""

    def __init__(self, controller: DownloadController) -> None:
        self.progress: list[Progress | None] = []
        self.fetched: list[str] = []
        self.failures: list[ErrorReport] = []
        controller.progress.connect(self.progress.append)
        controller.fetched.connect(self.fetched.append)
        controller.failed.connect(self.failures.append)


def started() -> tuple[ScriptedJobs, DownloadController, Seen, str]:
    jobs = ScriptedJobs()
    controller = DownloadController(jobs, MODELS)
    seen = Seen(controller)
    controller.fetch("codellama/CodeLlama-7b-Instruct-hf")
    return jobs, controller, seen, jobs.last.job_id


def test_download_goes_to_a_folder_of_its_name_and_tells_it_when_done() -> None:
    jobs, controller, seen, job_id = started()
    folder = str(MODELS / "CodeLlama-7b-Instruct-hf")
    assert jobs.submitted == [
        (Role.FETCHER, FetchModel(job_id, "codellama/CodeLlama-7b-Instruct-hf", "main", folder)),
    ]
    jobs.play(Progress(job_id, "Downloading", 1, 2, "bytes"), Finished(job_id))
    assert seen.fetched == [folder]
    assert seen.progress[-1] is None
    assert not controller.is_running


def test_second_wish_while_one_runs_starts_nothing() -> None:
    jobs, controller, _, _ = started()
    controller.fetch("codellama/CodeLlama-13b-Instruct-hf")
    assert len(jobs.submitted) == 1


def test_cancelled_download_is_neither_done_nor_failed_and_the_next_one_starts() -> None:
    jobs, controller, seen, _ = started()
    controller.cancel()
    assert seen.fetched == []
    assert seen.failures == []
    assert seen.progress[-1] is None
    controller.fetch("codellama/CodeLlama-7b-Instruct-hf")
    assert len(jobs.submitted) == 2


def test_failed_download_says_why() -> None:
    jobs, _, seen, job_id = started()
    report = ErrorReport(ErrorCode.DOWNLOAD, "The hub could not be reached.")
    jobs.play(Failed(job_id, report))
    assert seen.failures == [report]
    assert seen.fetched == []
