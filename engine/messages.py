"""What crosses a process border: requests in, events out (DESIGN.md, "Processes, and one engine thread").

Frozen, slotted dataclasses of plain values, standard library only. A request carries a `job_id`; each job ends in
exactly one `Finished` or `Failed`, and its events arrive in order. Paths are `str` as `os.fsdecode` gives them: bytes
that are not UTF-8 arrive as lone surrogates U+DC80 to U+DCFF.
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import ErrorReport
from engine.settings import CHAT_SAMPLING, FILL_SAMPLING, FillOrder, Sampling


class Role(StrEnum):
    """The three children of the window."""

    ENGINE = "engine"
    READER = "reader"
    FETCHER = "fetcher"


class Stop(StrEnum):
    """Why text ended."""

    EOT = "eot"
    EOS = "eos"
    STRING = "string"  # one of the stop strings that were asked for
    LENGTH = "length"
    CONTEXT = "context"
    CANCELLED = "cancelled"
    ERROR = "error"


class Speaker(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"


class Order(StrEnum):
    """The two layouts of an infilling prompt (reference: code-llama.md, section 5)."""

    PSM = "psm"
    SPM = "spm"

    @classmethod
    def of(cls, setting: FillOrder) -> "Order | None":
        """The layout that a setting asks for; None where the gap decides."""
        return None if setting is FillOrder.AUTO else cls(setting.value)


class PromptFormat(StrEnum):
    """How a checkpoint is talked to; COMPLETION means that it has no chat (reference: code-llama.md, section 2)."""

    INST = "inst"
    TURNS = "turns"
    COMPLETION = "completion"


class Destination(StrEnum):
    """To whom a message goes, which only the 70B format writes down (reference: code-llama.md, section 4).

    USUAL is what the authors' program makes of a conversation: answers go to the person, questions name nobody.
    """

    USUAL = "usual"
    NONE = "none"
    USER = "user"
    ASSISTANT = "assistant"


class PartName(StrEnum):
    """Whose a prompt's tokens are. EXCHANGE is a question with its answer, USER the question that is open."""

    CONTROL = "control"
    SYSTEM = "system"
    OUTLINE = "outline"
    PROJECT = "project"
    EXCHANGE = "exchange"
    USER = "user"
    ANSWER_HEADER = "answer_header"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class PromptPart:
    """What the ids [start, stop) of a prompt are. `label` is the path of a project's file."""

    name: PartName
    start: int
    stop: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, as it was typed or answered."""

    speaker: Speaker
    text: str
    destination: Destination = Destination.USUAL


@dataclass(frozen=True, slots=True)
class Span:
    """Whole lines of a project file inside a packed prompt: 1-based lines, both included; tokens as [start, stop)."""

    path: str
    first_line: int
    last_line: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Packed:
    """A project as token ids, made by the reader and passed unopened to the engine.

    `ids` are little-endian uint32; every line in it ends in LF and is encoded without the implicit space, so that it
    can be spliced between two texts that end and begin at a line. `tokenizer_hash` is the SHA-256 of the
    tokenizer.model it was made with. `disarmed`: chat tags in one of its files were spaced out.
    """

    ids: bytes
    spans: tuple[Span, ...]
    tokenizer_hash: str
    revision: int
    files_total: int
    disarmed: bool = False
    outline_tokens: int = 0  # before the first file

    @property
    def tokens(self) -> int:
        return len(self.ids) // 4


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


class FitState(StrEnum):
    """Whether a model fits a machine at the context that was asked for."""

    FITS = "fits"
    FITS_UP_TO = "fits up to"  # with a shorter context
    DOES_NOT_FIT = "does not fit"


@dataclass(frozen=True, slots=True)
class Fit:
    """A memory plan in short: `sentence` says it to the person. `context_tokens` is how much context fits, at most
    what was asked for, 0 where nothing does; bytes are those at that context. `device_names` says where.
    """

    state: FitState
    sentence: str
    context_tokens: int
    weights_bytes: int
    kv_bytes: int
    workspace_bytes: int
    device_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of a model as the person is shown them before a download; what does not apply is ""."""

    name: str  # also what an acceptance is recorded under
    address: str
    policy_address: str  # of the acceptable use policy
    attribution: str  # the notice that has to stand with every copy that is passed on
    badge: str  # what has to stand where the model is used
    summary: tuple[str, ...]  # sentences in our own words; the text itself counts


