"""Loading, replacing, cancelling and losing a model, against scripted processes."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.children.running_work import RunningWork
from app.models.load_choice import LoadChoice
from app.models.loading import ModelController
from app.models.loading_mark import LoadingMark
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Stop
from engine.messages.jobs import Failed, Finished, Progress, Role
from engine.messages.machine import (
    LoadModel,
    MachineFacts,
    MachineProbed,
    ModelInfo,
    ModelLoaded,
    ProbeMachine,
    UnloadModel,
)
from tests.machines import MODERN, machine
from tests.model_infos import model_info
from tests.scripted_jobs import ScriptedJobs

STARTER = Path("/starter")
CACHE = Path("/cache/quantized")


@dataclass
class ScriptedEngine(ScriptedJobs):
    """Scripted jobs whose engine can be restarted; its open jobs are lost then, as a real one's are."""

    starts: list[Role] = field(default_factory=list)
    restarts: list[Role] = field(default_factory=list)

    def start(self, role: Role) -> None:
        self.starts.append(role)

    def restart(self, role: Role) -> None:
        self.restarts.append(role)


class Seen:
    """What the signals said."""

    def __init__(self, controller: ModelController) -> None:
        self.models: list[ModelInfo | None] = []
        self.loading: list[Progress | None] = []
        self.failures: list[ErrorReport] = []
        controller.model_changed.connect(self.models.append)
        controller.loading.connect(self.loading.append)
        controller.failed.connect(self.failures.append)


@pytest.fixture
def jobs() -> ScriptedEngine:
    return ScriptedEngine()


def choose(folder: Path) -> LoadChoice:
    return LoadChoice() if folder == STARTER else LoadChoice(8192, "cpu")


@pytest.fixture
def mark(tmp_path: Path) -> LoadingMark:
    return LoadingMark(tmp_path / "loading")


@pytest.fixture
def controller(jobs: ScriptedEngine, mark: LoadingMark) -> ModelController:
    return ModelController(jobs, RunningWork(), STARTER, choose, mark, CACHE)


@pytest.fixture
def seen(controller: ModelController) -> Seen:
    return Seen(controller)


def last_load(jobs: ScriptedEngine) -> LoadModel:
    assert isinstance(jobs.last, LoadModel)
    return jobs.last


def test_load_tells_stages_then_the_model(controller: ModelController, jobs: ScriptedEngine, seen: Seen) -> None:
    controller.load(Path("/models/7b"))
    assert jobs.starts == [Role.ENGINE]  # it may have gone since
    job_id = last_load(jobs).job_id
    jobs.play(Progress(job_id, "Reading the weights", 1, 2), ModelLoaded(job_id, model_info(folder="/models/7b")))
    assert controller.is_loading
    jobs.play(Finished(job_id))
    assert not controller.is_loading
    assert seen.models == [model_info(folder="/models/7b")]
    assert [event.stage if event else None for event in seen.loading] == [
        "Starting the engine",
        "Reading the weights",
        None,
    ]


def test_only_the_starters_folder_is_loaded_as_the_starter(controller: ModelController, jobs: ScriptedEngine) -> None:
    controller.load(STARTER)
    assert last_load(jobs).is_starter
    jobs.play(Finished(last_load(jobs).job_id))
    controller.load(Path("/models/7b"))
    assert not last_load(jobs).is_starter


def test_failed_load_is_told_and_the_next_one_works(
    controller: ModelController, jobs: ScriptedEngine, seen: Seen
) -> None:
    controller.load(Path("/nowhere"))
    report = ErrorReport(ErrorCode.MODEL_MISSING, "There is no such folder.")
    jobs.play(Failed(last_load(jobs).job_id, report))
    assert seen.failures == [report]
    assert seen.loading[-1] is None
    controller.load(STARTER)
    job_id = last_load(jobs).job_id
    jobs.play(ModelLoaded(job_id, model_info(folder="/starter")), Finished(job_id))
    assert controller.model == model_info(folder="/starter")


def test_loading_another_while_one_loads_ends_the_first_with_its_process(
    controller: ModelController, jobs: ScriptedEngine, seen: Seen
) -> None:
    controller.load(Path("/first"))
    first = last_load(jobs).job_id
    controller.load(Path("/second"))
    assert jobs.restarts == [Role.ENGINE]
    jobs.play(Failed(first, ErrorReport(ErrorCode.PROCESS_GONE, "gone")))
    assert controller.is_loading
    assert seen.failures == []


