"""Conversations: stores questions, shows and keeps their answers, and searches old ones."""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QObject, QTimer, Signal

from app.chat.answer_queue import AnswerQueue, Project
from app.chat.answer_saver import AnswerSaver
from app.chat.draft_counter import DraftCounter
from app.chat.sent_prompts import sent_prompt
from app.chat.store.chat_store import NEW_CHAT, ChatStore
from app.chat.store.records import Message
from app.chat.turns import entry_of, title_of, turns_of
from app.children.jobs import JobRunner
from app.children.running_work import RunningWork, Work
from engine.answers import Answer, Entry, Question
from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.messages.generation import PromptBuilt
from engine.messages.jobs import Progress
from engine.messages.machine import ModelInfo
from engine.settings import Settings
from ui.chat.availability import availability
from ui.chat.chat_rows import ChatRow
from ui.chat.composer import Sending
from ui.chat.pane import ChatPane
from ui.chat.wishes import (
    CountDraft,
    DeleteChat,
    KeepDraft,
    NewChat,
    Regenerate,
    RenameChat,
    SaveAgain,
    SearchChats,
    Send,
    ShowChat,
    ShowVersion,
    StopAnswer,
    UndoDeletion,
    WindowWish,
    Wish,
)

_UNDO_MS = 30_000
_DAMAGED = ErrorReport(
    ErrorCode.FILE_UNREADABLE,
    "Some of this conversation was damaged on the disk: � stands for what could not be read.",
    "The rest is as it was.",
)


