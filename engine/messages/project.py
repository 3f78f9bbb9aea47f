"""The reader's requests and events: folders, their files, and packs of them for prompts."""

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

    `ids` are little-endian uint32. Every line ends in LF and is encoded without SentencePiece's implicit space, so that
    the pack can be spliced between two texts at line boundaries. `tokenizer_hash` is the SHA-256 of the tokenizer.model
    in use. `disarmed`: chat tags in one of its files were spaced out.
    """

    ids: bytes
    spans: tuple[Span, ...]
    tokenizer_hash: str
    revision: int
    files_total: int
    disarmed: bool = False
    outline_tokens: int = 0  # precede the first file

    @property
    def tokens(self) -> int:
        return len(self.ids) // 4


TAKEN_OUT = "taken out by you"  # the reason on rows that the person excluded


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a project, for the tree and the totals. `path` is relative to the root, with `/`."""

    path: str
    size_bytes: int
    tokens: int | None  # None where the file was not read
    included: bool  # passed the gate
    reason: str = ""  # why not included; empty where it is
    can_force: bool = False  # whether the person may include it all the same
    may_be_secret: bool = False  # the person is asked before it is included; `reason` names the find and its place
    note: str = ""  # parts of an included file that are left out: a notebook's pictures, the rest of long lines


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
    forced: tuple[str, ...] = ()  # relative paths that the person included against the gate's advice
    excluded: tuple[str, ...] = ()  # relative paths that the person excluded


@dataclass(frozen=True, slots=True)
class RefreshProject:
    """Reader: read the project's changed files again. Answers FilesRead with their rows."""

    job_id: str


@dataclass(frozen=True, slots=True)
class PackProject:
    """Reader: pack the read project for a question. Answers ProjectPacked.

    The budget is `context_tokens` less `reserve_tokens` for the answer and less the prompt without the project.
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
    """Reader: count the tokens of a text. Answers Counted."""

    job_id: str
    text: str


@dataclass(frozen=True, slots=True)
class FilesRead:
    job_id: str
    rows: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class ProjectRead:
    """A folder has been read. `faults` are sentences about unreadable parts (folders, loops)."""

    job_id: str
    root: str
    revision: int
    files_included: int
    files_total: int
    tokens: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectPacked:
    """A pack. `left_out` are included files that did not fit, highest rank first; `partial` those packed in part."""

    job_id: str
    packed: Packed
    left_out: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    job_id: str
    tokens: int
