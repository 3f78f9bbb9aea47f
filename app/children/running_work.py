"""The work that runs in the children now: its progress, its cost, and how to stop it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QObject, Signal

from engine.messages.generation import Usage
from engine.messages.jobs import Progress


class Work(IntEnum):
    """Kinds of work that can run at once. The lowest value is the most urgent: shown and stopped first."""

    LOADING = 0
    CHAT = 1
    FILL = 2
    DOWNLOAD = 3


@dataclass(slots=True)
class _Running:
    stop: Callable[[], object]
    progress: Progress | None = None  # None while there is nothing to show


class RunningWork(QObject):
    """Controllers report here when work begins, advances and ends; the window shows it.

    Signals: changed, when work begins, advances or ends; context_changed(int used, int total) and
    rate_changed(float tokens a second), both of the latest answer or fill.
    """

    changed = Signal()
    context_changed = Signal(int, int)
    rate_changed = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: dict[Work, _Running] = {}

    @property
    def is_any(self) -> bool:
        """Whether anything runs that can be stopped."""
        return bool(self._running)

    @property
    def shown(self) -> Progress | None:
        """The progress of the most urgent work that reports any."""
        work = self._shown_work
        return None if work is None else self._running[work].progress

    def start(self, work: Work, stop: Callable[[], object]) -> None:
        """Report that work began; `stop` ends it early."""
        self._running.setdefault(work, _Running(stop)).stop = stop
        self.changed.emit()

    def show(self, work: Work, progress: Progress | None) -> None:
        """Report the progress of running work; None shows nothing."""
        self._running[work].progress = progress
        self.changed.emit()

    def end(self, work: Work) -> None:
        """Report that work ended; work that never began is ignored."""
        if self._running.pop(work, None) is not None:
            self.changed.emit()

    def stop(self) -> None:
        """Stop the most urgent work."""
        if self._running:
            self._running[min(self._running)].stop()

    def stop_shown(self) -> None:
        """Stop the work whose progress `shown` is."""
        if self._shown_work is not None:
            self._running[self._shown_work].stop()

    def set_context(self, used: int, total: int) -> None:
        """Report how many tokens of the context are used."""
        self.context_changed.emit(used, total)

    def set_rate(self, tokens_per_s: float) -> None:
        """Report tokens a second; 0 while the rate is unknown."""
        self.rate_changed.emit(tokens_per_s)

    def set_usage(self, usage: Usage) -> None:
        """Report the cost of an answer or fill that ended."""
        self.set_context(usage.prompt_tokens + usage.generated, usage.context_tokens)
        self.set_rate(usage.tokens_per_s)

    @property
    def _shown_work(self) -> Work | None:
        return min((work for work, running in self._running.items() if running.progress is not None), default=None)