class DownloadStage(StrEnum):
    """Where a download stands; the values are phrases for the person."""

    WAITING = "Waiting for another download"
    ASKING = "Asking what there is to download"
    DOWNLOADING = "Downloading"
    CHECKING = "Checking"
    PAUSED = "Paused"
    FAILED = "Failed"
    DONE = "Downloaded"


@dataclass(frozen=True, slots=True)
class DownloadState:
    """What the window shows of a download. `id` is its repository, "owner/name"."""

    id: str
    stage: DownloadStage
    done_bytes: int = 0
    total_bytes: int = 0  # 0: not known yet
    rate: float = 0.0  # bytes a second, 0 where not known
    remaining_s: float | None = None
    sentence: str = ""  # why it failed and what to do, or what it is at
    is_paused: bool = False  # something has arrived and nothing runs: it can go on
    revision: str = ""  # the commit, once it is known
    folder: str = ""


TAKEN_OUT = "taken out by you"  # the reason of a row that the person excluded


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a project as the tree and the bill show it. `path` is relative to the root, with `/`."""

    path: str
    size_bytes: int
    tokens: int | None  # None where the file was not read
    included: bool  # passed the gate
    reason: str = ""  # why not included; empty where it is
    can_force: bool = False  # whether the person may let it in against that reason


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost. `reused` and `computed` add up to the prompt's tokens; times are wall time."""

    prompt_tokens: int
    reused: int
    computed: int
    generated: int
    context_tokens: int
    prefill_ms: float
    decode_ms: float
    drafted: int = 0  # tokens that were guessed ahead, and how many of the guesses were right
    accepted: int = 0

    @property
    def tokens_per_s(self) -> float:
        """Decoded tokens a second; the first token comes out of the prefill."""
        return (self.generated - 1) / self.decode_ms * 1000 if self.generated > 1 and self.decode_ms > 0 else 0.0


# --- requests ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Engine: load a folder in NF4, dropping the model that was loaded. Answers ModelLoaded."""

    job_id: str
    folder: str
    device: str = "auto"  # "auto", "cpu", "cuda"
    is_starter: bool = False
    context_tokens: int = 0  # how much context to make room for; 0: the model's own, or as much of it as fits
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
class Chat:
    """Engine: answer the last turn. Turns alternate, starting and ending with the person."""

    job_id: str
    turns: tuple[Turn, ...]
    system: str = ""
    project: Packed | None = None
    sampling: Sampling = CHAT_SAMPLING
    lane: str = "chat"


@dataclass(frozen=True, slots=True)
class Infill:
    """Engine: what stands between prefix and suffix. Line ends may be any; the middle comes with LF."""

    job_id: str
    prefix: str
    suffix: str
    order: Order | None = None  # None: by where the gap begins, and the catalogue's choice for this model
    sampling: Sampling = FILL_SAMPLING
    alternatives: int = 1  # how many middles; the first is drawn as `sampling` says, the others with more chance


@dataclass(frozen=True, slots=True)
class Complete:
    """Engine: continue a text; what base models do."""

    job_id: str
    text: str
    sampling: Sampling = CHAT_SAMPLING


@dataclass(frozen=True, slots=True)
class UseTokenizer:
    """Reader: count and pack with this tokenizer.model from now on."""

    job_id: str
    tokenizer_path: str


@dataclass(frozen=True, slots=True)
class ReadProject:
    """Reader: scan a folder and count its tokens. Answers Progress, FilesRead in batches, ProjectRead."""

    job_id: str
    root: str
    forced: tuple[str, ...] = ()  # relative paths that the person let in against the gate's advice
    excluded: tuple[str, ...] = ()  # relative paths that the person took out


@dataclass(frozen=True, slots=True)
class RefreshProject:
    """Reader: read those of the project's files again that changed on disk. Answers FilesRead with their rows."""

    job_id: str


@dataclass(frozen=True, slots=True)
class PackProject:
    """Reader: pack the read project for a question. Answers ProjectPacked.

    The budget is what `context_tokens` leaves after `reserve_tokens` for the answer and the prompt without the project.
    """

    job_id: str
    turns: tuple[Turn, ...]
    system: str
    prompt_format: PromptFormat
    context_tokens: int
    reserve_tokens: int


