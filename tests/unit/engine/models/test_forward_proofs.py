"""What was read computes what transformers and bitsandbytes would, but for what float32 rounds."""

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.models.device import Placement, choose_placement
from engine.models.inspection import inspect_folder
from engine.models.reading import read_model
from tests.machines import MODERN, PLAIN, machine
from tests.networks import compute_plainly, nf4_model, over, plain_model, their_logits
from tests.rounding import Judge


@pytest.fixture(params=["starter", "grouped heads"])
def model_folder(request: pytest.FixtureRequest, starter_folder: Path, random_folder: Path) -> Path:
    return starter_folder if request.param == "starter" else random_folder


def read_twice(folder: Path, placement: Placement, cache: Path) -> list[Any]:
    """The model as the first load makes it, and as a later one reads its copy."""
    return [read_model(inspect_folder(folder), placement, cache, lambda progress: None) for _ in range(2)]


def ids_for(folder: Path) -> list[int]:
    pieces = inspect_folder(folder).vocabulary.text_vocab_size
    return torch.randint(300, pieces, (48,), generator=torch.Generator().manual_seed(3)).tolist()


def test_float32_forward_over_the_unpacked_weights_is_that_of_transformers(model_folder: Path, tmp_path: Path) -> None:
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    ids = ids_for(model_folder)
    in_float32 = choose_placement(machine(PLAIN), "cpu", 1)
    assert in_float32.compute_dtype == "float32"
    for model in read_twice(model_folder, in_float32, tmp_path / "cache"):
        unpacked = plain_model(model_folder)
        for name, module in model.named_modules():
            if isinstance(module, Linear4bit):
                weights = dequantize_4bit(module.weight.data, module.weight.quant_state)
                unpacked.get_submodule(name).weight.data = weights.float()
        network = over(model)
        expected = Judge(network).logits(ids, len(ids))
        expected.require(network.read(ids, network.new_cache(), len(ids)))
        expected.require(their_logits(unpacked, ids))


def test_nf4_model_as_loaded_answers_as_the_one_of_transformers(model_folder: Path, tmp_path: Path) -> None:
    ids = ids_for(model_folder)
    theirs = their_logits(nf4_model(model_folder), ids)
    for model in read_twice(model_folder, choose_placement(machine(PLAIN), "cpu", 1), tmp_path / "cache"):
        network = over(model)
        expected = Judge(network).logits(ids, len(ids))
        expected.require(network.read(ids, network.new_cache(), len(ids)))
        expected.require(theirs)


def test_transformers_own_forward_over_what_was_read_gives_the_same_bits(model_folder: Path, tmp_path: Path) -> None:
    ids = ids_for(model_folder)
    expected = their_logits(nf4_model(model_folder, torch.bfloat16), ids)
    for model in read_twice(model_folder, choose_placement(machine(MODERN), "cpu", 1), tmp_path / "cache"):
        compute_plainly(model)
        assert torch.equal(their_logits(model, ids), expected)
