"""The reader's service: sets the tokenizer, reads a folder, packs it for a question, counts a text."""

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import ErrorCode, LacunaError
from engine.messages.jobs import Event, Finished, Progress
from engine.messages.project import (
    Counted,
    CountTokens,
    FileRow,
    FilesRead,
    Packed,
    PackProject,
    ProjectPacked,
    ProjectRead,
    ReadProject,
    RefreshProject,
    UseTokenizer,
)
from engine.messages.prompts import ExplainPrompt, PromptExplained
from engine.project.definitions import Definition, find_definitions
from engine.project.descent import Descent
from engine.project.entries import Fault, FoundFile, LeftOut, SourceFile
from engine.project.journal import FileState, Journal
from engine.project.packing import Packer
from engine.project.question import question_of
from engine.project.ranking import count_hits, rank
from engine.project.reading import FileReader
from engine.project.scan import scan
from engine.project.wishes import Wishes
from engine.prompts.chat import fixed_tokens
from engine.prompts.prompt import pack_ids, unpack_ids
from engine.tokens.explanation import explain
from engine.tokens.lines import LineEncoder
from engine.tokens.vocabulary import Vocabulary

Job = Generator[Event, None, Finished]

MAX_FILES = 50_000  # that pass the gate

_EVENT_INTERVAL_S = 0.05
_MAX_ROWS_IN_EVENT = 500
_SEGMENT_CAPACITY = 500_000


@dataclass(frozen=True, slots=True)
class _Project:
    """A folder as last read, and its reader."""

    reader: FileReader
    files: Mapping[str, SourceFile]
    revision: int
    files_total: int


