"""Our forward against transformers' on the same weights: plain and NF4, whole, in chunks, resumed, forked."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.generate.forward import forward
from engine.generate.operations import Branches
from engine.generate.products import PackedBitsandbytesProduct
from tests.networks import nf4_model, over, plain_model, their_logits
from tests.rounding import Judge, in_bfloat16


@pytest.fixture(params=["starter, whole heads", "random, grouped heads"], scope="module")
def folder(request: pytest.FixtureRequest, starter_folder: Path, random_folder: Path) -> Path:
    return starter_folder if "starter" in request.param else random_folder


@pytest.fixture(params=["float32", "NF4"], scope="module")
def model(request: pytest.FixtureRequest, folder: Path) -> Any:
    return plain_model(folder) if request.param == "float32" else nf4_model(folder)


def random_ids(count: int, seed: int = 1) -> list[int]:
    return [int(id_) for id_ in torch.randint(300, 4000, (count,), generator=torch.Generator().manual_seed(seed))]


def test_whole_chunked_and_stepwise_reading_equal_transformers_forward(model: Any) -> None:
    ids = random_ids(120)
    network = over(model)
    expected = Judge(network).logits(ids, last=len(ids))
    expected.require(their_logits(model, ids))
    expected.require(network.read(ids, network.new_cache(), last=len(ids)))
    cache = network.new_cache()
    parts = [network.read(ids[:50], cache, 50), network.read(ids[50:110], cache, 60)]
    parts += [network.read([id_], cache) for id_ in ids[110:]]
    expected.require(torch.cat(parts))
    assert cache.tokens == 120


def test_transformers_runs_on_the_fused_bytes(folder: Path) -> None:
    model = nf4_model(folder)
    ids = random_ids(20)
    expected = their_logits(model, ids)
    network = over(model)
    assert torch.equal(their_logits(model, ids), expected)
    fused = network.weights.layers[0].qkv
    inside = model.model.layers[0].self_attn.k_proj.weight.data
    assert not isinstance(fused, torch.Tensor)
    assert inside.untyped_storage().data_ptr() == fused.packed.untyped_storage().data_ptr()


def test_resumed_and_forked_contexts_equal_reading_afresh(model: Any) -> None:
    network = over(model)
    judge = Judge(network)
    start, one, other = random_ids(40), random_ids(15, 2), random_ids(15, 3)
    cache = network.new_cache()
    network.read(start + one, cache)
    kept = cache.copy_out(40, 55)
    cache.truncate(40)
    judge.logits(start + other).require(network.read(other, cache))
    cache.truncate(40)
    cache.copy_in(40, kept, skip=0, count=14)
    judge.logits(start + one).require(network.read(one[14:], cache))


def test_branches_read_side_by_side_equal_each_read_alone(model: Any) -> None:
    network = over(model)
    judge = Judge(network)
    start, branches = random_ids(30), [random_ids(4, seed) for seed in (5, 6, 7)]
    cache = network.new_cache()
    network.read(start, cache)
    for step in range(4):
        rows = network.read_branches([branch[step] for branch in branches], cache, Branches(3, len(start), step))
        for row, branch in zip(rows, branches, strict=True):
            judge.logits(start + branch[: step + 1]).require(row.unsqueeze(0))


def test_cache_grows_in_steps_and_keeps_what_it_holds(random_folder: Path) -> None:
    network = over(plain_model(random_folder))
    cache = network.new_cache()
    ids = random_ids(250)
    network.read(ids[:10], cache)
    first = cache.capacity
    assert first >= 10
    moves = cache.moves
    for id_ in ids[10:200]:
        network.read([id_], cache)
    assert cache.moves == moves
    cache.reserve(first + 1)
    assert (cache.moves, cache.tokens) == (moves + 1, 200)
    Judge(network).logits(ids).require(network.read(ids[200:], cache))


def test_failure_in_the_middle_of_a_forward_leaves_the_cache_as_it_was(
    random_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = over(plain_model(random_folder))
    ids, cache = random_ids(30), network.new_cache()
    network.read(ids[:20], cache)

    def run_out(gate_up: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(network.operations, "gate", run_out)  # the first layer has written its keys by then
        with pytest.raises(torch.OutOfMemoryError):
            network.read(ids[20:25], cache)
    assert cache.tokens == 20
    Judge(network).logits(ids).require(network.read(ids[20:], cache))


def test_network_on_several_devices_carries_one_tensor_over_each_border(starter_folder: Path) -> None:
    """The devices are labels here: what is carried stays where it is and is counted."""
    network = over(plain_model(starter_folder))
    labels = [torch.device("cuda", index) for index in (0, 0, 1, 1, 1, 2)]
    layers = tuple(
        dataclasses.replace(layer, device=label) for layer, label in zip(network.weights.layers, labels, strict=True)
    )
    spread = dataclasses.replace(network.weights, layers=layers)
    crossings: list[tuple[torch.Size, torch.device]] = []

    def count(x: torch.Tensor, device: torch.device) -> torch.Tensor:
        crossings.append((x.shape, device))
        return x

    ids, cache = random_ids(12), network.new_cache()
    expected = network.read(ids, network.new_cache())
    cache.reserve(12)
    with torch.inference_mode():
        x = network.weights.embedding[torch.tensor(ids)]
        window = network.operations.open_window(0, 12, torch.device("cpu"), torch.float32)
        windows = dict.fromkeys(labels, window)
        logits = forward(spread, network.operations, x, cache, windows, 1, count)
    assert torch.equal(logits, expected)
    whole, last = torch.Size((12, 192)), torch.Size((1, 192))
    assert crossings == [(whole, labels[0]), (whole, labels[2]), (whole, labels[5]), (last, torch.device("cpu"))]


def test_packed_processor_kernel_is_off_by_what_bfloat16_rounds(starter_folder: Path) -> None:
    from bitsandbytes.nn.modules import has_avx512bf16

    if not has_avx512bf16():
        pytest.skip("bitsandbytes' packed kernel was not tried: this processor has no AVX512-BF16")
    ids = random_ids(60)
    judge = Judge(over(nf4_model(starter_folder)), in_bfloat16)
    network = over(nf4_model(starter_folder), PackedBitsandbytesProduct())
    for count in (60, 3):  # as a prompt is read, and as drafts are verified
        judge.logits(ids[:count], count).require(network.read(ids[:count], network.new_cache(), count))
