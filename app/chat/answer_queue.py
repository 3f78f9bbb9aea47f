"""Answers questions one at a time: waits for the model, packs the open folder, follows the job to its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from app.children.jobs import JobRunner
from app.children.running_work import RunningWork, Work
from engine.answers import Answer, fold
from engine.errors import ErrorReport
from engine.messages.generation import Chat, Complete, PromptBuilt, Stop, TextDelta
from engine.messages.jobs import Event, Failed, Finished, Progress, Role
from engine.messages.machine import ModelInfo
from engine.messages.project import Packed, ProjectPacked
from engine.messages.prompts import PromptFormat, Turn
from engine.settings import Settings

_RATE_AFTER_S = 0.5  # a rate measured over less time than this is noise


class Project(Protocol):
    """What questions need of the open folder; `app.project.controller.ProjectController` provides it."""

    @property
    def is_open(self) -> bool: ...

    def can_count(self) -> bool:
        """Whether the reader can count tokens now."""
        ...

    def pack(
        self,
        turns: Sequence[Turn],
        system: str,
        on_packed: Callable[[ProjectPacked], None],
        on_failed: Callable[[ErrorReport], None],
    ) -> str:
        """Choose what is sent with a question. Calls exactly one of the two. Returns an id for `cancel_pack`."""
        ...

    def cancel_pack(self, job_id: str) -> None:
        """Give up a packing; neither callback is called any more."""
        ...


@dataclass(slots=True, eq=False)
class _Run:
    """An unfinished answer. It waits until `is_started`, and has no `job_id` until the folder is packed for it."""

    chat_id: int
    answer: Answer
    turns: tuple[Turn, ...]
    text: str  # the last question as typed; a model that cannot chat continues it
    is_started: bool = False
    is_stopping: bool = False
    pack_id: str = ""
    job_id: str = ""
    prompt_tokens: int = 0
    context_tokens: int = 0
    first_text: tuple[float, int] | None = None  # time of the first text, and tokens until then


class AnswerQueue(QObject):
    """Answers that wait or are being written, in the order of the requests. `settings` is called as each starts.

    Signals:
        changed(int chat id, Answer): the new state of an answer, its last state included.
        grew(Answer, str): text that was appended to an answer.
        ended(int chat id, Answer): the answer has left the queue.
        running_changed(bool): whether the queue holds any answer; while it does, `Work.CHAT` runs.
        prompt_built(Answer, PromptBuilt): the prompt that the model reads for an answer.
    """

    changed = Signal(object, object)
    grew = Signal(object, str)
    ended = Signal(object, object)
    running_changed = Signal(bool)
    prompt_built = Signal(object, object)

    def __init__(
        self,
        jobs: JobRunner,
        running: RunningWork,
        project: Project | None,
        settings: Callable[[], Settings],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._running = running
        self._project = project
        self._settings = settings
        self.model: ModelInfo | None = None
        self._is_loading = False
        self._runs: list[_Run] = []

    def add(self, chat_id: int, answer: Answer, turns: tuple[Turn, ...], text: str) -> None:
        """Queue `answer` as the reply to `turns`; `text` is the last question."""
        self._runs.append(_Run(chat_id, answer, turns, text))
        self.running_changed.emit(True)
        self._go_on()

    def answer(self, answer_id: int) -> Answer | None:
        """The current state of an answer in the queue."""
        return next((run.answer for run in self._runs if run.answer.id == answer_id), None)

    def has_chat(self, chat_id: int | None) -> bool:
        return any(run.chat_id == chat_id for run in self._runs)

    def is_stopping(self, chat_id: int | None) -> bool:
        """Whether this conversation's answer was asked to stop and is still running."""
        return any(run.chat_id == chat_id and run.is_stopping for run in self._runs)

    def stop(self, chat_id: int | None) -> None:
        """Stop this conversation's answer, if one is queued."""
        for run in [run for run in self._runs if run.chat_id == chat_id and not run.is_stopping]:
            self._stop(run)

    def stop_first(self) -> None:
        """Stop the answer that is being written, whatever conversation it belongs to."""
        if self._runs:
            self.stop(self._runs[0].chat_id)

    def give_up(self) -> None:
        """Mark all answers as stopped, because the program ends; their jobs are no longer followed."""
        runs, self._runs = self._runs, []
        for run in runs:
            self.ended.emit(run.chat_id, fold(run.answer, Finished(run.job_id, stop=Stop.CANCELLED)))

    def set_model(self, model: ModelInfo | None) -> None:
        self.model = model
        self._go_on()

    def set_loading(self, is_loading: bool) -> None:
        """Whether a model is being loaded."""
        self._is_loading = is_loading
        self._go_on()

    def _go_on(self) -> None:
        """Start the first answer unless something holds it up, and show what each of the others waits for."""
        if self._runs and self.model is not None and not self._is_loading and not self._runs[0].is_started:
            self._start(self._runs[0], self.model)
        for index, run in enumerate(self._runs):
            if not run.is_started:
                model_wait = "Waiting for the model to load" if self._is_loading else "Waiting for a model"
                self._change(
                    run, replace(run.answer, waits_for="Waiting for the other answer" if index else model_wait)
                )

    def _start(self, run: _Run, model: ModelInfo) -> None:
        run.is_started = True
        if model.prompt_format is PromptFormat.COMPLETION:
            run.answer = replace(run.answer, receipt=replace(run.answer.receipt, is_continuation=True))
            self._submit(run, model, Complete(self._jobs.new_id(), run.text, self._settings().chat))
        elif self._project is not None and self._project.is_open:
            waits_for = "Choosing what of the folder to send"
            self._change(run, replace(run.answer, model_name=model.name, waits_for=waits_for))
            on_packed, on_failed = partial(self._on_packed, run), partial(self._on_pack_failed, run)
            run.pack_id = self._project.pack(run.turns, self._settings().system_prompt, on_packed, on_failed)
        else:
            self._submit(run, model, self._chat(run, None))

    def _on_packed(self, run: _Run, result: ProjectPacked) -> None:
        if run not in self._runs or self.model is None:
            return
        files_packed = len({span.path for span in result.packed.spans})
        receipt = replace(
            run.answer.receipt, files_packed=files_packed, left_out=result.left_out, partial=result.partial
        )
        run.answer = replace(run.answer, receipt=receipt)
        self._submit(run, self.model, self._chat(run, result.packed))

    def _on_pack_failed(self, run: _Run, error: ErrorReport) -> None:
        if run in self._runs:
            self._on_event(run, Failed("", error))

    def _chat(self, run: _Run, packed: Packed | None) -> Chat:
        lane = f"chat {run.chat_id}"  # one lane a chat, so that chats which alternate keep their KV caches
        settings = self._settings()
        return Chat(self._jobs.new_id(), run.turns, settings.system_prompt, packed, settings.chat, lane)

    def _submit(self, run: _Run, model: ModelInfo, request: Chat | Complete) -> None:
        self._change(run, replace(run.answer, model_name=model.name, waits_for="Waiting for the engine"))
        run.job_id = request.job_id
        self._jobs.submit(Role.ENGINE, request, partial(self._on_event, run))

    def _on_event(self, run: _Run, event: Event) -> None:
        if run not in self._runs:
            return
        self._change(run, fold(run.answer, event))
        match event:
            case Progress():
                self._running.show(Work.CHAT, event)
            case PromptBuilt(prompt_tokens=prompt_tokens, context_tokens=context_tokens):
                run.prompt_tokens, run.context_tokens = prompt_tokens, context_tokens
                self._running.set_context(prompt_tokens, context_tokens)
                self.prompt_built.emit(run.answer, event)
            case TextDelta(text=text, tokens=tokens):
                self.grew.emit(run.answer, text)
                self._measure(run, tokens)
            case Finished() | Failed():
                self._end(run)

    def _measure(self, run: _Run, tokens: int) -> None:
        now = monotonic()
        if run.first_text is None:
            run.first_text = (now, tokens)
            self._running.show(Work.CHAT, None)
        elif now - run.first_text[0] > _RATE_AFTER_S:
            self._running.set_rate((tokens - run.first_text[1]) / (now - run.first_text[0]))
        self._running.set_context(run.prompt_tokens + tokens, run.context_tokens)

    def _change(self, run: _Run, answer: Answer) -> None:
        run.answer = answer
        self.changed.emit(run.chat_id, answer)

    def _end(self, run: _Run) -> None:
        self._runs.remove(run)
        usage = run.answer.receipt.usage
        if usage is not None:
            self._running.set_rate(usage.tokens_per_s)
        self._running.show(Work.CHAT, None)
        self.ended.emit(run.chat_id, run.answer)
        self.running_changed.emit(bool(self._runs))
        self._go_on()

    def _stop(self, run: _Run) -> None:
        run.is_stopping = True
        if run.job_id:
            self._jobs.cancel(Role.ENGINE, run.job_id)
            return
        if self._project is not None and run.pack_id:
            self._project.cancel_pack(run.pack_id)
        self._on_event(run, Finished("", stop=Stop.CANCELLED))
