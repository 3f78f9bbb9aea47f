"""Models and the machine they run on: requests to load and to probe, and the findings."""

from dataclasses import dataclass
from enum import StrEnum

from engine.messages.prompts import ChatWording, Order, PromptFormat


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The facts about a loaded model."""

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
    wording: ChatWording | None = None  # from its own chat template; None: the format's published words


class GpuState(StrEnum):
    """The state of a GPU. Each fault is a state of its own, since each has another remedy."""

    FINE = "fine"
    NONE = "none"  # no NVIDIA GPU in this computer
    NO_DRIVER = "no driver"  # its driver is missing or does not answer
    DRIVER_MISMATCH = "driver mismatch"  # the driver is older than this PyTorch build requires
    NO_CUDA_BUILD = "no cuda build"  # PyTorch is a build without CUDA
    TOO_OLD = "too old"
    TOO_LITTLE_MEMORY = "too little memory"
    IN_USE = "in use by others"  # other programs hold most of its memory


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """A GPU. `sentence` explains its state to the person; "" if it is fine."""

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
    """The hardware that models can run on. `gpu_state` and `gpu_sentence` are the best GPU's, or why there is none.

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
    kernels_fault: str = ""  # why our own kernels are not in use, as a clause


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Engine: load a folder in NF4, dropping the model that was loaded. Answers ModelLoaded."""

    job_id: str
    folder: str
    device: str = "auto"  # "auto", "cpu", "cuda"
    is_starter: bool = False
    context_tokens: int = 0  # context to make room for; 0: the model's own, shortened if it does not fit
    is_context_own: bool = False  # set for this model alone, so the person is told of a shorter one
    cache_folder: str = ""  # keeps the 4-bit copy of a 16-bit folder for the next load; "": no copy


@dataclass(frozen=True, slots=True)
class InspectModel:
    """Reader: check a model folder or a GGUF file completely, without loading it. Answers ModelInspected, or fails."""

    job_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class ModelInspected:
    """What was found out about a model that can be loaded, in sentences; `warnings` say what is to be known of it."""

    job_id: str
    findings: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbeMachine:
    """Engine: probe this computer's hardware. Answers MachineProbed."""

    job_id: str


@dataclass(frozen=True, slots=True)
class UnloadModel:
    """Engine: unload the model and free its memory."""

    job_id: str


@dataclass(frozen=True, slots=True)
class ModelLoaded:
    job_id: str
    model: ModelInfo


@dataclass(frozen=True, slots=True)
class MachineProbed:
    job_id: str
    machine: MachineFacts
