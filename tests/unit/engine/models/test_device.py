"""Where a model runs: the decision as a table over machines that nobody needs to own."""

import dataclasses

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.messages.machine import MachineFacts
from engine.model_plans import FitState
from engine.models.catalogue import CHECKPOINTS
from engine.models.cuda_findings import CudaFindings
from engine.models.device import choose_placement, devices_for, fit_on, spread
from engine.models.fit import plan_memory
from engine.models.machine import judge_machine
from engine.models.processor import Processor
from tests.machines import AVX512, GIB, H200, K80, MODERN, PLAIN, T4, gpu, machine

SMALL, LARGE = 4_000_000, 6_738_546_688
SEVEN_B = next(one.shape for one in CHECKPOINTS if one.id == "CodeLlama-7b-Instruct-hf")
THIRTY_FOUR_B = next(one.shape for one in CHECKPOINTS if one.id == "CodeLlama-34b-Instruct-hf")


@pytest.mark.parametrize(
    ("here", "parameters", "device", "compute_dtype", "threads"),
    [
        (machine(MODERN, H200), LARGE, "cuda:0", "bfloat16", 4),
        (machine(MODERN, T4), LARGE, "cuda:0", "float16", 4),
        (machine(MODERN), LARGE, "cpu", "bfloat16", 4),
        (machine(AVX512), LARGE, "cpu", "float32", 20),
        (machine(PLAIN), LARGE, "cpu", "float32", 8),
        (machine(PLAIN), SMALL, "cpu", "float32", 1),
        (machine(MODERN), SMALL, "cpu", "bfloat16", 1),
        (machine(MODERN, K80), LARGE, "cpu", "bfloat16", 4),
    ],
)
def test_best_device_and_number_format_are_chosen(
    here: MachineFacts, parameters: int, device: str, compute_dtype: str, threads: int
) -> None:
    placement = choose_placement(here, "auto", parameters)
    assert (placement.device, placement.compute_dtype, placement.threads) == (device, compute_dtype, threads)
    assert placement.reason.endswith(".")
    assert placement.reason.startswith("On the ")


def test_processor_is_taken_when_asked_for_even_beside_a_gpu() -> None:
    placement = choose_placement(machine(MODERN, H200), "cpu", SMALL)
    assert placement.device == "cpu"
    assert "it was chosen" in placement.reason


def test_gpu_with_most_free_memory_is_taken() -> None:
    here = machine(MODERN, gpu(free_gib=1), gpu(index=1))
    assert choose_placement(here, "auto", LARGE).device == "cuda:1"


def test_usable_gpu_is_taken_beside_an_old_one() -> None:
    placement = choose_placement(machine(MODERN, K80, dataclasses.replace(T4, index=1)), "auto", LARGE)
    assert placement.device == "cuda:1"


def test_gpu_that_is_too_small_or_busy_is_not_left_for_the_processor_silently() -> None:
    for found in (gpu(total_gib=4), gpu(free_gib=2)):
        assert choose_placement(machine(MODERN, found), "auto", LARGE).device == "cuda:0"
        assert fit_on(machine(MODERN, found), SEVEN_B).state is FitState.DOES_NOT_FIT


@pytest.mark.parametrize(
    ("here", "words"),
    [
        (machine(MODERN), "No NVIDIA GPU was found"),
        (judge_machine(MODERN, 0, 0, CudaFindings(True, "driver too old", "470.1", 1)), "driver too old"),
        (machine(MODERN, K80), "too old: it has compute capability 3.7"),
        (machine(MODERN, gpu(has_kernels=False)), "no code for the GPU (NVIDIA H200"),
    ],
)
def test_missing_gpu_is_explained_on_the_processor_and_refused_when_asked_for(here: MachineFacts, words: str) -> None:
    assert words in choose_placement(here, "auto", LARGE).reason
    with pytest.raises(LacunaError) as caught:
        choose_placement(here, "cuda", LARGE)
    assert caught.value.report.code is ErrorCode.UNSUPPORTED
    assert words in caught.value.report.sentence


@pytest.mark.parametrize(
    ("processor", "parameters", "warns"),
    [(PLAIN, LARGE, True), (AVX512, LARGE, True), (MODERN, LARGE, False), (PLAIN, SMALL, False)],
)
def test_large_model_on_a_processor_without_bf16_warns(processor: Processor, parameters: int, warns: bool) -> None:
    warnings = choose_placement(machine(processor), "auto", parameters).warnings
    assert bool(warnings) is warns
    if warns:
        assert "s for each token" in warnings[0]


@pytest.mark.parametrize(
    ("processor", "kernels", "is_fused"),
    [(PLAIN, "", False), (PLAIN, "portable", False), (PLAIN, "avx2", True), (MODERN, "", True)],
)
def test_our_kernels_or_bitsandbytes_packed_one_spare_the_unpacking(
    processor: Processor, kernels: str, is_fused: bool
) -> None:
    facts = judge_machine(processor, 0, 0, CudaFindings(has_cuda_build=True), kernels)
    placement = choose_placement(facts, "cpu", LARGE)
    assert placement.has_fused_kernel is is_fused
    assert bool(placement.warnings) is not is_fused


def test_model_too_large_for_one_gpu_is_spread_over_those_of_its_number_format() -> None:
    here = machine(MODERN, gpu("A", total_gib=12), gpu("B", index=1, total_gib=20), dataclasses.replace(T4, index=2))
    placement = choose_placement(here, "auto", THIRTY_FOUR_B.parameters)
    devices = devices_for(here, placement)
    assert [device.id for device in devices] == ["cuda:1", "cuda:0"]
    plan = plan_memory(THIRTY_FOUR_B, devices, 16384, placement.element_bytes)
    assert plan is not None
    placed = spread(placement, plan)
    assert placed.device_of("model.embed_tokens") == "cuda:1"
    assert placed.device_of("lm_head") == "cuda:0"
    assert "2 GPUs (B, A)" in placed.reason
    alone = plan_memory(SEVEN_B, devices, 4096, placement.element_bytes)
    assert alone is not None
    assert spread(placement, alone) == placement
    assert placement.device_of("lm_head") == "cuda:1"


def test_fit_follows_the_placement() -> None:
    assert "on the GPU (NVIDIA H200)" in fit_on(machine(MODERN, H200), THIRTY_FOUR_B).sentence
    on_processor = fit_on(machine(MODERN, H200, memory_gib=16), THIRTY_FOUR_B, wanted="cpu")
    assert on_processor.state is FitState.DOES_NOT_FIT
    assert "in this computer" in on_processor.sentence
    in_float32 = fit_on(machine(PLAIN, memory_gib=64), SEVEN_B)
    assert in_float32.kv_bytes == 2 * fit_on(machine(MODERN, memory_gib=64), SEVEN_B).kv_bytes == 16 * GIB


def test_own_kernels_that_are_missing_are_told_with_every_model_on_the_processor() -> None:
    facts = judge_machine(
        MODERN, 1 << 34, 1 << 34, CudaFindings(has_cuda_build=False), kernels_fault="the library was not built"
    )
    placement = choose_placement(facts, "cpu", 4_000_000)
    assert placement.warnings == (
        "Lacuna's own 4-bit kernels are not in use: the library was not built. Answers come more slowly.",
    )
    assert choose_placement(machine(MODERN), "cpu", 4_000_000).warnings == ()
