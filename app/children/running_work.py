"""What runs in the children now: how far each kind of work is, what it costs, and how it is stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QObject, Signal

from engine.messages.generation import Usage
from engine.messages.jobs import Progress


class Work(IntEnum):
    """What can run at the same time; the lowest is the most urgent, and is shown and stopped first."""

    LOADING = 0
    CHAT = 1
    FILL = 2
    DOWNLOAD = 3


@dataclass(slots=True)
class _Running:
    stop: Callable[[], object]
    progress: Progress | None = None  # None while there is nothing to show


class RunningWork(QObject):
    """Whoever runs something says here that it began, how far it is and that it ended; the window shows it.

    Signals: changed, when something begins, goes on or ends; context_changed(int used, int total) and
    rate_changed(float tokens a second), of the latest answer or fill.
    """

    changed = Signal()
    context_changed = Signal(int, int)
    rate_changed = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: dict[Work, _Running] = {}

    @property
    def is_any(self) -> bool:
        """Whether there is anything to stop."""
        return bool(self._running)

    @property
    def shown(self) -> Progress | None:
        """How far the most urgent work is that has something to show."""
        work = self._shown_work
        return None if work is None else self._running[work].progress

    def start(self, work: Work, stop: Callable[[], object]) -> None:
        """This work runs from now on; `stop` ends it early."""
        self._running.setdefault(work, _Running(stop)).stop = stop
        self.changed.emit()

    def show(self, work: Work, progress: Progress | None) -> None:
        """How far work that runs is; None when there is nothing to show of it."""
        self._running[work].progress = progress
        self.changed.emit()

    def end(self, work: Work) -> None:
        """This work does not run any more, or never did."""
        if self._running.pop(work, None) is not None:
            self.changed.emit()

    def stop(self) -> None:
        """Stop the most urgent work."""
        if self._running:
            self._running[min(self._running)].stop()

    def stop_shown(self) -> None:
        """Stop the work that `shown` speaks of."""
        if self._shown_work is not None:
            self._running[self._shown_work].stop()

    def set_context(self, used: int, total: int) -> None:
        """How many tokens of the context are used."""
        self.context_changed.emit(used, total)

    def set_rate(self, tokens_per_s: float) -> None:
        """How fast text comes; 0 where nothing can be said."""
        self.rate_changed.emit(tokens_per_s)

    def set_usage(self, usage: Usage) -> None:
        """What an answer or a fill that ended has cost."""
        self.set_context(usage.prompt_tokens + usage.generated, usage.context_tokens)
        self.set_rate(usage.tokens_per_s)

    @property
    def _shown_work(self) -> Work | None:
        return min((work for work, running in self._running.items() if running.progress is not None), default=None)
