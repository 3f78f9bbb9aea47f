"""What the status bar says of running work: loading, reading, answering, filling; one line, the most urgent first."""

from enum import IntEnum

from PySide6.QtCore import QObject

from engine.messages.generation import Usage
from engine.messages.jobs import Progress
from engine.messages.machine import ModelInfo
from ui.parts.figures import stage_of
from ui.window.main_window import MainWindow


class Work(IntEnum):
    """What can run at the same time; the lower one is shown."""

    LOADING = 0
    CHAT = 1
    FILL = 2
    DOWNLOAD = 3


class StatusLine(QObject):
    """Folds the progress of several kinds of work into the one line."""

    def __init__(self, window: MainWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._running: dict[Work, Progress] = {}

    @property
    def shown(self) -> Work | None:
        """What the line speaks of now, which is what its Stop stops."""
        return min(self._running, default=None)

    def set_model(self, model: ModelInfo | None) -> None:
        """Another model, another context."""
        self._window.status.set_context(0, model.context_tokens if model else 0)
        self._window.status.set_rate(0.0)

    def set_work(self, work: Work, progress: Progress | None) -> None:
        """How far some work is; None when it has ended."""
        if progress is None:
            self._running.pop(work, None)
        else:
            self._running[work] = progress
        shown = self.shown
        if shown is None:
            self._window.status.set_stage("", None, False)
            return
        stage = stage_of(self._running[shown])
        self._window.status.set_stage(stage.text, stage.fraction, True)

    def set_usage(self, usage: Usage) -> None:
        """What the last answer or fill cost."""
        self._window.status.set_context(usage.prompt_tokens + usage.generated, usage.context_tokens)
        self._window.status.set_rate(usage.tokens_per_s)