class ChatController(QObject):
    """Shows one conversation. Answers are written one at a time, even while another conversation is shown.

    Signals:
        answer_shown_changed(bool): whether an answer is shown that can be copied or regenerated.
        problem(ErrorReport): a failure that belongs to no answer.
    Attributes: chat_id, the shown conversation; None while it has no question yet.
    """

    answer_shown_changed = Signal(bool)
    problem = Signal(object)

    def __init__(
        self,
        jobs: JobRunner,
        running: RunningWork,
        store: ChatStore,
        pane: ChatPane,
        settings: Callable[[], Settings],
        project: Project | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._running, self._store, self._pane = running, store, pane
        self._loading: Progress | None = None
        self._deleted_id: int | None = None
        self._send_failed = self._draft_failed = False
        self.chat_id: int | None = None
        self._saver = AnswerSaver(store, self)
        self._queue = AnswerQueue(jobs, running, project, settings, self)
        self._counter = DraftCounter(jobs, project, pane, self)
        self._undo = QTimer(self, singleShot=True, interval=_UNDO_MS)
        self._connect(pane)
        self._restore()

    # --- from other rooms ---------------------------------------------------------------------------------------------

    def set_model(self, model: ModelInfo | None) -> None:
        self._pane.set_model(model)
        self._queue.set_model(model)

    def set_loading(self, progress: Progress | None) -> None:
        """Progress of a model that is being loaded; None when none is."""
        self._loading = progress
        self._pane.set_loading(progress)
        self._queue.set_loading(progress is not None)

    def may_close(self) -> bool:
        """Whether everything typed and answered is on disk, so that the program can end."""
        has_draft = self._save_draft(self._pane.draft)
        self._saver.flush()
        return has_draft and not self._saver.is_failing

    def close(self) -> None:
        """Write everything to disk before the window closes. Afterwards the store can be closed."""
        self._pane.blockSignals(True)  # its signals have no receiver from here on
        self._save_draft(self._pane.draft)
        self._queue.give_up()
        self._saver.close()
        self._purge()

    # --- what the person asks for -------------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """Store a question and queue its answer. If it cannot be stored, it stays in the composer."""
        if self._refuses() or self._queue.has_chat(self.chat_id):
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
        self._queue.add(asked.chat_id, answer, turns, text)
        self._show_sending()

    def regenerate(self) -> None:
        """Answer the last question again; the present answer is kept as another version."""
        if self.chat_id is None or self._refuses() or self._queue.has_chat(self.chat_id):
            return
        try:
            self._store.answer_again(self._store.branch(self.chat_id)[-1].id, self._model_name)
            branch = self._store.branch(self.chat_id)
        except LacunaError as error:
            self.problem.emit(error.report)
            return
        last = branch[-1]
        answer = Answer(last.id, model_name=self._model_name, version=last.version, versions=last.versions)
        self._pane.replace_last_answer(answer)
        self._queue.add(self.chat_id, answer, turns_of(branch[:-1]), branch[-2].text)
        self._show_sending()

    def stop(self) -> None:
        """Stop the shown conversation's answer, or else the one being written in another conversation."""
        if self._queue.has_chat(self.chat_id):
            self._queue.stop(self.chat_id)
        else:
            self._queue.stop_first()
        self._show_sending()

    def new_chat(self) -> None:
        """Show an empty conversation; it is stored with its first question."""
        self._show(None)

    # --- answers ------------------------------------------------------------------------------------------------------

    @property
    def _model_name(self) -> str:
        return self._queue.model.name if self._queue.model is not None else ""

    def _refuses(self) -> bool:
        """Whether questions are refused now; if so, the reason has been shown."""
        reason = availability(self._queue.model, self._loading).refusal
        if reason:
            self.problem.emit(ErrorReport(ErrorCode.MODEL_NOT_LOADED, reason, "Choose another model, then ask again."))
        return bool(reason)

    def _on_answer_changed(self, chat_id: int, answer: Answer) -> None:
        if chat_id == self.chat_id:
            self._pane.show_answer(answer)

    def _on_prompt_built(self, answer: Answer, built: PromptBuilt) -> None:
        """Store the prompt. The answer is of use without it, so a failure is reported and stops nothing."""
        model = self._queue.model
        if model is not None:
            self._did(self._store.keep_prompt, answer.id, sent_prompt(built, model))

    def _on_answer_ended(self, _chat_id: int, answer: Answer) -> None:
        self._saver.end(answer)
        self._show_sending()

    def _on_running_changed(self, is_running: bool) -> None:
        if is_running:
            self._running.start(Work.CHAT, self.stop)
        else:
            self._running.end(Work.CHAT)

    def _show_sending(self) -> None:
        is_running = self._queue.has_chat(self.chat_id)
        running = Sending.STOPPING if self._queue.is_stopping(self.chat_id) else Sending.STOP
        self._pane.set_sending(running if is_running else Sending.SEND)
        self.answer_shown_changed.emit(self.chat_id is not None)

    # --- conversations ------------------------------------------------------------------------------------------------

    def _connect(self, pane: ChatPane) -> None:
        pane.wished.connect(self._on_wished)
        self._undo.timeout.connect(self._purge)
        self._saver.warned.connect(pane.set_save_warning)
        queue = self._queue
        queue.changed.connect(self._on_answer_changed)
        queue.grew.connect(self._saver.grow)
        queue.prompt_built.connect(self._on_prompt_built)
        queue.ended.connect(self._on_answer_ended)
        queue.running_changed.connect(self._on_running_changed)

    def _on_wished(self, wish: Wish) -> None:
        if isinstance(wish, CountDraft | WindowWish):
            return  # for the counter, and for whoever connects the chat to the window's other parts
        match wish:
            case Send(text):
                self.send(text)
            case StopAnswer():
                self.stop()
            case Regenerate():
                self.regenerate()
            case ShowVersion(answer_id, step):
                self._show_version(answer_id, step)
            case NewChat():
                self.new_chat()
                self._pane.focus_composer()
            case ShowChat(chat_id):
                self._show(chat_id)
            case RenameChat(chat_id, title):
                self._rename(chat_id, title)
            case DeleteChat(chat_id):
                self._delete(chat_id)
            case UndoDeletion():
                self._undo_deletion()
            case SearchChats(text):
                self._search(text)
            case KeepDraft(text):
                self._save_draft(text)
            case SaveAgain():
                self._save_again()
            case _:
                assert_never(wish)

    def _restore(self) -> None:
        """Restore the last view: the question that was being typed, or else the latest conversation."""
        try:
            chats = [] if self._store.draft(NEW_CHAT) else self._store.chats()
        except LacunaError as error:
            self.problem.emit(error.report)
            chats = []
        self._load(chats[0].id if chats else None)

    def _show(self, chat_id: int | None) -> None:
        """Show another conversation, unless that would lose what is typed in this one."""
        typed = self._pane.draft
        is_kept = self._save_draft(typed)
        if is_kept or chat_id == self.chat_id:
            self._load(chat_id, None if is_kept else typed)

    def _load(self, chat_id: int | None, typed: str | None = None) -> None:
        """Show a conversation from the store, with `typed` in the composer instead of its stored draft."""
        try:
            title = self._store.title(chat_id) if chat_id is not None else ""
            branch = self._store.branch(chat_id) if chat_id is not None else []
            draft = self._store.draft(chat_id if chat_id is not None else NEW_CHAT)
        except LacunaError as error:
            self.problem.emit(error.report)
            return
        if any(message.is_damaged for message in branch):
            self.problem.emit(_DAMAGED)
        self.chat_id = chat_id
        self._pane.show_chat(chat_id, title, [self._entry(message) for message in branch], typed or draft)
        self._show_sending()

    def _entry(self, message: Message) -> Entry:
        """The current state of a message; the store may lag behind it."""
        return self._queue.answer(message.id) or self._saver.unsaved(message.id) or entry_of(message)

    def _save_draft(self, text: str) -> bool:
        """Store what is typed. False if the disk refused it; the text must then stay in the composer."""
        try:
            self._store.save_draft(self.chat_id if self.chat_id is not None else NEW_CHAT, text)
        except LacunaError as error:
            self._draft_failed = bool(text)
            if text:
                self._pane.set_save_warning(f"{error.report.text} What you typed stays here until then.")
            return not text
        if self._draft_failed:
            self._draft_failed = False
            self._pane.set_save_warning("")
        return True

    def _search(self, text: str) -> None:
        try:
            chats = self._store.chats(text)
        except LacunaError as error:
            self.problem.emit(error.report)
            return
        self._pane.set_chats([ChatRow(chat.id, chat.title, chat.updated_at, chat.excerpt) for chat in chats])

    def _rename(self, chat_id: int, title: str) -> None:
        if self._did(self._store.rename, chat_id, title) and chat_id == self.chat_id:
            self._pane.set_title(title)
        self._search(self._pane.chat_search)

    def _delete(self, chat_id: int) -> None:
        """Hide a conversation at once, and delete it when undo is no longer offered."""
        self._queue.stop(chat_id)
        self._purge()
        if not self._did(self._set_deleted, chat_id):
            return
        if chat_id == self.chat_id:
            self._load(None)
        self._search(self._pane.chat_search)

    def _set_deleted(self, chat_id: int) -> None:
        title = self._store.title(chat_id)
        self._store.set_deleted(chat_id, True)
        self._deleted_id = chat_id
        self._pane.offer_undo(title)
        self._undo.start()

    def _undo_deletion(self) -> None:
        if self._deleted_id is not None and self._did(self._store.set_deleted, self._deleted_id, False):
            chat_id, self._deleted_id = self._deleted_id, None
            self._undo.stop()
            self._pane.offer_undo("")
            self._show(chat_id)
            self._search(self._pane.chat_search)

    def _purge(self) -> None:
        self._undo.stop()
        self._deleted_id = None
        self._pane.offer_undo("")
        self._did(self._store.purge_deleted)

    def _show_version(self, answer_id: int, step: int) -> None:
        if not self._queue.has_chat(self.chat_id) and self._did(self._store.show_version, answer_id, step):
            self._show(self.chat_id)

    def _save_again(self) -> None:
        self._saver.flush()
        if self._send_failed:
            self._pane.send()
        else:
            self._save_draft(self._pane.draft)

    def _did(self, change: Callable[..., object], *values: object) -> bool:
        """Make a change in the store; a failure is reported."""
        try:
            change(*values)
        except LacunaError as error:
            self.problem.emit(error.report)
            return False
        return True
