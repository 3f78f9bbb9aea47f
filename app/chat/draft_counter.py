"""Counts the tokens of the question that is being typed; the reader does the counting."""

from typing import Protocol

from PySide6.QtCore import QObject

from app.children.jobs import JobRunner
from engine.messages.jobs import Event, Failed, Finished, Role
from engine.messages.project import Counted, CountTokens
from ui.chat.pane import ChatPane
from ui.chat.wishes import CountDraft, Wish


class Tokenizer(Protocol):
    """The reader's tokenizer; `app.project.controller.ProjectController` keeps it in step with the loaded model."""

    def can_count(self) -> bool:
        """Whether the reader has the loaded model's tokenizer, or receives it before its next job."""
        ...


class DraftCounter(QObject):
    """Shows the token count of the composer's text; counts of earlier texts are cancelled."""

    def __init__(
        self, jobs: JobRunner, tokenizer: Tokenizer | None, pane: ChatPane, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._tokenizer, self._pane = jobs, tokenizer, pane
        self._job_id = ""
        pane.wished.connect(self._on_wished)

    def _on_wished(self, wish: Wish) -> None:
        if isinstance(wish, CountDraft):
            self._count(wish.text)

    def _count(self, text: str) -> None:
        job_id, self._job_id = self._job_id, ""
        if job_id:
            self._jobs.cancel(Role.READER, job_id)
        if not text or self._tokenizer is None or not self._tokenizer.can_count():
            self._pane.show_draft_tokens(None)
            return
        self._job_id = self._jobs.new_id()
        self._jobs.submit(Role.READER, CountTokens(self._job_id, text), self._on_event)

    def _on_event(self, event: Event) -> None:
        if event.job_id != self._job_id:
            return  # the text has changed since
        match event:
            case Counted(tokens=tokens):
                self._pane.show_draft_tokens(tokens)
            case Failed():
                self._job_id = ""
                self._pane.show_draft_tokens(None)  # the project pane shows why the reader failed
            case Finished():
                self._job_id = ""