class ReaderService:
    """Holds the tokenizer and the read folder between jobs. In `journal` it notes the file that it is parsing."""

    def __init__(self, journal: Path | None = None) -> None:
        self._journal = Journal(journal)
        self._vocabulary: Vocabulary | None = None
        self._encoder: LineEncoder | None = None
        self._reader: FileReader | None = None
        self._packer: Packer | None = None
        self._project: _Project | None = None
        self._revision = 0
        self._definitions: dict[str, tuple[SourceFile, tuple[Definition, ...]]] = {}

    def handlers(self) -> Mapping[type, Callable[[Any], Job]]:
        """The handler of each request. If a handler raises, the service is unchanged."""
        return {
            UseTokenizer: self.use_tokenizer,
            ReadProject: self.read_project,
            RefreshProject: self.refresh_project,
            PackProject: self.pack_project,
            ExplainPrompt: self.explain_prompt,
            CountTokens: self.count_tokens,
        }

    def use_tokenizer(self, request: UseTokenizer) -> Job:
        """Use another tokenizer; a project that was counted with the old one must be read again."""
        yield Progress(request.job_id, "Opening the tokenizer", 0, 0)
        vocabulary = Vocabulary.open(Path(request.tokenizer_path))
        if self._vocabulary is None or vocabulary.hash != self._vocabulary.hash:
            self._vocabulary = vocabulary
            self._encoder = LineEncoder(vocabulary, _SEGMENT_CAPACITY)
            self._packer = Packer(self._encoder, self._definitions_of)
            self._reader = self._project = None
        return Finished(request.job_id)

    def count_tokens(self, request: CountTokens) -> Job:
        """Count the tokens that a text takes in a prompt."""
        yield Counted(request.job_id, self._require_encoder().count(request.text))
        return Finished(request.job_id)

    def explain_prompt(self, request: ExplainPrompt) -> Job:
        """Decode a prompt's ids, with the tokenizer in use or the one that made them."""
        yield Progress(request.job_id, "Reading the prompt's ids", 0, 0)
        vocabulary = self._vocabulary
        if vocabulary is None or vocabulary.hash != request.tokenizer_hash:
            if not os.path.isfile(request.tokenizer_path):
                raise _no_such_tokenizer()
            vocabulary = Vocabulary.open(Path(request.tokenizer_path))
        if vocabulary.hash != request.tokenizer_hash:
            raise _no_such_tokenizer()
        yield PromptExplained(request.job_id, *explain(vocabulary, unpack_ids(request.ids)))
        return Finished(request.job_id)

    def read_project(self, request: ReadProject) -> Job:
        """Scan and read a folder. The folder read before stays in use until this ends, and if it is cancelled."""
        root = os.path.abspath(request.root)
        encoder = self._require_encoder()
        reader = self._reader
        if reader is None or reader.root != root:
            reader = self._reader = FileReader(root, encoder, self._journal)
        listing = _Listing()
        due = _Due()
        yield from _look_through(request.job_id, root, Wishes.of(request.forced, request.excluded), listing, due)
        files_total = len(listing.found) + sum(not row.path.endswith("/") for row in listing.rows)
        yield from _read_all(request.job_id, reader, listing, due)
        reader.forget_all_but({file.path for file in listing.found})
        project = self._replace_project(reader, listing.files, files_total)
        tokens = sum(file.tokens for file in project.files.values())
        yield ProjectRead(
            request.job_id, root, project.revision, len(project.files), files_total, tokens, tuple(listing.faults)
        )
        return Finished(request.job_id)

    def refresh_project(self, request: RefreshProject) -> Job:
        """Count edited files again. New files are found only by reading the folder."""
        _, _, project = self._require_project()
        yield from self._refresh(request.job_id, project, _Due())
        return Finished(request.job_id)

    def pack_project(self, request: PackProject) -> Job:
        """Pack the folder's present files for the newest question; files edited since the reading get new rows."""
        vocabulary, packer, project = self._require_project()
        room_tokens = request.context_tokens - request.reserve_tokens
        fixed = fixed_tokens(
            vocabulary,
            request.prompt_format,
            request.turns,
            request.system,
            request.context_tokens,
            request.wording,
        )
        budget_tokens = max(0, room_tokens - fixed)
        yield Progress(request.job_id, "Choosing from the folder", 0, len(project.files), "files")
        due = _Due()
        project = yield from self._refresh(request.job_id, project, due)
        question = question_of(request.turns)
        counted: list[tuple[SourceFile, Mapping[str, float]]] = []
        for count, file in enumerate(project.files.values()):
            if due.is_due():
                yield Progress(
                    request.job_id, "Choosing from the folder", count, len(project.files), "files", file.path
                )
            counted.append((file, count_hits(question, file)))
        name = os.path.basename(project.reader.root) or project.reader.root
        pack = packer.pack(name, rank(question, counted), question, budget_tokens)
        packed = Packed(
            pack_ids(pack.ids),
            pack.spans,
            vocabulary.hash,
            project.revision,
            project.files_total,
            disarmed=pack.disarmed,
            outline_tokens=pack.outline_tokens,
        )
        yield ProjectPacked(request.job_id, packed, pack.left_out, pack.partial)
        return Finished(request.job_id)

    def _refresh(self, job_id: str, project: _Project, due: "_Due") -> Generator[Event, None, _Project]:
        """The project with changed files read again; their rows are sent."""
        files: dict[str, SourceFile] = {}
        rows: list[FileRow] = []
        with Descent(project.reader.root) as descent:
            for count, file in enumerate(project.files.values()):
                if due.is_due():
                    yield Progress(job_id, "Looking for changes", count, len(project.files), "files", file.path)
                now = project.reader.read_again(descent, file)
                if isinstance(now, SourceFile):
                    files[now.path] = now
                if now is not file:
                    gone = FileRow(file.path, 0, None, False, "gone from the folder")
                    rows.append(gone if now is None else now.row())
        if not rows:
            return project
        yield FilesRead(job_id, tuple(rows))
        return self._replace_project(project.reader, files, project.files_total)

    def _replace_project(self, reader: FileReader, files: Mapping[str, SourceFile], files_total: int) -> _Project:
        """Store the reading; the revision changes only if something differs from before."""
        before = self._project
        if before is None or before.reader is not reader or before.files != files:
            self._revision += 1
        self._project = _Project(reader, files, self._revision, files_total)
        self._definitions = {path: known for path, known in self._definitions.items() if files.get(path) is known[0]}
        return self._project

    def _definitions_of(self, file: SourceFile) -> Sequence[Definition]:
        """A file's definitions, computed once for each of its states. The journal notes the parsing."""
        known = self._definitions.get(file.path)
        if known is not None and known[0] is file:
            return known[1]
        root = "" if self._project is None else self._project.reader.root
        with self._journal.noting(FileState(os.path.join(root, file.path), file.size_bytes, file.mtime_ns)):
            definitions = find_definitions(file.path, file.text)
        self._definitions[file.path] = (file, definitions)
        return definitions

    def _require_encoder(self) -> LineEncoder:
        if self._encoder is None:
            raise LacunaError(
                ErrorCode.MODEL_NOT_LOADED,
                "No model is loaded, and tokens are counted with the model's own tokenizer.",
                "Load a model first.",
            )
        return self._encoder

    def _require_project(self) -> tuple[Vocabulary, Packer, _Project]:
        self._require_encoder()
        if self._vocabulary is None or self._packer is None or self._project is None:
            raise LacunaError(
                ErrorCode.USAGE,
                "No folder has been read with this model's tokenizer.",
                "Drop the folder again or press F5 to read it.",
            )
        return self._vocabulary, self._packer, self._project


