"""Fills gaps: turns a request of the code pane into an Infill job, shows its text as a preview, and offers the choice.

A model that can't fill gaps continues the text before the cursor instead; the preview says so.
"""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QObject, Signal

from app.chat.sent_prompts import sent_prompt
from app.chat.store.records import SentPrompt
from app.children.jobs import JobRunner
from app.children.running_work import RunningWork, Work
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Complete, Infill, PromptBuilt, Stop, TextDelta
from engine.messages.jobs import Event, Failed, Finished, Progress, Role
from engine.messages.machine import ModelInfo
from engine.messages.prompts import Order
from engine.settings import Settings
from engine.text_files import readable
from ui.code.gap import Gap
from ui.code.pane import CodePane
from ui.code.wishes import AcceptFill, DiscardFill, FileWish, FillGap, Wish
from ui.parts.notice import Level, Notice, notice_of

NOTICE_ID = "fill"
# Characters on either side of the gap: far more than the 2,048 tokens that the engine reads around it.
_MOST_CHARS = 100_000
_NO_MODEL = ErrorReport(
    ErrorCode.MODEL_NOT_LOADED,
    "No model is loaded yet, so nothing can be filled in.",
    "Wait until it is loaded, or load one from the Model menu.",
)


class FillController(QObject):
    """Runs one fill at a time, in one document; a new one replaces it.

    Signals: preview_changed(bool), whether a fill is shown.
    Attribute: `prompt`, the prompt of the shown fill.
    """

    preview_changed = Signal(bool)

    def __init__(
        self,
        jobs: JobRunner,
        running: RunningWork,
        pane: CodePane,
        settings: Callable[[], Settings],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._running = running
        self._pane = pane
        self._settings = settings
        self._model: ModelInfo | None = None
        self._document_id: str | None = None  # the document that shows the preview
        self._job_id: str | None = None  # the running job behind the preview
        self._has_text = False
        self._continues = False
        self._is_trimmed = False
        self.prompt: SentPrompt | None = None
        self._doubts_told = ""  # the model whose poor fills were warned of
        pane.wished.connect(self._on_wished)

    @property
    def is_running(self) -> bool:
        return self._job_id is not None

    @property
    def has_preview(self) -> bool:
        return self._document_id is not None

    def set_model(self, model: ModelInfo | None) -> None:
        """Take the model that is loaded now; another model's fill continues until its job ends."""
        self._model = model
        self._pane.set_continues(model is not None and not model.can_infill)

    def accept(self) -> None:
        """Insert the fill, as Tab does; ignored while it is still being generated."""
        if self._document_id is not None and not self.is_running:
            self._accept(self._document_id)

    def discard(self) -> None:
        """Discard the fill, as Esc does; a running one is cancelled."""
        if self._document_id is not None:
            self._discard(self._document_id)

    def stop(self) -> None:
        """Stop a running fill and keep its text so far, to be accepted or discarded."""
        if self._job_id is not None:
            self._jobs.cancel(Role.ENGINE, self._job_id)

    def document_closed(self, document_id: str) -> None:
        """Drop the preview of a document that was closed."""
        if document_id == self._document_id:
            self._leave()

    # --- from the pane ------------------------------------------------------------------------------------------------

    def _on_wished(self, wish: Wish) -> None:
        if isinstance(wish, FileWish):
            return  # app/code/controller.py handles these
        match wish:
            case FillGap(document_id, gap):
                self._fill(document_id, gap)
            case AcceptFill(document_id):
                self._accept(document_id)
            case DiscardFill(document_id):
                self._discard(document_id)
            case _:
                assert_never(wish)

    def _fill(self, document_id: str, gap: Gap) -> None:
        model = self._model
        if model is None:
            notice = Notice(NOTICE_ID, Level.WARN, _NO_MODEL.sentence, _NO_MODEL.next_step)
            self._pane.show_notice(document_id, notice)
            return
        self._leave()
        job_id = self._jobs.new_id()
        self._document_id, self._job_id, self._has_text = document_id, job_id, False
        self.prompt, self._is_trimmed = None, False
        self._continues = not model.can_infill
        self._pane.dismiss_notice(document_id, NOTICE_ID)
        self._tell_doubts(document_id, model)
        self._pane.start_preview(document_id, gap)
        self._running.start(Work.FILL, self.stop)
        self.preview_changed.emit(True)
        self._jobs.submit(Role.ENGINE, self._job(job_id, gap), self._on_event)

    def _accept(self, document_id: str) -> None:
        if document_id == self._document_id:
            self._document_id = None
            self._pane.accept_fill(document_id)
            self.preview_changed.emit(False)

    def _discard(self, document_id: str) -> None:
        if document_id == self._document_id:
            self._leave()

    def _job(self, job_id: str, gap: Gap) -> Infill | Complete:
        settings = self._settings()
        prefix, suffix = readable(gap.prefix[-_MOST_CHARS:]), readable(gap.suffix[:_MOST_CHARS])
        if self._continues:
            return Complete(job_id, prefix, settings.fill)
        return Infill(job_id, prefix, suffix, Order.of(settings.fill_order), settings.fill)

    def _tell_doubts(self, document_id: str, model: ModelInfo) -> None:
        """Tell once for each model why it continues instead of filling, or why its fills may be poor."""
        if not (self._continues or model.infill_note) or self._doubts_told == model.folder:
            return
        self._doubts_told = model.folder
        sentence = model.infill_note or f"{model.name} was not trained to fill gaps."
        next_step = (
            "It continues the text before the cursor instead; what follows is not read."
            if self._continues
            else "Try it, and judge the fills yourself."
        )
        self._pane.show_notice(document_id, Notice(NOTICE_ID, Level.INFO, sentence, next_step))

    def _leave(self) -> None:
        """End the preview and its job; the document is unchanged."""
        document_id, job_id = self._document_id, self._job_id
        self._document_id = self._job_id = None
        if job_id is not None:
            self._jobs.cancel(Role.ENGINE, job_id)  # its later events are ignored
            self._running.end(Work.FILL)
        if document_id is not None:
            self._pane.end_preview(document_id)
            self.preview_changed.emit(False)

    # --- from the engine ----------------------------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        document_id = self._document_id
        if event.job_id != self._job_id or document_id is None:
            return  # a fill that was discarded
        match event:
            case Progress():
                self._pane.show_fill_progress(document_id, progress_words(event))
                self._running.show(Work.FILL, event)
            case PromptBuilt(prompt_tokens=tokens):
                self.prompt = sent_prompt(event, self._model) if self._model is not None else None
                self._is_trimmed = event.trimmed
                where = "before the cursor" if self._continues else "around the gap"
                nearest = "the nearest " if event.trimmed else ""
                self._pane.show_fill_progress(document_id, f"Reading {nearest}{tokens:,} tokens {where}…")
            case TextDelta(text=text, tokens=tokens):
                self._has_text = self._has_text or bool(text)
                self._pane.append_fill(document_id, text)
                doing = "Continuing" if self._continues else "Filling the gap"
                self._pane.show_fill_progress(document_id, f"{doing}… {tokens} tokens")
            case Finished():
                self._on_finished(document_id, event)
            case Failed(error=error):
                self._end_job()
                self._leave()
                self._pane.show_notice(document_id, notice_of_fill(error))

    def _on_finished(self, document_id: str, event: Finished) -> None:
        self._end_job()
        if event.usage is not None:
            self._running.set_usage(event.usage)
        if self._has_text:
            words = ended_words(event, continues=self._continues)
            rest = "; what is further away was not read" if self._is_trimmed else ""
            self._pane.show_fill_ended(document_id, words + rest)
            return
        self._leave()
        if event.stop is not Stop.CANCELLED:
            self._pane.show_notice(document_id, nothing_offered(event.stop, continues=self._continues))

    def _end_job(self) -> None:
        self._job_id = None
        self._running.end(Work.FILL)


def progress_words(progress: Progress) -> str:
    """A stage and its progress, in a few words."""
    return f"{progress.stage} {progress.done * 100 // progress.total} %" if progress.total else f"{progress.stage}…"


def ended_words(finished: Finished, *, continues: bool = False) -> str:
    """The bar's words once a fill can be accepted, with the reason if it was cut short.

    A continuation normally ends at the length limit, so that is not mentioned.
    """
    tokens = finished.usage.generated if finished.usage is not None else 0
    match finished.stop:
        case Stop.LENGTH | Stop.EOS if continues:
            return f"Continued, {tokens} tokens"
        case Stop.LENGTH:
            return f"Cut off at the length limit ({tokens} tokens)" if tokens else "Cut off at the length limit"
        case Stop.CONTEXT:
            return "Cut off: the model's context is full"
        case Stop.CANCELLED:
            return "Stopped"
        case _:
            return f"{tokens} tokens" if tokens else "Done"


def nothing_offered(stop: Stop | None, *, continues: bool = False) -> Notice:
    """The reason why there is nothing to accept."""
    if continues:
        why = "the model thinks that the text ends here"
        next_step = "Write the first words of what you want and continue from there."
    elif stop is Stop.CONTEXT:
        why = "the text around the gap fills the model's whole context"
        next_step = "Shorten the file, or load a model with a longer context."
    else:
        why = "the model thinks that what stands before the gap goes on with what stands behind it"
        next_step = "Select more to replace, or write the first words of what you want and fill from there."
    return Notice(NOTICE_ID, Level.INFO, f"Nothing was offered, because {why}.", next_step)


def notice_of_fill(error: ErrorReport) -> Notice:
    """A failure, and what it means for the document."""
    report = notice_of(error)
    sentence = f"The gap was not filled: {error.sentence} Your text is as it was."
    return Notice(NOTICE_ID, report.level, sentence, error.next_step)
