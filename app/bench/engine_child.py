"""A real engine process with the starter, which writes long answers beside the window under test."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from engine.client import Client
from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.messages.generation import Complete, Usage
from engine.messages.jobs import Event, Failed, Finished, Request, Role
from engine.messages.machine import LoadModel
from engine.settings import Sampling

_TEXT = "class Inventory:\n"
_ANSWERS, _TOKENS = 3, 256
# A high temperature yields text without repetition, so that no draft makes one answer cheaper than another. The seed
# fixes the text.
_SAMPLING = Sampling(temperature=2.0, top_p=1.0, max_tokens=_TOKENS, seed=7)


class EngineChild:
    """A context manager; leaving it ends the process. Every method raises LacunaError if the engine fails."""

    def __init__(self, model_folder: Path) -> None:
        self._model_folder = model_folder
        self._ended = threading.Event()
        self._last: Finished | Failed | None = None
        self._client = Client(Role.ENGINE, self._on_event, self._on_gone)

    def __enter__(self) -> "EngineChild":
        self._client.start()
        try:
            self._run(LoadModel("load", str(self._model_folder), "cpu", is_starter=True), None)
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._client.pid

    def tokens_per_s(self, work: Callable[[], None] | None) -> float:
        """Decoded tokens a second, as the engine counts them, while this thread runs `work`, or waits if it is None.

        A job's events arrive on a thread of this process, as in the window.
        """
        tokens, decode_ms = 0, 0.0
        for number in range(_ANSWERS):
            usage = self._run(Complete(f"answer-{number}", _TEXT, _SAMPLING), work)
            if usage is None or usage.generated < 2:
                raise LacunaError(ErrorCode.INTERNAL, "The starter wrote nothing.", "Run `lacuna self-test`.")
            tokens += usage.generated - 1
            decode_ms += usage.decode_ms
        return tokens / decode_ms * 1000

    def _run(self, request: Request, work: Callable[[], None] | None) -> Usage | None:
        self._ended.clear()
        self._client.submit(request)
        while work is not None and not self._ended.is_set():
            work()
        self._ended.wait()
        if isinstance(self._last, Failed):
            report = self._last.error
            raise LacunaError(report.code, report.sentence, report.next_step, report.detail)
        return self._last.usage if self._last is not None else None

    def _on_event(self, event: Event) -> None:
        """Called on the client's thread. If the process dies, its job ends with `Failed`."""
        if isinstance(event, Finished | Failed):
            self._last = event
            self._ended.set()

    def _on_gone(self, role: Role, report: ErrorReport) -> None:
        """Ignored: the job's `Failed` reports it."""
