"""Shows the prompt of an answer or a fill in a window: the stored ids, decoded by the reader."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.chat.store.chat_store import ChatStore
from app.chat.store.records import SentPrompt
from app.children.jobs import JobRunner
from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.messages.generation import PromptBuilt
from engine.messages.jobs import Event, Failed, Role
from engine.messages.machine import ModelInfo
from engine.messages.prompts import ExplainPrompt, PromptExplained
from engine.prompts.prompt import unpack_ids
from ui.prompt.dialog import PromptDialog
from ui.prompt.explained import ExplainedPrompt
from ui.theme.theme_source import ThemeSource

_NOT_KEPT = ErrorReport(
    ErrorCode.USAGE,
    "What the model saw for this answer was not kept.",
    "It is kept for answers that are written from now on.",
)


def sent_prompt(built: PromptBuilt, model: ModelInfo) -> SentPrompt:
    """The prompt of an answer or a fill."""
    return SentPrompt(built.ids, built.parts, model.name, model.tokenizer_path, model.tokenizer_hash)


class SentPrompts(QObject):
    """Opens a window for each requested prompt. Attribute: `dialogs`, the open ones."""

    def __init__(
        self, jobs: JobRunner, store: ChatStore, themes: ThemeSource, window: QWidget, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._store, self._themes, self._window = jobs, store, themes, window
        self.dialogs: list[PromptDialog] = []

    def show_answer(self, answer_id: int) -> None:
        """Show the prompt of an answer."""
        try:
            prompt = self._store.prompt(answer_id)
        except LacunaError as error:
            self._open("an answer").show_failure(error.report)
            return
        self.show_prompt("an answer", prompt)

    def show_prompt(self, subject: str, prompt: SentPrompt | None) -> None:
        """Show the prompt of `subject`; None if it was not stored."""
        dialog = self._open(subject)
        if prompt is None or not prompt.ids:
            dialog.show_failure(_NOT_KEPT)
            return
        request = ExplainPrompt(self._jobs.new_id(), prompt.ids, prompt.tokenizer_path, prompt.tokenizer_hash)
        self._jobs.submit(Role.READER, request, partial(self._on_event, dialog, prompt))

    def _open(self, subject: str) -> PromptDialog:
        dialog = PromptDialog(subject, self._themes.theme, self._window)
        self._themes.changed.connect(dialog.set_theme)
        dialog.finished.connect(partial(self._on_finished, dialog))
        self.dialogs.append(dialog)
        dialog.show()
        return dialog

    def _on_finished(self, dialog: PromptDialog, _result: int) -> None:
        self.dialogs.remove(dialog)
        dialog.deleteLater()

    def _on_event(self, dialog: PromptDialog, prompt: SentPrompt, event: Event) -> None:
        if dialog not in self.dialogs:
            return  # the window was closed before the reader answered
        match event:
            case PromptExplained(texts=texts, controls=controls):
                ids = tuple(unpack_ids(prompt.ids))
                dialog.show_prompt(ExplainedPrompt(prompt.model_name, ids, texts, controls, prompt.parts))
            case Failed(error=error):
                dialog.show_failure(error)
            case _:
                pass
