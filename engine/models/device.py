"""Which device a model runs on, in which number format, with how many threads, and why.

`probe_machine` gathers facts, `choose_placement` decides on them alone, so every case can be tried on any machine.
"""

import warnings
from dataclasses import dataclass

from engine.errors import ErrorCode, LacunaError
from engine.models.processor import Processor, available_bytes, read_processor

_OLDEST_CAPABILITY = (7, 5)  # Turing, the oldest that bitsandbytes' 4-bit kernels and current torch builds serve
_BF16_CAPABILITY = (8, 0)  # before Ampere there is no bf16 arithmetic
_BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
_LARGE_PARAMETERS = 500_000_000
# bitsandbytes' plain loop, 46-75 ms for a row of 4096 x 4096 (performance.md, section 9b).
_PLAIN_LOOP_S_PER_PARAMETER = 60e-3 / (4096 * 4096)
# Below this a token's work is shorter than the threads' meeting at its end: one thread is up to six times as fast
# where another program wants a core too, and no slower where none does (measured with the starter on two cores).
_THREADED_PARAMETERS = 100_000_000


@dataclass(frozen=True, slots=True)
class Gpu:
    """A CUDA device. `has_kernels` says whether this torch was built for it."""

    index: int
    name: str
    capability: tuple[int, int]
    has_kernels: bool
    multiprocessors: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What the decision hangs on. `cuda_fault` says in half a sentence why there is no GPU, "" where there is one."""

    processor: Processor
    free_bytes: int | None  # main memory
    gpus: tuple[Gpu, ...] = ()
    cuda_fault: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """The decision. `has_fused_kernel`: 4-bit weights are multiplied without being unpacked first."""

    device: str  # "cpu", "cuda:0"
    device_name: str
    reason: str  # one sentence
    compute_dtype: str  # "bfloat16", "float16", "float32"
    threads: int
    has_fused_kernel: bool
    multiprocessors: int  # 0 on a processor
    free_bytes: int | None
    warnings: tuple[str, ...] = ()

    @property
    def element_bytes(self) -> int:
        return 4 if self.compute_dtype == "float32" else 2


def choose_placement(machine: Machine, wanted: str, parameters: int) -> Placement:
    """Where a model of that many parameters runs. `wanted` is "auto", "cpu" or "cuda".

    Raises LacunaError UNSUPPORTED where "cuda" is wanted and no GPU can be used.
    """
    if wanted == "cpu":
        return _on_processor(machine, "it was chosen", parameters)
    faults = {gpu: _fault(gpu) for gpu in machine.gpus}
    usable = [gpu for gpu, fault in faults.items() if not fault]
    if usable:
        return _on_gpu(max(usable, key=lambda gpu: (gpu.free_bytes, -gpu.index)), machine.processor)
    fault = next(iter(faults.values()), machine.cuda_fault)
    if wanted == "cuda":
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            f"No GPU can be used: {fault}.",
            "Choose the device “auto” or “cpu”, or mend the GPU.",
        )
    return _on_processor(machine, fault, parameters)


def probe_machine() -> Machine:
    """The facts about this computer. Imports torch and starts CUDA where there is any."""
    gpus, fault = _probe_cuda()
    return Machine(read_processor(), available_bytes(), gpus, fault)


def has_kernels(capability: tuple[int, int], built_for: list[str]) -> bool:
    """Whether a torch built for these targets (`sm_80`, `compute_90`) has code for a GPU.

    Machine code runs on the same major version from its minor version on; `compute_` is compiled for anything later.
    """
    for target in built_for:
        kind, _, number = target.partition("_")
        digits = number.rstrip("af")
        if not digits.isdigit():
            continue
        version = (int(digits[:-1] or 0), int(digits[-1]))
        if version <= capability and (kind == "compute" or version[0] == capability[0]):
            return True
    return False


def _on_gpu(gpu: Gpu, processor: Processor) -> Placement:
    has_bf16 = gpu.capability >= _BF16_CAPABILITY
    number_format = "bfloat16" if has_bf16 else "float16, as it has no bfloat16 arithmetic"
    return Placement(
        device=f"cuda:{gpu.index}",
        device_name=gpu.name,
        reason=f"On the GPU ({gpu.name}), in {number_format}.",
        compute_dtype="bfloat16" if has_bf16 else "float16",
        threads=processor.cores,
        has_fused_kernel=True,
        multiprocessors=gpu.multiprocessors,
        free_bytes=gpu.free_bytes,
    )


def _on_processor(machine: Machine, why: str, parameters: int) -> Placement:
    processor = machine.processor
    # torch's bf16 product without these instructions runs at 1 GFLOP/s against 142 in float32 (performance.md, 9b).
    has_bf16 = bool(processor.flags & _BF16_FLAGS)
    fused = "avx512_bf16" in processor.flags  # what bitsandbytes' packed kernel asks for
    number_format = "bfloat16" if has_bf16 else "float32, as it has no bfloat16 instructions"
    return Placement(
        device="cpu",
        device_name=processor.name,
        reason=f"On the processor, because {why}; in {number_format}.",
        compute_dtype="bfloat16" if has_bf16 else "float32",
        threads=processor.cores if parameters >= _THREADED_PARAMETERS else 1,
        has_fused_kernel=fused,
        multiprocessors=0,
        free_bytes=machine.free_bytes,
        warnings=() if fused or parameters < _LARGE_PARAMETERS else (_plain_loop(parameters),),
    )


def _plain_loop(parameters: int) -> str:
    seconds = parameters * _PLAIN_LOOP_S_PER_PARAMETER
    return (
        "This processor has no AVX512-BF16 instructions, so bitsandbytes multiplies 4-bit weights in a plain loop: "
        f"expect about {seconds:.0f} s for each token of this model. A GPU or a smaller model would be much faster."
    )


def _fault(gpu: Gpu) -> str:
    """Why a GPU cannot be used; "" where it can."""
    if gpu.capability < _OLDEST_CAPABILITY:
        major, minor = gpu.capability
        return f"the GPU ({gpu.name}) is too old (compute capability {major}.{minor}, 7.5 is needed)"
    if not gpu.has_kernels:
        return f"the installed PyTorch has no code for the GPU ({gpu.name})"
    return ""


def _probe_cuda() -> tuple[tuple[Gpu, ...], str]:
    """The GPUs, or why there are none; what CUDA says when it fails is told, not hidden."""
    import torch

    if torch.version.cuda is None:
        return (), "the installed PyTorch is a build without CUDA"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if not available:
        said = next((str(item.message).splitlines()[0] for item in caught), "")
        return (), f"CUDA could not be started ({said})" if said else "no NVIDIA GPU was found"
    try:
        return tuple(_probe_gpu(index) for index in range(torch.cuda.device_count())), ""
    except RuntimeError as error:
        return (), f"CUDA could not be started ({str(error).splitlines()[0]})"


def _probe_gpu(index: int) -> Gpu:
    import torch

    properties = torch.cuda.get_device_properties(index)
    capability = (properties.major, properties.minor)
    return Gpu(
        index=index,
        name=properties.name,
        capability=capability,
        has_kernels=has_kernels(capability, torch.cuda.get_arch_list()),
        multiprocessors=properties.multi_processor_count,
        free_bytes=torch.cuda.mem_get_info(index)[0],
    )
