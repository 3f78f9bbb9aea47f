"""Where a model runs: the decision as a table over machines that nobody needs to own."""

import dataclasses

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.models.device import Gpu, Machine, choose_placement, has_kernels, probe_machine
from engine.models.processor import Processor

SMALL, LARGE = 4_000_000, 6_738_546_688
PLAIN = Processor("Core i7-12700", frozenset({"avx2", "fma"}), cores=8)
AVX512 = Processor("Xeon Gold 6148", frozenset({"avx2", "avx512f", "avx512bw"}), cores=20)
MODERN = Processor("AMD EPYC", frozenset({"avx2", "avx512f", "avx512_bf16"}), cores=4)
H200 = Gpu(0, "NVIDIA H200", (9, 0), True, 132, 140 << 30)
T4 = Gpu(0, "Tesla T4", (7, 5), True, 40, 15 << 30)
K80 = Gpu(0, "Tesla K80", (3, 7), True, 13, 11 << 30)


def machine(processor: Processor, *gpus: Gpu, fault: str = "no NVIDIA GPU was found") -> Machine:
    return Machine(processor, 16 << 30, gpus, "" if gpus else fault)


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
    here: Machine, parameters: int, device: str, compute_dtype: str, threads: int
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
    busy = dataclasses.replace(H200, free_bytes=1 << 30)
    free = dataclasses.replace(H200, index=1)
    assert choose_placement(machine(MODERN, busy, free), "auto", LARGE).device == "cuda:1"


def test_usable_gpu_is_taken_beside_an_old_one() -> None:
    placement = choose_placement(machine(MODERN, K80, dataclasses.replace(T4, index=1)), "auto", LARGE)
    assert placement.device == "cuda:1"


@pytest.mark.parametrize(
    ("here", "words"),
    [
        (machine(MODERN), "no NVIDIA GPU was found"),
        (machine(MODERN, fault="CUDA could not be started (driver too old)"), "driver too old"),
        (machine(MODERN, K80), "too old (compute capability 3.7"),
        (machine(MODERN, dataclasses.replace(H200, has_kernels=False)), "no code for the GPU (NVIDIA H200)"),
    ],
)
def test_missing_gpu_is_explained_on_the_processor_and_refused_when_asked_for(here: Machine, words: str) -> None:
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
    ("capability", "built_for", "expected"),
    [
        ((9, 0), ["sm_80", "sm_90"], True),
        ((8, 6), ["sm_80"], True),
        ((8, 0), ["sm_86"], False),
        ((12, 0), ["sm_80", "sm_90"], False),
        ((12, 0), ["sm_90", "compute_90"], True),
        ((9, 0), ["sm_90a"], True),
        ((7, 5), [], False),
        ((9, 0), ["gfx90a"], False),
    ],
)
def test_torch_build_serves_a_gpu_by_the_rules_of_cuda(
    capability: tuple[int, int], built_for: list[str], expected: bool
) -> None:
    assert has_kernels(capability, built_for) is expected


def test_probe_of_this_machine_gives_something_that_runs() -> None:
    here = probe_machine()
    assert bool(here.gpus) is (here.cuda_fault == "")
    assert here.processor.cores >= 1
    assert choose_placement(here, "auto", SMALL).device_name
