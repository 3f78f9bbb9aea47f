"""Every state of a GPU is told apart, each with a sentence of its own, from what was found alone."""

import mmap
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.kernels.nf4 import load_kernels
from engine.messages.jobs import Finished
from engine.messages.machine import GpuState, MachineProbed, ProbeMachine
from engine.models import machine as machine_module
from engine.models.cuda_findings import CudaFindings, FoundGpu, ask_driver, count_cards, has_kernels
from engine.models.machine import answer_probe, judge_machine, probe_machine
from engine.models.processor import available_bytes, memory_bytes, own_bytes
from tests.machines import AVX512, H200, K80, MODERN, PLAIN, gpu


def findings(*gpus: FoundGpu, **changes: object) -> CudaFindings:
    found: dict[str, object] = {"has_cuda_build": True, "gpus": gpus}
    return CudaFindings(**(found | changes))  # type: ignore[arg-type]


OLD_DRIVER = "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver"
OTHER_HALF = "Unexpected error from cudaGetDeviceCount(). Error 803: system has unsupported display driver"
NOT_STARTED = "CUDA driver initialization failed, you might not have a CUDA gpu."
UNKNOWN = "CUDA unknown error - this may be due to an incorrectly set up environment"

STATES = [
    (findings(), GpuState.NONE, "No NVIDIA GPU"),
    (findings(said=NOT_STARTED), GpuState.NONE, "No NVIDIA GPU"),
    (findings(has_cuda_build=False), GpuState.NONE, "No NVIDIA GPU"),
    (findings(cards=1, driver_version="550.54", is_hidden=True), GpuState.NONE, "CUDA_VISIBLE_DEVICES"),
    (findings(has_cuda_build=False, cards=1), GpuState.NO_CUDA_BUILD, "build without CUDA"),
    (findings(cards=1), GpuState.NO_DRIVER, "not loaded"),
    (findings(cards=1, driver_version="550.54.15"), GpuState.NO_DRIVER, "(550.54.15) does not answer."),
    (findings(cards=1, driver_version="550.54", said=UNKNOWN), GpuState.NO_DRIVER, "CUDA unknown error"),
    (findings(cards=1, said=NOT_STARTED), GpuState.NO_DRIVER, "initialization failed"),
    (findings(cards=1, driver_version="470.1", said=OLD_DRIVER), GpuState.DRIVER_MISMATCH, "(470.1) does not fit"),
    (findings(cards=1, driver_version="550.54", said=OTHER_HALF), GpuState.DRIVER_MISMATCH, "restart the computer"),
    (findings(K80), GpuState.TOO_OLD, "capability 3.7"),
    (findings(gpu("RTX 9090", (14, 0), has_kernels=False)), GpuState.NO_CUDA_BUILD, "no code for the GPU (RTX 9090"),
    (findings(gpu("GTX 1650", (7, 5), total_gib=4)), GpuState.TOO_LITTLE_MEMORY, "has 4.3 GB of memory"),
    (findings(gpu("RTX 4090", (8, 9), total_gib=24, free_gib=3)), GpuState.IN_USE, "3.2 GB of its 25.8 GB are free"),
    (findings(gpu("RTX 4060", (8, 9), total_gib=8)), GpuState.FINE, ""),
    (findings(H200), GpuState.FINE, ""),
]


@pytest.mark.parametrize(("found", "state", "words"), STATES)
def test_state_is_told_apart_with_a_sentence(found: CudaFindings, state: GpuState, words: str) -> None:
    facts = judge_machine(MODERN, 1 << 34, 1 << 33, found)
    assert facts.gpu_state is state
    assert words in facts.gpu_sentence
    assert bool(facts.gpu_sentence) is (state is not GpuState.FINE)
    assert not facts.gpu_sentence or facts.gpu_sentence.endswith(".")
    assert [(one.state, one.sentence) for one in facts.gpus] == [(state, facts.gpu_sentence)] * len(found.gpus)


def test_table_of_states_leaves_none_out() -> None:
    assert {state for _, state, _ in STATES} == set(GpuState)


