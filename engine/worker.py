"""The engine thread: runs requests one job at a time, cancels between two events, turns any failure into one event.

The same class runs in every child process, in the terminal commands and in tests. A handler is a generator of a job's
events that returns its `Finished`. Cancelling a job closes its generator instead of asking for the next event, so a
handler cleans up in `finally` and needs no flag. Cancels bypass the inbox, where they would wait behind the very job
that they should stop.
"""

import logging
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Mapping

from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.messages.generation import Stop
from engine.messages.jobs import Event, Failed, Finished, Request

Handler = Callable[..., Generator[Event, None, Finished]]
Emit = Callable[[Event], None]

_log = logging.getLogger(__name__)


class Worker:
    """Runs jobs on one thread of its own and emits their events from there, in order, with one terminal event each.

    `emit` is called on the worker's thread (and on the caller's, for jobs refused or cancelled while they wait).
    """

    def __init__(self, handlers: Mapping[type, Handler], emit: Emit, name: str = "engine") -> None:
        self._handlers = handlers
        self._emit = emit
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._changed = threading.Condition()
        self._inbox: deque[Request] = deque()
        self._running: str | None = None
        self._cancelled = False
        self._closing = False

    def start(self) -> None:
        """Start the thread; requests submitted before wait for it."""
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Queue a request. After `close` it is answered with CANCELLED at once."""
        with self._changed:
            refused = self._closing
            if not refused:
                self._inbox.append(request)
                self._changed.notify()
        if refused:
            self._emit(Finished(request.job_id, stop=Stop.CANCELLED))

    def cancel(self, job_id: str) -> None:
        """Cancel a job: at once if it waits, before its next event if it runs. Unknown or ended ids are ignored."""
        with self._changed:
            waiting = next((request for request in self._inbox if request.job_id == job_id), None)
            if waiting is not None:
                self._inbox.remove(waiting)
            elif job_id == self._running:
                self._cancelled = True
        if waiting is not None:
            self._emit(Finished(job_id, stop=Stop.CANCELLED))

    def close(self, timeout_s: float = 5.0) -> bool:
        """Refuse new work, cancel all jobs, and wait for the thread; False if it is still inside a native call."""
        with self._changed:
            self._closing = True
            self._cancelled = True
            waiting, self._inbox = list(self._inbox), deque()
            self._changed.notify()
        for request in waiting:
            self._emit(Finished(request.job_id, stop=Stop.CANCELLED))
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (request := self._take()) is not None:
            self._emit(self._outcome(request))
            with self._changed:
                self._running = None

    def _take(self) -> Request | None:
        with self._changed:
            self._changed.wait_for(lambda: self._inbox or self._closing)
            if not self._inbox:
                return None
            request = self._inbox.popleft()
            self._running = request.job_id
            self._cancelled = self._closing
            return request

    def _outcome(self, request: Request) -> Finished | Failed:
        """Run one job to its terminal event. Only an exception's text is kept: a traceback keeps tensors alive."""
        try:
            return self._iterate(request)
        except LacunaError as error:
            report = error.report
        except Exception as error:  # noqa: BLE001 - the one border at which any failure becomes an event
            report = ErrorReport(
                ErrorCode.INTERNAL,
                f"Something failed inside ({type(error).__name__}: {_first_line(error)}); the request was dropped.",
                "Try it again; if it keeps happening, the log says where.",
                detail="".join(traceback.format_exception(error)),
            )
            _log.error("job %s failed: %s", request.job_id, report.detail)
        return Failed(request.job_id, report)

    def _iterate(self, request: Request) -> Finished:
        handler = self._handlers.get(type(request))
        if handler is None:
            raise LacunaError(ErrorCode.INTERNAL, f"This process does not know the request {type(request).__name__}.")
        events = handler(request)
        try:
            while not self._cancelled:
                self._emit(next(events))
        except StopIteration as end:
            finished: Finished = end.value
            return finished
        finally:
            events.close()
        return Finished(request.job_id, stop=Stop.CANCELLED)


def _first_line(error: Exception) -> str:
    """The first line of an exception's message, short enough for a sentence."""
    lines = str(error).strip().splitlines() or ["no message"]
    return lines[0][:200]
