"""On a real GPU: the starter in NF4, an answer, a fill, a stop, and recovery after the memory ran out."""

from collections.abc import Generator
from pathlib import Path

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.generate.service import ModelService
from engine.messages.generation import Chat, Complete, Infill, Stop, TextDelta
from engine.messages.jobs import Event, Finished, Request
from engine.messages.machine import LoadModel, ModelInfo, ModelLoaded, UnloadModel
from engine.messages.prompts import Speaker, Turn
from engine.models.machine import probe_machine
from engine.settings import Sampling

pytestmark = pytest.mark.gpu

GREEDY = Sampling(temperature=0.0, max_tokens=32)


@pytest.fixture(scope="module")
def service(starter_folder: Path) -> ModelService:
    machine = probe_machine()
    if not machine.gpus:
        pytest.skip(f"the GPU tests were not run: {machine.gpu_sentence}")
    service = ModelService()
    run(service, LoadModel("load", str(starter_folder), device="cuda", is_starter=True))
    return service


def run(service: ModelService, request: Request) -> tuple[list[Event], Finished]:
    events: list[Event] = []
    job: Generator[Event, None, Finished] = service.handlers()[type(request)](request)
    try:
        while True:
            events.append(next(job))
    except StopIteration as end:
        return events, end.value


def loaded_info(service: ModelService, starter_folder: Path) -> ModelInfo:
    events, _ = run(service, LoadModel("again", str(starter_folder), device="auto", is_starter=True))
    (loaded,) = (event for event in events if isinstance(event, ModelLoaded))
    return loaded.model


def test_gpu_is_chosen_by_itself_and_told(service: ModelService, starter_folder: Path) -> None:
    info = loaded_info(service, starter_folder)
    assert info.device.startswith("cuda:")
    assert info.device_name in info.device_reason
    assert info.compute_dtype in ("bfloat16", "float16")


def test_chat_fill_and_completion_answer(service: ModelService) -> None:
    events, chat = run(service, Chat("c", (Turn(Speaker.USER, "What are you?"),), sampling=GREEDY))
    assert any(isinstance(event, TextDelta) and event.text for event in events)
    assert chat.stop in (Stop.EOS, Stop.LENGTH)
    assert run(service, Infill("i", "def f(a):\n    return ", "\n", sampling=GREEDY))[1].stop is not None
    assert run(service, Complete("t", "import os\n", GREEDY))[1].stop is not None


def test_same_question_again_reuses_all_but_its_last_token(service: ModelService) -> None:
    request = Complete("t", "import os\nimport sys\n" * 20, GREEDY)
    run(service, request)
    _, again = run(service, request)
    assert again.usage is not None
    assert again.usage.computed == 1


def test_stopped_answer_leaves_the_next_one_working(service: ModelService) -> None:
    request = Complete("t", "def main():\n", GREEDY)
    job = service.handlers()[Complete](request)
    for event in job:
        if isinstance(event, TextDelta):
            break
    job.close()
    assert run(service, request)[1].stop is not None


def test_exhausted_memory_is_told_and_the_next_answer_works(service: ModelService) -> None:
    import torch

    free_bytes, _ = torch.cuda.mem_get_info()
    hog = torch.empty(max(1, free_bytes - (8 << 20)), dtype=torch.uint8, device="cuda")
    request = Complete("t", "x = [1, 2, 3]\n" * 200, GREEDY)
    try:
        run(service, request)
    except LacunaError as error:
        assert error.report.code is ErrorCode.OUT_OF_MEMORY  # noqa: PT017 - a GPU may still fit it into cached blocks
    del hog
    torch.cuda.empty_cache()
    assert run(service, request)[1].stop is not None


def test_unloading_gives_the_memory_back(service: ModelService, starter_folder: Path) -> None:
    import torch

    before_bytes = torch.cuda.memory_allocated()
    second = ModelService()
    run(second, LoadModel("load", str(starter_folder), device="cuda", is_starter=True))
    assert torch.cuda.memory_allocated() > before_bytes
    run(second, UnloadModel("u"))
    assert torch.cuda.memory_allocated() - before_bytes < 1 << 20