def test_best_of_several_gpus_sums_up() -> None:
    busy = gpu("RTX 4090", (8, 9), index=1, total_gib=24, free_gib=3)
    facts = judge_machine(MODERN, 0, 0, findings(K80, busy))
    assert facts.gpu_state is GpuState.IN_USE
    assert judge_machine(MODERN, 0, 0, findings(K80, busy, gpu(index=2))).gpu_state is GpuState.FINE


def test_processor_without_fast_instructions_is_told() -> None:
    assert judge_machine(MODERN, 0, 0, findings()).processor_sentence == ""
    for processor in (PLAIN, AVX512):
        facts = judge_machine(processor, 0, 0, findings(), "portable")
        assert "plain loop" in facts.processor_sentence
        assert judge_machine(processor, 0, 0, findings(), "avx2").processor_sentence == ""
        assert facts.instructions[0] == "avx2"


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


def test_cards_on_the_bus_are_display_devices_of_nvidia(tmp_path: Path) -> None:
    devices = {
        "0000:01:00.0": ("0x10de", "0x030000"),
        "0000:01:00.1": ("0x10de", "0x040300"),  # the card's sound
        "0000:02:00.0": ("0x10de", "0x030200"),
        "0000:03:00.0": ("0x8086", "0x030000"),
    }
    for name, (vendor, kind) in devices.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "vendor").write_text(vendor + "\n")
        (tmp_path / name / "class").write_text(kind + "\n")
    (tmp_path / "0000:04:00.0").mkdir()
    assert count_cards(tmp_path) == 2
    assert count_cards(tmp_path / "nowhere") == 0


def test_probe_of_this_machine_gives_facts_that_agree_with_each_other() -> None:
    facts = probe_machine()
    assert bool(facts.gpu_sentence) is (facts.gpu_state is not GpuState.FINE)
    assert facts.cores >= 1
    assert 0 < facts.free_bytes <= facts.memory_bytes
    kernels = load_kernels()
    assert facts.processor_kernels == (kernels.instructions if kernels is not None else "")


def test_engine_answers_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Callable[[], CudaFindings] = lambda: findings(H200)  # noqa: E731
    monkeypatch.setattr(machine_module, "find_cuda", found)
    job = answer_probe(ProbeMachine("probe"))
    event = next(job)
    assert isinstance(event, MachineProbed)
    assert event.machine.gpus[0].name == H200.name
    with pytest.raises(StopIteration) as end:
        next(job)
    assert end.value.value == Finished("probe")


class _Nvml:
    """NVML as nvidia-ml-py gives it, with a driver that fails at one of the calls, or at none ("")."""

    class NVMLError(Exception):
        pass

    def __init__(self, fails_at: str = "") -> None:
        self._fails_at = fails_at
        self.is_open = False

    def _call(self, name: str) -> None:
        if name == self._fails_at:
            raise self.NVMLError(name)

    def nvmlInit(self) -> None:
        self._call("init")
        self.is_open = True

    def nvmlShutdown(self) -> None:
        self.is_open = False

    def nvmlSystemGetDriverVersion(self) -> str:
        self._call("version")
        return "550.54.15"

    def nvmlDeviceGetCount(self) -> int:
        self._call("count")
        return 2


@pytest.mark.parametrize(
    ("fails_at", "found"), [("", ("550.54.15", 2)), ("init", ("", 0)), ("version", ("", 0)), ("count", ("", 0))]
)
def test_a_driver_that_does_not_answer_tells_nothing(fails_at: str, found: tuple[str, int]) -> None:
    nvml = _Nvml(fails_at)
    assert ask_driver(nvml) == found
    assert not nvml.is_open


def test_memory_is_what_the_system_tells() -> None:
    assert 0 < available_bytes() < memory_bytes()
    before = own_bytes()
    with mmap.mmap(-1, 64 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as held:  # never memory freed before
        held[:] = b"x" * len(held)
        assert own_bytes() - before > 48 << 20
