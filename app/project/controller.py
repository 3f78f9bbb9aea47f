"""The open folder: the reader reads it and packs it for each question; this shows the results. No thread of its own."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import assert_never

from PySide6.QtCore import QObject, Signal

from app.children.jobs import JobRunner
from app.project.inclusions import Inclusions
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Stop
from engine.messages.jobs import Event, Failed, Finished, Progress, Role
from engine.messages.machine import ModelInfo
from engine.messages.project import (
    FileRow,
    FilesRead,
    PackProject,
    ProjectPacked,
    ProjectRead,
    ReadProject,
    RefreshProject,
    UseTokenizer,
)
from engine.messages.prompts import PromptFormat, Speaker, Turn
from engine.settings import Settings, answer_room
from ui.project.bill import Sent, Totals, plural
from ui.project.pane import ProjectPane
from ui.project.wishes import CloseFolder, Include, ReadAgain, StopReading, WindowWish, Wish

OnPacked = Callable[[ProjectPacked], None]
OnFailed = Callable[[ErrorReport], None]

# Packed once after a reading, to estimate what a question sends that names nothing in particular.
_REHEARSAL = (Turn(Speaker.USER, "What is this project?"),)
_READ_AGAIN = "Read the folder again"


@dataclass(slots=True)
class _Reading:
    """A running reading: its job, and the paths reported so far."""

    job_id: str
    paths: set[str] = field(default_factory=set)
    is_complete: bool = False


class ProjectController(QObject):
    """Holds at most one open folder.

    Signals: `folder_changed(str root)`, "" if none is open.
    Attributes: root ("" for none); revision of the read files.
    """

    folder_changed = Signal(object)  # object: a `str` signal would lose undecodable bytes of a name

    def __init__(
        self,
        jobs: JobRunner,
        pane: ProjectPane,
        settings: Callable[[], Settings],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._pane = pane
        self._settings = settings
        self.root = ""
        self.revision = 0
        self._model: ModelInfo | None = None
        self._tokenizer_hash = ""  # of the reader's tokenizer; "" after the reader died
        self._inclusions = Inclusions()
        self._rows: dict[str, FileRow] = {}
        self._reading: _Reading | None = None
        self._sent: Sent | None = None
        self._rehearsal_id = ""
        pane.wished.connect(self._on_wished)

    @property
    def is_open(self) -> bool:
        return bool(self.root)

    @property
    def rows(self) -> Mapping[str, FileRow]:
        """The row of each file, by its path relative to the root."""
        return MappingProxyType(self._rows)

    @property
    def is_reading(self) -> bool:
        return self._reading is not None

    def open_folder(self, root: str) -> None:
        """Open a folder in place of the open one, and read it."""
        self.close_folder()
        self.root = os.path.abspath(root)
        self._pane.show_folder(os.path.basename(self.root) or self.root, self.root)
        self.folder_changed.emit(self.root)
        self._read()

    def close_folder(self) -> None:
        """Close the folder; chats continue without it."""
        if not self.root:
            return
        self.cancel()
        self.root = ""
        self._reading, self._sent, self._rehearsal_id = None, None, ""
        self._inclusions = Inclusions()
        self._rows = {}
        self._pane.show_empty()
        self.folder_changed.emit("")

    def reload(self) -> None:
        """Read the open folder again; unchanged files cost almost nothing."""
        if self.root:
            self._read()

    def refresh(self) -> None:
        """Count files again that changed on disk, for example after saving one; new files are not looked for."""
        if self.root and self.revision and not self.is_reading and self._tokenizer_hash:
            self._jobs.submit(Role.READER, RefreshProject(self._jobs.new_id()), self._on_refresh_event)

    def cancel(self) -> None:
        """Stop reading; the result of the reading before stays in use."""
        if self._reading is not None:
            self._jobs.cancel(Role.READER, self._reading.job_id)

    def set_model(self, model: ModelInfo | None) -> None:
        """Count and pack for this model from now on; another tokenizer causes a full recount."""
        self._model = model
        self._sent = None
        self._show_summary()
        if model is None:
            return
        if self.root and (model.tokenizer_hash != self._tokenizer_hash or not self.revision):
            self._read()
        else:
            self._use_tokenizer(model)
            self._rehearse()

    def can_count(self) -> bool:
        """Whether the reader has the loaded model's tokenizer, or receives it before its next job.

        A reader that died while a folder was open receives it when the folder is read again.
        """
        model = self._model
        if model is None or (self.root and model.tokenizer_hash != self._tokenizer_hash):
            return False
        self._use_tokenizer(model)
        return True

    def pack(self, turns: Sequence[Turn], system: str, on_packed: OnPacked, on_failed: OnFailed) -> str:
        """Pack the folder for the last of these turns. Later calls one of the two callbacks, neither after a cancel.

        Returns the job's id for `cancel_pack`. If the reader died, the folder is read again first.
        """
        model = self._model
        if not self.root or model is None:
            on_failed(
                ErrorReport(ErrorCode.USAGE, "There is no folder to take along.", "Open a folder and load a model.")
            )
            return ""
        if model.tokenizer_hash != self._tokenizer_hash:
            self._read()
        request = self._pack_request(model, turns, system)
        self._jobs.submit(Role.READER, request, partial(self._on_pack_event, on_packed, on_failed))
        return request.job_id

    def cancel_pack(self, job_id: str) -> None:
        """Cancel a packing; its callbacks are not called any more."""
        self._jobs.cancel(Role.READER, job_id)

    def reader_gone(self, report: ErrorReport) -> None:
        """Note that the reader's process ended by itself. Its state is lost; the shown rows stay."""
        self._tokenizer_hash = ""
        self._reading = None
        if self.root:
            self._end_progress()
            self._pane.set_notice(report.text, report.detail, _READ_AGAIN)

    # --- reading ---

    def _read(self) -> None:
        model = self._model
        if model is None:
            self._pane.set_notice(
                "No model is loaded yet. The folder is read as soon as one is, with its own tokenizer."
            )
            return
        self.cancel()
        self._use_tokenizer(model)
        self._pane.set_notice("")
        self._reading = _Reading(self._jobs.new_id())
        request = ReadProject(
            self._reading.job_id,
            self.root,
            tuple(sorted(self._inclusions.forced)),
            tuple(sorted(self._inclusions.excluded)),
        )
        self._pane.set_progress("Reading the folder", "", 0, 0)
        self._jobs.submit(Role.READER, request, partial(self._on_read_event, self._reading))

    def _use_tokenizer(self, model: ModelInfo) -> None:
        if model.tokenizer_hash == self._tokenizer_hash:
            return
        self._tokenizer_hash = model.tokenizer_hash
        request = UseTokenizer(self._jobs.new_id(), model.tokenizer_path)
        self._jobs.submit(Role.READER, request, self._on_tokenizer_event)

    def _on_tokenizer_event(self, event: Event) -> None:
        if isinstance(event, Failed):
            self._tokenizer_hash = ""

    def _on_read_event(self, reading: _Reading, event: Event) -> None:
        if reading is not self._reading:
            return
        match event:
            case Progress():
                self._pane.set_progress(event.stage, event.detail, event.done, event.total)
            case FilesRead():
                reading.paths.update(row.path for row in event.rows)
                self._put_rows(event.rows)
            case ProjectRead():
                reading.is_complete = True
                self.revision = event.revision
                self._pane.set_notice(*faults_notice(event.faults))
            case Finished():
                self._on_read_finished(reading, event)
            case Failed():
                self._reading = None
                self._end_progress()
                self._pane.set_notice(event.error.text, event.error.detail, _READ_AGAIN)
            case _:
                pass

    def _on_read_finished(self, reading: _Reading, event: Finished) -> None:
        self._reading = None
        if reading.is_complete:
            self._remove_rows(set(self._rows) - reading.paths)
        elif event.stop is Stop.CANCELLED:
            kept = "What was read before is still used." if self.revision else "Questions do without the folder."
            self._pane.set_notice(f"Reading was stopped. {kept}", "", _READ_AGAIN)
        self._sent = None
        self._end_progress()
        self._rehearse()

    def _end_progress(self) -> None:
        self._pane.set_progress("", "", 0, 0)
        self._show_summary()

    def _on_refresh_event(self, event: Event) -> None:
        if isinstance(event, FilesRead) and self.root:
            self._put_rows(event.rows)
            self._show_summary()
            self._rehearse()

    def _put_rows(self, rows: Sequence[FileRow]) -> None:
        self._rows.update((row.path, row) for row in rows)
        self._pane.put_rows(rows)

    def _remove_rows(self, paths: set[str]) -> None:
        for path in paths:
            del self._rows[path]
        self._pane.remove_rows(paths)

    # --- packing ---

    def _pack_request(self, model: ModelInfo, turns: Sequence[Turn], system: str) -> PackProject:
        return PackProject(
            self._jobs.new_id(),
            tuple(turns),
            system,
            model.prompt_format,
            model.context_tokens,
            answer_room(self._settings().chat.max_tokens, model.context_tokens),
            model.wording,
        )

    def _rehearse(self) -> None:
        """Pack for a general question, so that its cost in tokens is known before one is asked."""
        model = self._model
        if model is None or not self.root or not self.revision or model.prompt_format is PromptFormat.COMPLETION:
            return
        request = self._pack_request(model, _REHEARSAL, "")
        self._rehearsal_id = request.job_id
        self._jobs.submit(Role.READER, request, self._on_rehearsal_event)

    def _on_rehearsal_event(self, event: Event) -> None:
        if isinstance(event, ProjectPacked) and event.job_id == self._rehearsal_id:
            self._sent = sent_of(event, is_rehearsal=True)
            self._show_summary()

    def _on_pack_event(self, on_packed: OnPacked, on_failed: OnFailed, event: Event) -> None:
        match event:
            case FilesRead():
                self._put_rows(event.rows)
            case ProjectPacked():
                self._show_packed(event)
                on_packed(event)
            case Failed():
                on_failed(event.error)
            case _:
                pass

    def _show_packed(self, event: ProjectPacked) -> None:
        self._rehearsal_id = ""
        self._sent = sent_of(event, is_rehearsal=False)
        self._pane.mark_sent({span.path for span in event.packed.spans} - set(event.partial), event.partial)
        self._show_summary()

    def _show_summary(self) -> None:
        context_tokens = 0 if self._model is None else self._model.context_tokens
        self._pane.set_summary(totals_of(self._rows.values(), context_tokens), self._sent)

    # --- the pane ---

    def _on_wished(self, wish: Wish) -> None:
        if isinstance(wish, WindowWish):
            return  # handled by the binding
        match wish:
            case ReadAgain():
                self.reload()
            case StopReading():
                self.cancel()
            case CloseFolder():
                self.close_folder()
            case Include(path, wanted):
                self._include(path, wanted)
            case _:
                assert_never(wish)

    def _include(self, path: str, wanted: bool) -> None:
        if wanted:
            self._inclusions.let_in(path, self._rows)
        else:
            self._inclusions.leave_out(path)
        self._read()


def totals_of(rows: Iterable[FileRow], context_tokens: int) -> Totals:
    """The totals of the rows; folders that were not entered don't count as files."""
    files = [row for row in rows if not row.path.endswith("/")]
    included = [row for row in files if row.included]
    return Totals(len(included), len(files), sum(row.tokens or 0 for row in included), context_tokens)


def sent_of(event: ProjectPacked, *, is_rehearsal: bool) -> Sent:
    """The counts of a pack."""
    packed_paths = {span.path for span in event.packed.spans}
    return Sent(
        event.packed.tokens,
        files_whole=len(packed_paths - set(event.partial)),
        files_in_part=len(event.partial),
        files_left_out=len(event.left_out),
        is_rehearsal=is_rehearsal,
    )


def faults_notice(faults: Sequence[str]) -> tuple[str, str]:
    """A notice about unreadable files, and the full list for its tooltip; both empty if there are none."""
    if not faults:
        return "", ""
    more = f" And {plural(len(faults) - 1, 'more place')}." if len(faults) > 1 else ""
    return faults[0] + more, "\n".join(faults)