@dataclass(slots=True)
class _Listing:
    """The results of a reading so far; `rows` are those not sent yet."""

    found: list[FoundFile] = field(default_factory=list)
    rows: list[FileRow] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    files: dict[str, SourceFile] = field(default_factory=dict)
    is_cut: bool = False  # more files would have passed

    def add(self, entry: FoundFile | LeftOut | Fault) -> None:
        match entry:
            case FoundFile():
                self.found.append(entry)
            case LeftOut():
                self.rows.append(entry.row())
            case Fault():
                self.faults.append(entry.sentence)

    def read(self, reader: FileReader, descent: Descent, file: FoundFile) -> None:
        if file.excluded:
            self.rows.append(reader.excluded_row(file))
            return
        if len(self.files) >= MAX_FILES:
            self.is_cut = True
            self.rows.append(LeftOut(file.path, file.size_bytes, f"the folder has more than {MAX_FILES:,} files").row())
            return
        outcome = reader.read(descent, file)
        self.rows.append(outcome.row())
        if isinstance(outcome, SourceFile):
            self.files[file.path] = outcome

    def take_rows(self) -> tuple[FileRow, ...]:
        rows, self.rows = tuple(self.rows), []
        return rows


class _Due:
    """Decides when to yield: often enough for cancels and progress, not once per file."""

    def __init__(self) -> None:
        self._last_s = time.monotonic()

    def is_due(self) -> bool:
        now_s = time.monotonic()
        if now_s - self._last_s < _EVENT_INTERVAL_S:
            return False
        self._last_s = now_s
        return True


def _look_through(job_id: str, root: str, wishes: Wishes, listing: _Listing, due: _Due) -> Iterator[Event]:
    yield Progress(job_id, "Looking through the folder", 0, 0, "files")
    for entry in scan(root, wishes):
        listing.add(entry)
        if due.is_due():
            yield Progress(job_id, "Looking through the folder", len(listing.found), 0, "files")


def _read_all(job_id: str, reader: FileReader, listing: _Listing, due: _Due) -> Iterator[Event]:
    total = len(listing.found)
    with Descent(reader.root) as descent:
        for count, file in enumerate(listing.found):
            if due.is_due() or len(listing.rows) >= _MAX_ROWS_IN_EVENT:
                yield Progress(job_id, "Reading the folder", count, total, "files", file.path)
                yield FilesRead(job_id, listing.take_rows())
            listing.read(reader, descent, file)
    yield FilesRead(job_id, listing.take_rows())
    if listing.is_cut:
        listing.faults.append(f"Only the first {MAX_FILES:,} files of the folder are used; the others are left out.")
    yield Progress(job_id, "Reading the folder", total, total, "files")


def _no_such_tokenizer() -> LacunaError:
    return LacunaError(
        ErrorCode.MODEL_MISSING,
        "The tokenizer with which this prompt was made is no longer there, so its ids cannot be read.",
        "Put the model's folder back where it was.",
    )
