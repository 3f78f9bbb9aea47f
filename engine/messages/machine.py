"""Models and the machine they run on: requests to load, and what was found."""

from dataclasses import dataclass
from enum import StrEnum

from engine.messages.prompts import ChatWording, Order, PromptFormat


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the window needs to know of a loaded model."""

    folder: str
    name: str
    is_starter: bool
    parameters: int
    context_tokens: int
    prompt_format: PromptFormat
    can_infill: bool
    infill_order: Order
    infill_note: str  # empty, or why infilling is in doubt or not offered
    device: str  # "cpu", "cuda:0"
    device_name: str  # "AMD EPYC", "NVIDIA H200"
    device_reason: str  # why this device, one sentence
    compute_dtype: str  # "bfloat16", "float16", "float32"
    weights_bytes: int
    tokenizer_path: str
    tokenizer_hash: str
    warnings: tuple[str, ...] = ()  # sentences for the person, such as a slow processor
    wording: ChatWording | None = None  # what its own chat template has around messages; None: as its format does


class GpuState(StrEnum):
    """What stands between a person and the GPU; UNUSABLE_* are told apart because each has another remedy."""

    FINE = "fine"
    NONE = "none"  # no NVIDIA GPU in this computer
    NO_DRIVER = "no driver"  # there is one, but its driver is missing or does not answer
    DRIVER_MISMATCH = "driver mismatch"  # the driver is older than what this PyTorch was built for
    NO_CUDA_BUILD = "no cuda build"  # PyTorch is a build without CUDA
    TOO_OLD = "too old"
    TOO_LITTLE_MEMORY = "too little memory"
    IN_USE = "in use by others"  # large enough, but other programs hold most of its memory


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """A GPU as found; `sentence` tells its state to the person, "" where it is fine."""

    index: int
    name: str
    state: GpuState
    sentence: str
    capability: tuple[int, int]
    multiprocessors: int
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What models can run on here. `gpu_state` and `gpu_sentence` sum up: the best GPU's, or why there is none.

    `instructions` names the processor's sets that matter for 4-bit products ("avx2", "avx512_bf16", ...); sizes of
    main memory are 0 where they are not known. `processor_kernels` names the set that this program's own 4-bit kernels
    use here, "" where bitsandbytes alone computes; `processor_sentence` warns of a processor on which large models
    crawl, "" where they don't. Free memory counts what the loaded model would give back.
    """

    processor_name: str
    cores: int
    instructions: tuple[str, ...]
    memory_bytes: int
    free_bytes: int
    gpus: tuple[GpuFacts, ...]
    gpu_state: GpuState
    gpu_sentence: str
    processor_kernels: str = ""
    processor_sentence: str = ""
    kernels_fault: str = ""  # why our own kernels are not in use, half a sentence


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Engine: load a folder in NF4, dropping the model that was loaded. Answers ModelLoaded."""

    job_id: str
    folder: str
    device: str = "auto"  # "auto", "cpu", "cuda"
    is_starter: bool = False
    context_tokens: int = 0  # how much context to make room for; 0: the model's own, or as much of it as fits
    is_context_own: bool = False  # it was set for this model alone, so that a shorter one is worth a sentence
    cache_folder: str = ""  # where the 4-bit copy of a 16-bit folder is kept for the next load; "": nowhere


@dataclass(frozen=True, slots=True)
class ProbeMachine:
    """Engine: what this computer has to run models on. Answers MachineProbed."""

    job_id: str


@dataclass(frozen=True, slots=True)
class UnloadModel:
    """Engine: free the weights."""

    job_id: str


@dataclass(frozen=True, slots=True)
class ModelLoaded:
    job_id: str
    model: ModelInfo


@dataclass(frozen=True, slots=True)
class MachineProbed:
    job_id: str
    machine: MachineFacts
