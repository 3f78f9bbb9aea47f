"""The memory plan: what it counts, what it never exceeds, and how it is told."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model_plans import FitState
from engine.models.catalogue import CHECKPOINTS
from engine.models.config_file import LlamaShape
from engine.models.fit import Device, MemoryPlan, fit, plan_largest, plan_memory, weights_bytes
from tests.machines import GIB
from tests.model_folders import SHAPE

SHAPES = {one.id: one.shape for one in CHECKPOINTS}
SEVEN_B = SHAPES["CodeLlama-7b-Instruct-hf"]
THIRTY_FOUR_B = SHAPES["CodeLlama-34b-Instruct-hf"]
SEVENTY_B = SHAPES["CodeLlama-70b-hf"]


def cuda(free_gib: float, total_gib: float | None = None, index: int = 0) -> Device:
    total = int((free_gib if total_gib is None else total_gib) * GIB)
    return Device(f"cuda:{index}", f"GPU {index}", int(free_gib * GIB), total)


@pytest.mark.parametrize(
    ("shape", "gigabytes"),
    [(SEVEN_B, 4.17), (SHAPES["CodeLlama-13b-hf"], 7.79), (THIRTY_FOUR_B, 19.74), (SEVENTY_B, 39.56)],
)
def test_weights_are_those_of_the_reference_without_nesting(shape: LlamaShape, gigabytes: float) -> None:
    assert weights_bytes(shape, 2) / 1e9 == pytest.approx(gigabytes, abs=0.006)


def test_tied_embedding_is_counted_once_on_one_device_and_twice_on_two() -> None:
    tied = dataclasses.replace(SEVEN_B, tied_embeddings=True)
    table_bytes = SEVEN_B.vocab_size * SEVEN_B.hidden_size * 2
    assert weights_bytes(SEVEN_B, 2) - weights_bytes(tied, 2) == table_bytes
    alone = plan_memory(tied, (cuda(24),), 4096, 2)
    assert alone is not None
    assert alone.weights_bytes == weights_bytes(tied, 2)
    apart = plan_memory(tied, (cuda(4), cuda(4, index=1)), 1024, 2)
    assert apart is not None
    assert apart.weights_bytes == weights_bytes(tied, 2) + table_bytes


def test_plan_of_the_7b_counts_weights_kv_and_bounded_work() -> None:
    plan = plan_memory(SEVEN_B, (cuda(24),), 16384, 2)
    assert plan is not None
    assert plan.weights_bytes == weights_bytes(SEVEN_B, 2)
    assert plan.kv_bytes == 8 * GIB
    unpacked_bytes = 2 * 11008 * 4096 * 2
    assert unpacked_bytes < plan.workspace_bytes < 1_500_000_000


def test_context_that_does_not_fit_is_shortened_to_the_longest_that_does() -> None:
    card = cuda(11, 12)  # the desktop and CUDA itself take the rest
    plan = plan_largest(SEVEN_B, (card,), 16384, 2)
    assert plan is not None
    assert 11_000 < plan.context_tokens < 13_400  # the latter counted without work
    assert plan.context_tokens % 256 == 0
    assert plan_memory(SEVEN_B, (card,), plan.context_tokens + 256, 2) is None


@pytest.mark.parametrize(
    ("free_gib", "total_gib", "wanted", "state", "words"),
    [
        (24, 24, 0, FitState.FITS, "with 16,384 tokens of context"),
        (24, 24, 4096, FitState.FITS, "with 4,096 tokens of context"),
        (12, 12, 0, FitState.FITS_UP_TO, "Fits up to "),
        (3, 4, 0, FitState.DOES_NOT_FIT, "its weights alone take 4.2 GB; 3.2 GB are free on the GPU (GPU 0)."),
        (5, 5, 0, FitState.DOES_NOT_FIT, "leave too little for context"),
        (3, 24, 0, FitState.DOES_NOT_FIT, "other programs use the rest"),
    ],
)
def test_verdict_is_told_in_a_sentence(
    free_gib: float, total_gib: float, wanted: int, state: FitState, words: str
) -> None:
    verdict, plan = fit(SEVEN_B, (cuda(free_gib, total_gib),), 2, wanted)
    assert verdict.state is state
    assert words in verdict.sentence
    assert (plan is None) is (state is FitState.DOES_NOT_FIT)
    assert verdict.context_tokens == (plan.context_tokens if plan else 0)


def test_memory_of_a_processor_that_nobody_knows_refuses_nothing() -> None:
    assert plan_memory(SEVENTY_B, (Device("cpu", "some", 0, 0),), 16384, 2) is not None
    assert plan_memory(SEVENTY_B, (cuda(0),), 16384, 2) is None


def test_spread_model_has_each_layer_once_in_order_and_its_ends_at_the_ends() -> None:
    devices = (cuda(24), cuda(16, index=1), cuda(80, index=2))
    plan = plan_memory(SEVENTY_B, devices, 16384, 2)
    assert plan is not None
    assert [part.device.id for part in plan.parts] == ["cuda:0", "cuda:1", "cuda:2"]
    names = plan.device_map
    assert [name for name in names if name.startswith("model.layers.")] == [f"model.layers.{n}" for n in range(80)]
    assert names["model.embed_tokens"] == "cuda:0"
    assert names["model.norm"] == names["lm_head"] == "cuda:2"
    places = [names[f"model.layers.{n}"] for n in range(80)]
    assert places == sorted(places)
    assert plan.kv_bytes == 16384 * SEVENTY_B.kv_bytes_per_token(2)


def test_one_device_is_used_where_one_is_enough() -> None:
    plan = plan_memory(SEVEN_B, (cuda(24), cuda(24, index=1)), 4096, 2)
    assert plan is not None
    assert len(plan.parts) == 1


MEMORY = st.floats(min_value=0.5, max_value=160)


@given(
    shape=st.sampled_from([*SHAPES.values(), SHAPE]),
    memories=st.lists(MEMORY, min_size=1, max_size=4),
    wanted=st.integers(1, 100_000),
    element_bytes=st.sampled_from([2, 4]),
)
def test_plan_keeps_to_the_memory_and_leaves_nothing_out(
    shape: LlamaShape, memories: list[float], wanted: int, element_bytes: int
) -> None:
    devices = tuple(cuda(memory, index=number) for number, memory in enumerate(memories))
    plan = plan_largest(shape, devices, wanted, element_bytes)
    if plan is None:
        verdict, _ = fit(shape, devices, element_bytes, wanted)
        assert verdict.state is FitState.DOES_NOT_FIT
        return
    _check(plan, shape, element_bytes)
    assert plan.context_tokens <= wanted
    richer = (dataclasses.replace(devices[0], free_bytes=devices[0].free_bytes + GIB), *devices[1:])
    more = plan_largest(shape, richer, wanted, element_bytes)
    assert more is not None
    assert more.context_tokens >= plan.context_tokens


def _check(plan: MemoryPlan, shape: LlamaShape, element_bytes: int) -> None:
    assert plan.parts[0].first_layer == 0
    assert plan.parts[-1].stop_layer == shape.layers
    assert all(one.stop_layer == next_one.first_layer for one, next_one in itertools.pairwise(plan.parts))
    assert plan.weights_bytes >= weights_bytes(shape, element_bytes)
    assert plan.kv_bytes == plan.context_tokens * shape.kv_bytes_per_token(element_bytes)
    for part in plan.parts:
        assert part.total_bytes < part.device.free_bytes
        assert part.workspace_bytes <= 1_500_000_000
