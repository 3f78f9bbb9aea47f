"""Chooses a model's device, compute dtype and threads, with the reason.

`choose_placement` depends only on facts (machine.py gathers them), so every case can be tested on any machine.
"""

from dataclasses import dataclass, replace

from engine.errors import ErrorCode, LacunaError
from engine.messages.machine import GpuFacts, MachineFacts
from engine.model_plans import Fit
from engine.models.config_file import LlamaShape
from engine.models.fit import Device, MemoryPlan, fit
from engine.models.machine import SLOW_KERNELS, USABLE_STATES

_BF16_CAPABILITY = (8, 0)  # before Ampere there is no bf16 arithmetic
_BF16_INSTRUCTIONS = frozenset({"avx512_bf16", "amx_bf16"})
_LARGE_PARAMETERS = 500_000_000
# bitsandbytes' plain loop, 46-75 ms for a row of 4096 x 4096 (measured on this program's test machines).
_PLAIN_LOOP_S_PER_PARAMETER = 60e-3 / (4096 * 4096)
# Below this size a product takes less time than synchronising its threads. With 135 million parameters on two cores, a
# second thread made prefill 1.6 times and decode 1.1 times as fast on an idle machine, but seven times as slow beside a
# busy program.
_THREADED_PARAMETERS = 200_000_000


@dataclass(frozen=True, slots=True)
class Placement:
    """The chosen placement. `has_fused_kernel`: 4-bit weights are multiplied without unpacking them first.

    `device_map` pairs each module's name with its device where a model is spread over several, and is empty where
    `device` holds all of it.
    """

    device: str  # "cpu", "cuda:0"
    device_name: str
    reason: str  # one or two sentences
    compute_dtype: str  # "bfloat16", "float16", "float32"
    threads: int
    has_fused_kernel: bool
    multiprocessors: int  # 0 on a processor
    free_bytes: int | None
    warnings: tuple[str, ...] = ()
    device_map: tuple[tuple[str, str], ...] = ()

    @property
    def element_bytes(self) -> int:
        return 4 if self.compute_dtype == "float32" else 2

    def device_of(self, module: str) -> str:
        """The device of a module of transformers' Llama, such as `model.layers.3` or `lm_head`."""
        return dict(self.device_map).get(module, self.device)


def choose_placement(machine: MachineFacts, wanted: str, parameters: int) -> Placement:
    """The placement of a model with that many parameters. `wanted` is "auto", "cpu" or "cuda".

    Raises LacunaError UNSUPPORTED if "cuda" is wanted and no GPU can be used.
    """
    if wanted == "cpu":
        return _on_processor(machine, ", because it was chosen.", parameters)
    usable = [gpu for gpu in machine.gpus if gpu.state in USABLE_STATES]
    if usable:
        return _on_gpu(max(usable, key=lambda gpu: (gpu.free_bytes, -gpu.index)), machine)
    if wanted == "cuda":
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            f"No GPU can be used: {machine.gpu_sentence}",
            "Choose the device “auto” or “cpu”, or mend the GPU.",
        )
    return _on_processor(machine, f". {machine.gpu_sentence}", parameters)


def devices_for(machine: MachineFacts, placement: Placement) -> tuple[Device, ...]:
    """What a model placed there may be spread over: the processor, or the chosen GPU and then those that compute in
    the same number format, the freest first.
    """
    if placement.device == "cpu":
        return (Device("cpu", machine.processor_name, machine.free_bytes, machine.memory_bytes),)
    usable = [gpu for gpu in machine.gpus if gpu.state in USABLE_STATES and _gpu_dtype(gpu) == placement.compute_dtype]
    usable.sort(key=lambda gpu: (_gpu_id(gpu) != placement.device, -gpu.free_bytes))
    return tuple(Device(_gpu_id(gpu), gpu.name, gpu.free_bytes, gpu.total_bytes) for gpu in usable)


def fit_on(machine: MachineFacts, shape: LlamaShape, context_tokens: int = 0, wanted: str = "auto") -> Fit:
    """Whether a model of that shape fits this machine, where `choose_placement` would put it; 0: its own context.

    The loader plans for no more context than catalogue.py's `context_limit` lets anybody ask for; nor should callers.

    Raises LacunaError UNSUPPORTED as `choose_placement` does.
    """
    placement = choose_placement(machine, wanted, shape.parameters)
    verdict, _ = fit(shape, devices_for(machine, placement), placement.element_bytes, context_tokens)
    return verdict


def spread(placement: Placement, plan: MemoryPlan) -> Placement:
    """The placement with the plan's devices; unchanged if one is enough."""
    if len(plan.parts) == 1:
        return placement
    names = ", ".join(part.device.name for part in plan.parts)
    return replace(
        placement,
        reason=f"{placement.reason} It is spread over {len(plan.parts)} GPUs ({names}), as one alone is too small.",
        device_map=tuple(plan.device_map.items()),
    )


def _on_gpu(gpu: GpuFacts, machine: MachineFacts) -> Placement:
    dtype = _gpu_dtype(gpu)
    number_format = dtype if dtype == "bfloat16" else f"{dtype}, as it has no bfloat16 arithmetic"
    return Placement(
        device=_gpu_id(gpu),
        device_name=gpu.name,
        reason=f"On the GPU ({gpu.name}), in {number_format}.",
        compute_dtype=dtype,
        threads=machine.cores,
        has_fused_kernel=True,
        multiprocessors=gpu.multiprocessors,
        free_bytes=gpu.free_bytes,
    )


def _on_processor(machine: MachineFacts, why: str, parameters: int) -> Placement:
    # Without these instructions torch's bf16 product reaches 1 GFLOP/s, its float32 product 142 (measured).
    has_bf16 = not _BF16_INSTRUCTIONS.isdisjoint(machine.instructions)
    # Our own kernels, or the instructions that bitsandbytes' packed kernel needs.
    fused = machine.processor_kernels not in SLOW_KERNELS or "avx512_bf16" in machine.instructions
    number_format = "bfloat16" if has_bf16 else "float32, as it has no bfloat16 instructions"
    is_slow = bool(machine.processor_sentence) and parameters >= _LARGE_PARAMETERS
    return Placement(
        device="cpu",
        device_name=machine.processor_name,
        reason=f"On the processor in {number_format}{why}",
        compute_dtype="bfloat16" if has_bf16 else "float32",
        threads=machine.cores if parameters >= _THREADED_PARAMETERS else 1,
        has_fused_kernel=fused,
        multiprocessors=0,
        free_bytes=machine.free_bytes or None,
        warnings=(*_without_own_kernels(machine), *((plain_loop_warning(machine, parameters),) if is_slow else ())),
    )


def _without_own_kernels(machine: MachineFacts) -> tuple[str, ...]:
    if not machine.kernels_fault:
        return ()
    return (f"Lacuna's own 4-bit kernels are not in use: {machine.kernels_fault}. Answers come more slowly.",)


def plain_loop_warning(machine: MachineFacts, parameters: int) -> str:
    """How slow a model would be on a processor that has only bitsandbytes' plain loop."""
    seconds = parameters * _PLAIN_LOOP_S_PER_PARAMETER
    return (
        f"{machine.processor_sentence} Expect about {seconds:.0f} s for each token of this model; "
        "a GPU or a smaller model would be much faster."
    )


def _gpu_id(gpu: GpuFacts) -> str:
    return f"cuda:{gpu.index}"


def _gpu_dtype(gpu: GpuFacts) -> str:
    return "bfloat16" if gpu.capability >= _BF16_CAPABILITY else "float16"