def test_cancel_ends_the_process_and_leaves_nothing_loading(
    controller: ModelController, jobs: ScriptedEngine, seen: Seen
) -> None:
    controller.load(Path("/first"))
    job_id = last_load(jobs).job_id
    controller.cancel_loading()
    jobs.play(Finished(job_id, stop=Stop.CANCELLED))
    assert jobs.restarts == [Role.ENGINE]
    assert not controller.is_loading
    assert seen.loading[-1] is None
    assert seen.failures == []


def test_unload_gives_the_model_up_at_once(controller: ModelController, jobs: ScriptedEngine, seen: Seen) -> None:
    controller.load(STARTER)
    job_id = last_load(jobs).job_id
    jobs.play(ModelLoaded(job_id, model_info(folder="/starter")), Finished(job_id))
    controller.unload()
    assert isinstance(jobs.last, UnloadModel)
    assert seen.models[-1] is None


def test_restart_after_the_engine_is_gone_loads_the_same_folder(
    controller: ModelController, jobs: ScriptedEngine, seen: Seen
) -> None:
    controller.load(Path("/models/7b"))
    job_id = last_load(jobs).job_id
    jobs.play(ModelLoaded(job_id, model_info(folder="/models/7b")), Finished(job_id))
    controller.engine_gone()
    assert seen.models[-1] is None
    controller.restart()
    assert jobs.restarts == [Role.ENGINE]
    assert last_load(jobs).folder == "/models/7b"


def test_load_takes_the_chosen_context_device_and_cache(controller: ModelController, jobs: ScriptedEngine) -> None:
    controller.load(Path("/models/7b"))
    request = last_load(jobs)
    assert (request.context_tokens, request.device, request.cache_folder) == (8192, "cpu", str(CACHE))


def test_mark_stands_while_a_load_is_under_way_and_after_the_process_died_in_it(
    controller: ModelController, jobs: ScriptedEngine, mark: LoadingMark
) -> None:
    seven = Path("/models/7b")
    for ending, left in (
        (Finished("job"), ""),
        (Failed("job", ErrorReport(ErrorCode.MODEL_INVALID, "damaged")), ""),
        (Failed("job", ErrorReport(ErrorCode.PROCESS_GONE, "killed")), str(seven)),
    ):
        controller.load(seven)
        assert mark.read() == str(seven)
        jobs.play(replace(ending, job_id=last_load(jobs).job_id))
        assert mark.read() == left


def test_mark_is_gone_after_a_cancel_and_after_a_clean_end_in_mid_load(
    controller: ModelController, mark: LoadingMark
) -> None:
    controller.load(Path("/models/7b"))
    controller.cancel_loading()
    assert mark.read() == ""
    controller.load(Path("/models/7b"))
    controller.close()
    assert mark.read() == ""


def test_cancelled_load_remembers_what_was_loaded_before_it(
    controller: ModelController, jobs: ScriptedEngine, seen: Seen
) -> None:
    cancelled: list[Path] = []
    controller.cancelled.connect(cancelled.append)
    controller.load(Path("/models/7b"))
    job_id = last_load(jobs).job_id
    seven = model_info(folder="/models/7b")
    jobs.play(ModelLoaded(job_id, seven), Finished(job_id))
    controller.load(Path("/models/13b"))
    controller.cancel_loading()
    assert cancelled == [Path("/models/13b")]
    assert controller.model is None
    assert controller.previous == seven
    controller.load(Path("/models/7b"))
    job_id = last_load(jobs).job_id
    jobs.play(ModelLoaded(job_id, seven), Finished(job_id))
    assert seen.models[-1] == seven
    assert controller.previous is None


def test_look_at_the_computer_is_told_and_asked_for_once_at_a_time(
    controller: ModelController, jobs: ScriptedEngine
) -> None:
    told: list[MachineFacts] = []
    controller.machine_changed.connect(told.append)
    controller.probe()
    controller.probe()
    assert [type(request) for _, request in jobs.submitted] == [ProbeMachine]
    found = machine(MODERN)
    jobs.play(MachineProbed(jobs.last.job_id, found), Finished(jobs.last.job_id))
    assert told == [found]
    assert controller.machine == found
    controller.probe()
    assert len(jobs.submitted) == 2


def test_look_that_dies_with_its_process_can_be_repeated(controller: ModelController, jobs: ScriptedEngine) -> None:
    controller.probe()
    first = jobs.last.job_id
    controller.load(Path("/models/7b"))
    controller.cancel_loading()
    assert isinstance(jobs.last, ProbeMachine)  # asked of the new process without another word
    jobs.play(Failed(first, ErrorReport(ErrorCode.PROCESS_GONE, "gone")))
    jobs.play(MachineProbed(jobs.last.job_id, machine(MODERN)))
    assert controller.machine is not None
