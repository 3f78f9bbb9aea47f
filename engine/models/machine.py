"""The hardware for models: the state of every GPU, the processor and the memory, each with a sentence.

`judge_machine` depends only on the gathered facts, so that every state can be tested on any machine.
"""

import re
from collections.abc import Generator

from engine.messages.jobs import Event, Finished
from engine.messages.machine import GpuFacts, GpuState, MachineFacts, MachineProbed, ProbeMachine
from engine.models.catalogue import CHECKPOINTS, Checkpoint
from engine.models.cuda_findings import CudaFindings, FoundGpu, find_cuda
from engine.models.fit import Device, plan_memory
from engine.models.processor import Processor, available_bytes, memory_bytes, own_bytes, read_processor
from engine.shown import gigabytes

_OLDEST_CAPABILITY = (7, 5)  # Turing, the oldest that bitsandbytes' 4-bit kernels and current torch builds serve
_LEAST_CONTEXT_TOKENS = 2048
_INSTRUCTIONS = ("avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16")
# CUDA's messages if its library and the driver, or the driver's two halves, have different versions.
_MISMATCH = re.compile(r"too old|insufficient|\b80[34]\b|unsupported display driver|forward compatib|mismatch", re.I)
SLOW_KERNELS = frozenset({"", "portable"})
# From best to worst, as a person would pick among several GPUs.
_PREFERENCE = (
    GpuState.FINE,
    GpuState.IN_USE,
    GpuState.TOO_LITTLE_MEMORY,
    GpuState.NO_CUDA_BUILD,
    GpuState.TOO_OLD,
)
USABLE_STATES = frozenset({GpuState.FINE, GpuState.IN_USE, GpuState.TOO_LITTLE_MEMORY})

_NO_GPU = "No NVIDIA GPU was found in this computer."
_PLAIN_LOOP = (
    "This processor has no AVX512-BF16 instructions, so bitsandbytes multiplies 4-bit weights in a plain loop: "
    "large models take many seconds for each token."
)


def probe_machine() -> MachineFacts:
    """The facts about this computer. Imports torch and starts CUDA if there is any."""
    from engine.kernels.nf4 import kernels_fault, load_kernels  # imports torch

    cuda = find_cuda()
    free_bytes = available_bytes()
    kernels = load_kernels()
    return judge_machine(
        read_processor(),
        memory_bytes(),
        free_bytes + own_bytes() if free_bytes else 0,
        cuda,
        kernels.instructions if kernels is not None else "",
        kernels_fault(),
    )


def answer_probe(request: ProbeMachine) -> Generator[Event, None, Finished]:
    """The handler of ProbeMachine."""
    yield MachineProbed(request.job_id, probe_machine())
    return Finished(request.job_id)


def judge_machine(
    processor: Processor,
    total_bytes: int,
    free_bytes: int,
    cuda: CudaFindings,
    kernels: str = "",
    kernels_fault: str = "",
) -> MachineFacts:
    """What was found, with states and sentences. Bytes are of main memory, 0 if they are not known; `kernels` names
    the instructions that our own 4-bit kernels use here, "" if there are none, and `kernels_fault` says why.
    """
    gpus = tuple(_judge_gpu(gpu) for gpu in cuda.gpus)
    if gpus:
        best = min(gpus, key=lambda gpu: (_PREFERENCE.index(gpu.state), -gpu.free_bytes))
        state, sentence = best.state, best.sentence
    else:
        state, sentence = _why_no_gpu(cuda)
    return MachineFacts(
        processor_name=processor.name,
        cores=processor.cores,
        instructions=tuple(name for name in _INSTRUCTIONS if name in processor.flags),
        memory_bytes=total_bytes,
        free_bytes=free_bytes,
        gpus=gpus,
        gpu_state=state,
        gpu_sentence=sentence,
        processor_kernels=kernels,
        processor_sentence="" if kernels not in SLOW_KERNELS or "avx512_bf16" in processor.flags else _PLAIN_LOOP,
        kernels_fault=kernels_fault,
    )


def _judge_gpu(gpu: FoundGpu) -> GpuFacts:
    state, sentence = _gpu_state(gpu)
    return GpuFacts(
        gpu.index, gpu.name, state, sentence, gpu.capability, gpu.multiprocessors, gpu.free_bytes, gpu.total_bytes
    )


def _gpu_state(gpu: FoundGpu) -> tuple[GpuState, str]:
    capability = ".".join(map(str, gpu.capability))
    if gpu.capability < _OLDEST_CAPABILITY:
        return (
            GpuState.TOO_OLD,
            f"The GPU ({gpu.name}) is too old: it has compute capability {capability}, and 7.5 is needed.",
        )
    if not gpu.has_kernels:
        return (
            GpuState.NO_CUDA_BUILD,
            f"The installed PyTorch has no code for the GPU ({gpu.name}, compute capability {capability}); "
            "install one that has.",
        )
    smallest = min(CHECKPOINTS, key=lambda checkpoint: checkpoint.shape.parameters)
    if not _holds(smallest, gpu, gpu.total_bytes):
        return (
            GpuState.TOO_LITTLE_MEMORY,
            f"The GPU ({gpu.name}) has {gigabytes(gpu.total_bytes)} of memory, "
            f"too little for a Code Llama {smallest.size}.",
        )
    if not _holds(smallest, gpu, gpu.free_bytes):
        return (
            GpuState.IN_USE,
            f"Other programs use the GPU ({gpu.name}): {gigabytes(gpu.free_bytes)} of its "
            f"{gigabytes(gpu.total_bytes)} are free, too little for a Code Llama {smallest.size}. Close some of them.",
        )
    return GpuState.FINE, ""


def _holds(checkpoint: Checkpoint, gpu: FoundGpu, memory: int) -> bool:
    device = Device(f"cuda:{gpu.index}", gpu.name, memory, gpu.total_bytes)
    return plan_memory(checkpoint.shape, (device,), _LEAST_CONTEXT_TOKENS, 2) is not None


def _why_no_gpu(cuda: CudaFindings) -> tuple[GpuState, str]:
    """The reason why CUDA lists no GPU."""
    has_signs = cuda.cards > 0 or bool(cuda.driver_version)
    if not cuda.has_cuda_build:
        if has_signs:
            return (
                GpuState.NO_CUDA_BUILD,
                "There is an NVIDIA GPU, but the installed PyTorch is a build without CUDA; install one with it.",
            )
        return GpuState.NONE, _NO_GPU
    if cuda.is_hidden and has_signs:
        return GpuState.NONE, "The variable CUDA_VISIBLE_DEVICES hides every GPU from this program."
    driver = f" ({cuda.driver_version})" if cuda.driver_version else ""
    if _MISMATCH.search(cuda.said):
        return (
            GpuState.DRIVER_MISMATCH,
            f"The NVIDIA driver{driver} does not fit what PyTorch was built for ({cuda.said}). "
            "Update the driver; if it was updated just now, restart the computer.",
        )
    if not has_signs and (not cuda.said or "might not have a CUDA gpu" in cuda.said):
        return GpuState.NONE, _NO_GPU
    if cuda.driver_version or cuda.said:
        said = f" ({cuda.said})" if cuda.said else ""
        return (
            GpuState.NO_DRIVER,
            f"The NVIDIA driver{driver} does not answer{said}. Restart the computer, or install the driver again.",
        )
    return GpuState.NO_DRIVER, "There is an NVIDIA GPU, but its driver is not loaded. Install the NVIDIA driver."
