"""Machines that nobody needs to own: facts and findings for tests of decisions."""

from engine.messages.machine import MachineFacts
from engine.models.cuda_findings import CudaFindings, FoundGpu
from engine.models.machine import judge_machine
from engine.models.processor import Processor

GIB = 1 << 30
PLAIN = Processor("Core i7-12700", frozenset({"avx2", "fma"}), cores=8)
AVX512 = Processor("Xeon Gold 6148", frozenset({"avx2", "avx512f", "avx512bw"}), cores=20)
MODERN = Processor("AMD EPYC", frozenset({"avx2", "avx512f", "avx512_bf16"}), cores=4)


def gpu(
    name: str = "NVIDIA H200",
    capability: tuple[int, int] = (9, 0),
    *,
    index: int = 0,
    multiprocessors: int = 132,
    total_gib: float = 141,
    free_gib: float | None = None,
    has_kernels: bool = True,
) -> FoundGpu:
    """A GPU; all of its memory is free unless it is said."""
    total = int(total_gib * GIB)
    free = total if free_gib is None else int(free_gib * GIB)
    return FoundGpu(index, name, capability, has_kernels, multiprocessors, free, total)


H200 = gpu()
T4 = gpu("Tesla T4", (7, 5), multiprocessors=40, total_gib=15)
K80 = gpu("Tesla K80", (3, 7), multiprocessors=13, total_gib=11)


def machine(processor: Processor = MODERN, *gpus: FoundGpu, memory_gib: float = 16) -> MachineFacts:
    """A computer with that much main memory, all of it free."""
    memory = int(memory_gib * GIB)
    return judge_machine(processor, memory, memory, CudaFindings(has_cuda_build=True, cards=len(gpus), gpus=gpus))
