"""Runs jobs on a worker in the calling process: the same class as in the children, without pipe and without Qt.

Ctrl+C and SIGTERM cancel a job. SIGINT stays ignored where a command was started so: a script's shell does that to what
it runs in the background, so that Ctrl+C ends what stands in front and nothing else. SIGTERM is how such a command is
stopped, by a person and, after SIGINT, by the systems that run checks; so it may not cost what the job has made.
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

_CANCEL_TIMEOUT_S = 1.0  # a cancelled job ends within a token; what takes longer is stuck in a native call


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Interrupt:
    """Stands in the queue for Ctrl+C and SIGTERM."""


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
        """Do a job and yield its events, its `Finished` last. To stop iterating is to cancel the job.

        Raises LacunaError where the job fails. Ctrl+C and SIGTERM cancel it, and its `Finished` still comes. A second
        Ctrl+C, or a job that does not end, raises KeyboardInterrupt; a second SIGTERM ends the process.
        """
        with _interrupts_to(self._events):
            self._worker.submit(request)
            try:
                yield from self._events_of(request.job_id)
            finally:
                self._worker.cancel(request.job_id)

    def close(self, timeout_s: float = 0.5) -> bool:
        """End the worker; False where it is still inside a native call."""
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
            elif event.job_id == job_id:  # else it belongs to a job that nobody listens to any more
                if isinstance(event, Failed):
                    report = event.error
                    raise LacunaError(report.code, report.sentence, report.next_step, report.detail)
                yield event
                if isinstance(event, Finished):
                    return


@contextmanager
def _interrupts_to(events: "SimpleQueue[Event | _Interrupt]") -> Iterator[None]:
    """The first signal goes into the queue, a second one does what it usually does. One that is ignored stays so."""
    is_main = threading.current_thread() is threading.main_thread()  # signals reach no other thread
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
