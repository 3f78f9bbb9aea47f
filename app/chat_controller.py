"""Conversations: stores what is asked, has it answered one at a time, shows and keeps the answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.answer_saver import AnswerSaver
from app.chat_turns import entry_of, title_of, turns_of
from app.jobs import JobRunner
from app.store.chat_store import NEW_CHAT, ChatStore
from app.store.records import Message
from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.messages import (
    Chat,
    Event,
    Failed,
    Finished,
    ModelInfo,
    Packed,
    Progress,
    ProjectPacked,
    PromptBuilt,
    PromptFormat,
    Role,
    Stop,
    TextDelta,
    Turn,
)
from engine.settings import Settings
from ui.chat.availability import availability
from ui.chat.chat_rows import ChatRow
from ui.chat.composer import Sending
from ui.chat.pane import ChatPane
from ui.chat.transcript import Answer, Entry, Question, fold

_UNDO_MS = 30_000
_RATE_AFTER_S = 0.5


class Project(Protocol):
    """The open folder, as far as questions need it; `app.project_controller.ProjectController` is one."""

    @property
    def is_open(self) -> bool: ...

    def pack(
        self,
        turns: Sequence[Turn],
        system: str,
        on_packed: Callable[[ProjectPacked], None],
        on_failed: Callable[[ErrorReport], None],
    ) -> str:
        """Choose what goes along with a question; one of the two is called. Returns an id for `cancel_pack`."""
        ...

    def cancel_pack(self, job_id: str) -> None:
        """Neither is called any more."""
        ...


@dataclass(slots=True, eq=False)
class _Run:
    """An answer on its way. It waits until `is_started`; while the folder is packed for it there is no `job_id` yet."""

    chat_id: int
    answer: Answer
    turns: tuple[Turn, ...]
    is_started: bool = False
    pack_id: str = ""
    job_id: str = ""
    is_stopping: bool = False
    prompt_tokens: int = 0
    context_tokens: int = 0
    first_text: tuple[float, int] | None = field(default=None)  # when it came, and the tokens so far


class ChatController(QObject):
    """One conversation is shown; answers are written one at a time, also while another conversation is shown.

    Signals:
        answering_changed(bool): whether any answer is on its way (what Stop is for).
        stage_changed(Progress | None): the running answer's stage; None when there is none to show.
        context_changed(int used, int total), rate_changed(float tokens a second): of the running answer.
        answer_shown_changed(bool): whether there is an answer to copy or to write anew.
        problem(ErrorReport): what belongs to no answer.
    """

    answering_changed = Signal(bool)
    stage_changed = Signal(object)
    context_changed = Signal(int, int)
    rate_changed = Signal(float)
    answer_shown_changed = Signal(bool)
    problem = Signal(object)

    def __init__(
        self,
        jobs: JobRunner,
        store: ChatStore,
        pane: ChatPane,
        settings: Settings,
        project: Project | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._store, self._pane, self._project = jobs, store, pane, project
        self._settings = settings
        self._model: ModelInfo | None = None
        self._loading: Progress | None = None
        self._runs: list[_Run] = []
        self._deleted_id: int | None = None
        self._send_failed = False
        self.chat_id: int | None = None
        self._saver = AnswerSaver(store, self)
        self._saver.warned.connect(pane.set_save_warning)
        self._undo = QTimer(self, singleShot=True, interval=_UNDO_MS)
        self._undo.timeout.connect(self._purge)
        self._connect(pane)
        self.use(settings)
        self._restore()

    # --- what others tell ---------------------------------------------------------------------------------------------

    def use(self, settings: Settings) -> None:
        """Take sampling, system prompt and keys from these settings, from the next answer on."""
        self._settings = settings
        self._pane.set_sends_with_ctrl(settings.send_with_ctrl_enter)

    def set_model(self, model: ModelInfo | None) -> None:
        self._model = model
        self._pane.set_model(model)
        self._go_on()

    def set_loading(self, progress: Progress | None) -> None:
        """How far a model that is being loaded is; None when none is."""
        self._loading = progress
        self._pane.set_loading(progress)
        self._go_on()

    def close(self) -> None:
        """Before the window goes: everything that was said is on disk, as far as it came."""
        self._save_draft(self._pane.draft)
        for run in self._runs:
            self._saver.end(fold(run.answer, Finished(run.job_id, stop=Stop.CANCELLED)))
        self._runs.clear()
        self._saver.flush()
        self._purge()

    # --- what the person asks for -------------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """Store a question and have it answered. Where it cannot be stored it stays in the composer."""
        if self._refuses() or self._run_of(self.chat_id) is not None:
            return
        title = "" if self.chat_id is not None else title_of(text)
        try:
            asked = self._store.ask(self.chat_id, title, text, self._model_name)
            turns = turns_of(self._store.branch(asked.chat_id)[:-1])
        except LacunaError as error:
            self._send_failed = True
            self._pane.set_save_warning(error.report.text)
            return
        self._send_failed = False
        self._pane.set_save_warning("")
        self._pane.clear_composer()
        if self.chat_id is None:
            self.chat_id = asked.chat_id
            self._pane.set_chat(asked.chat_id, title)
        answer = Answer(asked.answer_id, model_name=self._model_name)
        self._pane.append_entries(Question(asked.question_id, text), answer)
        self._enqueue(_Run(asked.chat_id, answer, turns))

    def regenerate(self) -> None:
        """Answer the last question again; the present answer stays as another version."""
        if self.chat_id is None or self._refuses() or self._run_of(self.chat_id) is not None:
            return
        try:
            branch = self._store.branch(self.chat_id)
            if not branch:
                return
            self._store.answer_again(branch[-1].id, self._model_name)
            branch = self._store.branch(self.chat_id)
        except LacunaError as error:
            self.problem.emit(error.report)
            return
        last = branch[-1]
        answer = Answer(last.id, model_name=self._model_name, version=last.version, versions=last.versions)
        self._pane.replace_last_answer(answer)
        self._enqueue(_Run(self.chat_id, answer, turns_of(branch[:-1])))

    def stop(self) -> None:
        """Stop the answer of the shown conversation, else the one that is being written elsewhere."""
        run = self._run_of(self.chat_id) or (self._runs[0] if self._runs else None)
        if run is not None and not run.is_stopping:
            self._stop(run)

    def new_chat(self) -> None:
        """Show an empty conversation; it begins to exist with its first question."""
        self._show(None)

    # --- answers ------------------------------------------------------------------------------------------------------

    @property
    def _model_name(self) -> str:
        return self._model.name if self._model is not None else ""

    def _refuses(self) -> bool:
        """Whether nothing can be asked now; the pane says why."""
        reason = availability(self._model, self._loading).refusal
        if reason:
            self.problem.emit(ErrorReport(ErrorCode.MODEL_NOT_LOADED, reason, "Choose another model, then ask again."))
        return bool(reason)

    def _run_of(self, chat_id: int | None) -> _Run | None:
        return next((run for run in self._runs if run.chat_id == chat_id), None)

    def _enqueue(self, run: _Run) -> None:
        self._runs.append(run)
        self.answering_changed.emit(True)
        self._go_on()
        self._show_sending()

    def _go_on(self) -> None:
        """Start the first answer where nothing keeps it, and say of all others what they wait for."""
        if self._runs and self._model is not None and self._loading is None and not self._runs[0].is_started:
            self._start(self._runs[0], self._model)
        for index, run in enumerate(self._runs):
            if not run.is_started:
                reason = "Waiting for the other answer" if index else self._model_wait()
                self._change(run, replace(run.answer, waits_for=reason))

    def _model_wait(self) -> str:
        return "Waiting for the model to load" if self._loading is not None else "Waiting for a model"

    def _start(self, run: _Run, model: ModelInfo) -> None:
        run.is_started = True
        if model.prompt_format is PromptFormat.COMPLETION:
            state = availability(model, None)
            self._on_event(
                run, Failed("", ErrorReport(ErrorCode.UNSUPPORTED, state.refusal, "Load an Instruct model."))
            )
            return
        self._change(run, replace(run.answer, model_name=model.name, waits_for="Choosing what of the folder to send"))
        if self._project is not None and self._project.is_open:
            on_packed, on_failed = partial(self._on_packed, run), partial(self._on_pack_failed, run)
            run.pack_id = self._project.pack(run.turns, self._settings.system_prompt, on_packed, on_failed)
        else:
            self._submit(run, None)

    def _on_packed(self, run: _Run, result: ProjectPacked) -> None:
        if run not in self._runs:
            return  # stopped meanwhile
        files = {span.path for span in result.packed.spans}
        receipt = replace(run.answer.receipt, files_packed=len(files), left_out=result.left_out, partial=result.partial)
        run.answer = replace(run.answer, receipt=receipt)
        self._submit(run, result.packed)

    def _on_pack_failed(self, run: _Run, error: ErrorReport) -> None:
        if run in self._runs:
            self._on_event(run, Failed("", error))

    def _submit(self, run: _Run, packed: Packed | None) -> None:
        self._change(run, replace(run.answer, waits_for="Waiting for the engine"))
        run.job_id = self._jobs.new_id()
        request = Chat(run.job_id, run.turns, self._settings.system_prompt, packed, self._settings.chat)
        self._jobs.submit(Role.ENGINE, request, partial(self._on_event, run))

    def _on_event(self, run: _Run, event: Event) -> None:
        self._change(run, fold(run.answer, event))
        match event:
            case Progress():
                self.stage_changed.emit(event)
            case PromptBuilt(prompt_tokens=prompt_tokens, context_tokens=context_tokens):
                run.prompt_tokens, run.context_tokens = prompt_tokens, context_tokens
                self.context_changed.emit(prompt_tokens, context_tokens)
            case TextDelta(text=text, tokens=tokens):
                self._saver.grow(run.answer, text)
                self._measure(run, tokens)
            case Finished() | Failed():
                self._end(run)

    def _measure(self, run: _Run, tokens: int) -> None:
        now = monotonic()
        if run.first_text is None:
            run.first_text = (now, tokens)
            self.stage_changed.emit(None)
        elif now - run.first_text[0] > _RATE_AFTER_S:
            self.rate_changed.emit((tokens - run.first_text[1]) / (now - run.first_text[0]))
        self.context_changed.emit(run.prompt_tokens + tokens, run.context_tokens)

    def _change(self, run: _Run, answer: Answer) -> None:
        run.answer = answer
        if run.chat_id == self.chat_id:
            self._pane.show_answer(answer)

    def _end(self, run: _Run) -> None:
        self._runs.remove(run)
        self._saver.end(run.answer)
        usage = run.answer.receipt.usage
        if usage is not None:
            self.rate_changed.emit(usage.tokens_per_s)
        self.stage_changed.emit(None)
        self.answering_changed.emit(bool(self._runs))
        self._show_sending()
        self._go_on()

    def _stop(self, run: _Run) -> None:
        run.is_stopping = True
        self._show_sending()
        if run.job_id:
            self._jobs.cancel(Role.ENGINE, run.job_id)
        else:
            if self._project is not None and run.pack_id:
                self._project.cancel_pack(run.pack_id)
            self._on_event(run, Finished("", stop=Stop.CANCELLED))

    def _show_sending(self) -> None:
        run = self._run_of(self.chat_id)
        if run is None:
            self._pane.set_sending(Sending.SEND)
        else:
            self._pane.set_sending(Sending.STOPPING if run.is_stopping else Sending.STOP)
        self.answer_shown_changed.emit(self.chat_id is not None)

    # --- conversations ------------------------------------------------------------------------------------------------

    def _connect(self, pane: ChatPane) -> None:
        pane.sent.connect(self.send)
        pane.stop_requested.connect(self.stop)
        pane.regenerate_requested.connect(self.regenerate)
        pane.new_chat_requested.connect(self.new_chat)
        pane.chat_chosen.connect(self._show)
        pane.chat_renamed.connect(self._on_renamed)
        pane.chat_deleted.connect(self._on_deleted)
        pane.deletion_undone.connect(self._on_deletion_undone)
        pane.chats_searched.connect(self._on_searched)
        pane.version_requested.connect(self._on_version_requested)
        pane.draft_changed.connect(self._save_draft)
        pane.save_retried.connect(self._on_save_retried)

    def _restore(self) -> None:
        """Show what was shown last: a question that was being typed, else the latest conversation."""
        try:
            chats = [] if self._store.draft(NEW_CHAT) else self._store.chats()
        except LacunaError as error:
            self.problem.emit(error.report)
            chats = []
        self._load(chats[0].id if chats else None)

    def _show(self, chat_id: int | None) -> None:
        self._save_draft(self._pane.draft)
        self._load(chat_id)

    def _load(self, chat_id: int | None) -> None:
        try:
            title = self._store.title(chat_id) if chat_id is not None else ""
            branch = self._store.branch(chat_id) if chat_id is not None else []
            draft = self._store.draft(chat_id if chat_id is not None else NEW_CHAT)
        except LacunaError as error:
            self.problem.emit(error.report)
            return
        self.chat_id = chat_id
        self._pane.show_chat(chat_id, title, [self._entry(message) for message in branch], draft)
        self._show_sending()

    def _entry(self, message: Message) -> Entry:
        """A message as it is now, which may be ahead of the store."""
        run = next((run for run in self._runs if run.answer.id == message.id), None)
        if run is not None:
            return run.answer
        return self._saver.unsaved(message.id) or entry_of(message)

    def _save_draft(self, text: str) -> None:
        try:
            self._store.save_draft(self.chat_id if self.chat_id is not None else NEW_CHAT, text)
        except LacunaError as error:
            self._pane.set_save_warning(error.report.text)

    def _on_searched(self, text: str) -> None:
        try:
            chats = self._store.chats(text)
        except LacunaError as error:
            self.problem.emit(error.report)
            return
        self._pane.set_chats([ChatRow(chat.id, chat.title, chat.updated_at, chat.excerpt) for chat in chats])

    def _on_renamed(self, chat_id: int, title: str) -> None:
        if self._did(self._store.rename, chat_id, title) and chat_id == self.chat_id:
            self._pane.set_title(title)
        self._on_searched("")

    def _on_deleted(self, chat_id: int) -> None:
        """Out of sight at once, really gone when it can no longer be undone."""
        run = self._run_of(chat_id)
        if run is not None:
            self._stop(run)
        self._purge()
        if not self._did(self._store.set_deleted, chat_id, True):
            return
        self._deleted_id = chat_id
        self._pane.offer_undo(self._store.title(chat_id))
        self._undo.start()
        if chat_id == self.chat_id:
            self._load(None)
        self._on_searched("")

    def _on_deletion_undone(self) -> None:
        if self._deleted_id is not None and self._did(self._store.set_deleted, self._deleted_id, False):
            chat_id, self._deleted_id = self._deleted_id, None
            self._undo.stop()
            self._pane.offer_undo("")
            self._show(chat_id)
            self._on_searched("")

    def _purge(self) -> None:
        self._undo.stop()
        self._deleted_id = None
        self._pane.offer_undo("")
        self._did(self._store.purge_deleted)

    def _on_version_requested(self, answer_id: int, step: int) -> None:
        if self._run_of(self.chat_id) is None and self._did(self._store.show_version, answer_id, step):
            self._show(self.chat_id)

    def _on_save_retried(self) -> None:
        self._saver.flush()
        if self._send_failed:
            self._pane.send()
        else:
            self._save_draft(self._pane.draft)

    def _did(self, change: Callable[..., object], *values: object) -> bool:
        """Make a change in the store; where that fails, say so."""
        try:
            change(*values)
        except LacunaError as error:
            self.problem.emit(error.report)
            return False
        return True
