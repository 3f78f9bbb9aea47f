"""The reader's requests and events: folders, their files, and what of them goes into a prompt."""

from dataclasses import dataclass

from engine.messages.prompts import ChatWording, PromptFormat, Turn


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
    may_be_secret: bool = False  # letting it in is worth a question: `reason` names what was found and where
    note: str = ""  # what an included file leaves out of itself: a notebook's pictures, the rest of long lines


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
    wording: ChatWording | None = None  # as in ModelInfo


@dataclass(frozen=True, slots=True)
class CountTokens:
    """Reader: how many tokens a text has. Answers Counted."""

    job_id: str
    text: str


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
class Counted:
    job_id: str
    tokens: int
