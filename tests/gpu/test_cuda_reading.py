"""On a real GPU: a folder is quantized as transformers does it, its copy gives the same bits, memory is as planned."""

from pathlib import Path

import pytest
import torch

from engine.models.device import choose_placement, devices_for
from engine.models.fit import plan_memory
from engine.models.inspection import inspect_folder
from engine.models.machine import probe_machine
from engine.models.memory import give_back_memory
from engine.models.nf4_cache import list_copies
from engine.models.reading import read_model
from tests.read_models import assert_same_weights, read_by_transformers

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def _needs_a_gpu() -> None:
    machine = probe_machine()
    if not machine.gpus:
        pytest.skip(f"the GPU tests were not run: {machine.gpu_sentence}")


def test_weights_quantized_on_the_gpu_are_those_of_transformers_and_come_back_from_the_copy(
    starter_folder: Path, tmp_path: Path
) -> None:
    placement = choose_placement(probe_machine(), "cuda", 1)
    expected = read_by_transformers(starter_folder, getattr(torch, placement.compute_dtype), placement.device)
    for _ in range(2):
        model = read_model(inspect_folder(starter_folder), placement, tmp_path / "cache", lambda progress: None)
        assert model.device.type == "cuda"
        assert_same_weights(model, expected)
    assert len(list_copies(tmp_path / "cache")) == 1


def test_weights_take_what_was_planned(starter_folder: Path) -> None:
    machine = probe_machine()
    folder = inspect_folder(starter_folder)
    placement = choose_placement(machine, "cuda", folder.shape.parameters)
    plan = plan_memory(folder.shape, devices_for(machine, placement), 1024, placement.element_bytes)
    assert plan is not None
    give_back_memory()
    before = torch.cuda.memory_allocated(placement.device)
    model = read_model(folder, placement, None, lambda progress: None)
    taken = torch.cuda.memory_allocated(placement.device) - before
    assert model is not None
    assert abs(taken / plan.weights_bytes - 1) < 0.1
