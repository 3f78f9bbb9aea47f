"""Runs jobs on a worker in the calling process: the same class as in the children, without pipe or Qt.

Ctrl+C and SIGTERM cancel a job. If SIGINT was ignored at the start, it stays ignored: shells start background commands
of a script that way, so that Ctrl+C ends only the foreground. Such a command is stopped by SIGTERM, which CI systems
send too, so SIGTERM must not lose the text that the job has made.
"""

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from queue import Empty, SimpleQueue
from types import FrameType

from engine.errors import LacunaError
from engine.messages.jobs import Event, Failed, Finished, Request
from engine.worker import Handler, Worker

_CANCEL_TIMEOUT_S = 1.0  # a cancelled job ends within a token; one that takes longer is stuck in a native call


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Interrupt:
    """Represents Ctrl+C or SIGTERM in the queue."""


class LocalJobs:
    """One worker and the queue of its events. Jobs run one after the other."""

    def __init__(self, handlers: Mapping[type, Handler], name: str) -> None:
        self._events: SimpleQueue[Event | _Interrupt] = SimpleQueue()
        self._worker = Worker(handlers, self._events.put, name)
        self._worker.start()
        self._ids = count(1)

    def new_id(self) -> str:
        return f"job-{next(self._ids)}"

    def run(self, request: Request) -> Iterator[Event]:
        """Run a job and yield its events, `Finished` last. Closing the generator cancels the job.

        Raises LacunaError if the job fails. Ctrl+C and SIGTERM cancel it, and its `Finished` still comes. A second
        Ctrl+C, or a job that does not end, raises KeyboardInterrupt; a second SIGTERM ends the process.
        """
        with _interrupts_to(self._events):
            self._worker.submit(request)
            try:
                yield from self._events_of(request.job_id)
            finally:
                self._worker.cancel(request.job_id)

    def close(self, timeout_s: float = 0.5) -> bool:
        """End the worker; False if it is still inside a native call."""
        return self._worker.close(timeout_s)

    def _events_of(self, job_id: str) -> Iterator[Event]:
        timeout_s: float | None = None
        while True:
            try:
                event = self._events.get(timeout=timeout_s)
            except Empty:
                raise KeyboardInterrupt from None
            if isinstance(event, _Interrupt):
                self._worker.cancel(job_id)
                timeout_s = _CANCEL_TIMEOUT_S
            elif event.job_id == job_id:  # else it belongs to an abandoned job
                if isinstance(event, Failed):
                    report = event.error
                    raise LacunaError(report.code, report.sentence, report.next_step, report.detail)
                yield event
                if isinstance(event, Finished):
                    return


@contextmanager
def _interrupts_to(events: "SimpleQueue[Event | _Interrupt]") -> Iterator[None]:
    """Queue the first signal; a second one has its usual effect. An ignored signal stays ignored."""
    is_main = threading.current_thread() is threading.main_thread()  # only the main thread may set handlers
    earlier = {number: signal.getsignal(number) for number in _SIGNALS} if is_main else {}
    heard = [number for number, handler in earlier.items() if handler is not signal.SIG_IGN]

    def on_signal(number: int, frame: FrameType | None) -> None:
        for each in heard:
            signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)
        events.put(_Interrupt())  # SimpleQueue.put may be called from a signal handler

    for number in heard:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, earlier[number])