@dataclass(frozen=True, slots=True)
class ExplainPrompt:
    """Reader: what a prompt's ids say. Answers PromptExplained.

    `ids` are little-endian uint32 of the tokenizer.model with that SHA-256, wherever it lies by now.
    """

    job_id: str
    ids: bytes
    tokenizer_path: str
    tokenizer_hash: str


@dataclass(frozen=True, slots=True)
class CountTokens:
    """Reader: how many tokens a text has. Answers Counted."""

    job_id: str
    text: str


@dataclass(frozen=True, slots=True)
class FetchModel:
    """Fetcher: download a checkpoint's safetensors and tokenizer files into a folder, or what is missing of them.

    A branch or tag as `revision` is resolved once; what is resumed stays with that commit. Answers Progress, Fetched.
    """

    job_id: str
    repo_id: str
    revision: str
    folder: str
    accepted_licence: str = ""  # the name of the licence that the person accepted; without one nothing is fetched


@dataclass(frozen=True, slots=True)
class DiscardDownload:
    """Fetcher: remove what a download has put into a folder, and nothing else there."""

    job_id: str
    folder: str


Request = (
    LoadModel
    | ProbeMachine
    | UnloadModel
    | Chat
    | Infill
    | Complete
    | UseTokenizer
    | ReadProject
    | RefreshProject
    | PackProject
    | ExplainPrompt
    | CountTokens
    | FetchModel
    | DiscardDownload
)


# --- events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is. `total` 0 means unknown; `rate` is units a second where it was measured."""

    job_id: str
    stage: str  # a phrase for the person: "Reading the prompt"
    done: int
    total: int
    unit: str = ""
    detail: str = ""
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelLoaded:
    job_id: str
    model: ModelInfo


@dataclass(frozen=True, slots=True)
class MachineProbed:
    job_id: str
    machine: MachineFacts


@dataclass(frozen=True, slots=True)
class PromptBuilt:
    """The prompt as it will be read: sizes, and what had to be done to make it fit or safe.

    `ids` are the very ids, as little-endian uint32; `parts` cover them without a gap.
    """

    job_id: str
    prompt_tokens: int
    reused: int
    context_tokens: int
    dropped_turns: int = 0
    disarmed: bool = False  # chat tags in somebody's text were spaced out in the prompt's copy
    trimmed: bool = False  # text far from the gap, or the beginning of what is continued, was left out
    ids: bytes = b""
    parts: tuple[PromptPart, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text; `tokens` is the count generated so far, held-back ones included.

    `logprob` is that of the newest token, where the sampling asked for it; `alternative` says whose text it is where
    several were asked for.
    """

    job_id: str
    text: str
    tokens: int
    logprob: float | None = None
    alternative: int = 0


@dataclass(frozen=True, slots=True)
class FilesRead:
    job_id: str
    rows: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class ProjectRead:
    """A folder has been read. `faults` are sentences about what could not be (unreadable folders, loops)."""

    job_id: str
    root: str
    revision: int
    files_included: int
    files_total: int
    tokens: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectPacked:
    """`left_out` are included files that did not fit, highest rank first; `partial` those packed in part."""

    job_id: str
    packed: Packed
    left_out: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptExplained:
    """What each id of a prompt adds to its text; `controls` are the places of control ids, whose text is their name.

    Of a character that takes several ids, the last one has it.
    """

    job_id: str
    texts: tuple[str, ...]
    controls: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    job_id: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A checkpoint is whole and checked. `revision` is the commit it was fetched at."""

    job_id: str
    folder: str
    repo_id: str
    revision: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done; `stop` and `usage` only where text was asked for (a cancelled job may lack `usage`)."""

    job_id: str
    stop: Stop | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    job_id: str
    error: ErrorReport


Event = (
    Progress
    | ModelLoaded
    | MachineProbed
    | PromptBuilt
    | TextDelta
    | FilesRead
    | ProjectRead
    | ProjectPacked
    | PromptExplained
    | Counted
    | Fetched
    | Finished
    | Failed
)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Not a request: seen by the child's listening thread at once, beside the inbox and never behind a job in it."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Not a job's event: a child's first word, once it listens."""

    role: Role
    pid: int
