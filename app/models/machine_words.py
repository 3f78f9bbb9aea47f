"""This computer's hardware, line by line, and in few words why a model runs on its device; without Qt."""

from engine.messages.machine import GpuFacts, GpuState, MachineFacts, ModelInfo
from engine.model_rows import FactMark, MachineFact
from engine.shown import size

_WHY_NO_GPU = {
    GpuState.NONE: "no GPU found",
    GpuState.NO_DRIVER: "GPU without driver",
    GpuState.DRIVER_MISMATCH: "GPU driver too old",
    GpuState.NO_CUDA_BUILD: "PyTorch without CUDA",
    GpuState.TOO_OLD: "GPU too old",
    GpuState.TOO_LITTLE_MEMORY: "GPU too small",
    GpuState.IN_USE: "GPU in use",
}


def machine_facts(machine: MachineFacts | None, disk_free_bytes: int) -> tuple[MachineFact, ...]:
    """GPU, processor, memory and disk, each with its meaning for models; `disk_free_bytes` is 0 if unknown."""
    if machine is None:
        return (MachineFact(FactMark.PLAIN, "Computer", "Looking at what this computer has…"),)
    facts = [_gpu_fact(gpu) for gpu in machine.gpus]
    if not facts:
        facts.append(MachineFact(FactMark.WARN, "GPU", machine.gpu_sentence))
    facts.append(_processor_fact(machine))
    if machine.memory_bytes:
        words = f"{size(machine.memory_bytes)}, {size(machine.free_bytes)} of it free"
        facts.append(MachineFact(FactMark.FINE, "Memory", words))
    if disk_free_bytes:
        facts.append(MachineFact(FactMark.FINE, "Disk", f"{size(disk_free_bytes)} free where models are kept"))
    return tuple(facts)


def why_processor(model: ModelInfo | None, machine: MachineFacts | None, chosen_device: str) -> str:
    """Why a model runs on the processor, in few words for the status bar; "" if it runs on a GPU."""
    if model is None or not model.device.startswith("cpu"):
        return ""
    if chosen_device == "cpu":
        return "as chosen"
    return _WHY_NO_GPU.get(machine.gpu_state, "") if machine is not None else ""


def _gpu_fact(gpu: GpuFacts) -> MachineFact:
    if gpu.state is GpuState.FINE:
        words = f"{gpu.name}, {size(gpu.free_bytes)} of {size(gpu.total_bytes)} free"
        return MachineFact(FactMark.FINE, "GPU", words)
    return MachineFact(FactMark.WARN, "GPU", gpu.sentence)


def _processor_fact(machine: MachineFacts) -> MachineFact:
    cores = f"{machine.cores} core" + ("" if machine.cores == 1 else "s")
    words = f"{machine.processor_name}, {cores}"
    has_gpu = machine.gpu_state is GpuState.FINE
    if machine.processor_sentence and not has_gpu:  # irrelevant with a GPU
        return MachineFact(FactMark.WARN, "Processor", f"{words}. {machine.processor_sentence}")
    return MachineFact(FactMark.FINE, "Processor", words)
