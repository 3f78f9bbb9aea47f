"""The one place where threads meet Qt: children's events arrive on receiving threads and leave on the main thread.

A receiving thread only appends to a queue and writes to a descriptor; it touches no Qt object. On the main thread a
notifier starts a short timer. When that fires, adjacent text deltas of a job are merged, so that a fast model costs one
redraw per frame and not one per token.
"""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal, Slot

from app.children.jobs import OnEvent
from engine.client import Client
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import TextDelta
from engine.messages.jobs import Event, Failed, Finished, Request, Role

_FRAME_MS = 16

Arrival = Event | tuple[Role, ErrorReport]


class MainThreadQueue:
    """Hands values from any thread to the main thread, by a locked deque and a descriptor for a QSocketNotifier."""

    def __init__(self) -> None:
        self._values: deque[Arrival] = deque()
        self._lock = threading.Lock()
        self._is_closed = False
        self.read_fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def put(self, value: Arrival) -> None:
        """Append a value, and wake the main thread unless a wake-up is pending. After `close` values are dropped."""
        with self._lock:
            if self._is_closed:
                return
            wake = not self._values
            self._values.append(value)
            if wake:
                os.write(self._write_fd, b"\0")

    def take_all(self) -> list[Arrival]:
        """Take everything that arrived, oldest first, and clear the wake-up."""
        with self._lock:
            values, self._values = list(self._values), deque()
            if values:
                os.read(self.read_fd, 1)
        return values

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            os.close(self.read_fd)
            os.close(self._write_fd)


class Bridge(QObject):
    """Runs jobs in the child processes (`app.children.jobs.JobRunner`) and delivers their events on the main thread.

    Signals: `gone(Role, ErrorReport)`, when a child ended without being asked to.
    """

    gone = Signal(object, object)

    def __init__(self, logs: Path, journal: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = MainThreadQueue()
        self._clients: Mapping[Role, Client] = {
            role: Client(role, self._queue.put, self._on_gone, log_file=logs / f"{role}.log", journal=journal)
            for role in Role
        }
        self._listeners: dict[str, OnEvent] = {}
        self._ids = count(1)
        self._closed = False
        self._notifier = QSocketNotifier(self._queue.read_fd, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_arrival)
        self._frame = QTimer(self, singleShot=True, interval=_FRAME_MS)
        self._frame.timeout.connect(self._deliver)

    def new_id(self) -> str:
        return f"job-{next(self._ids)}"

    def submit(self, role: Role, request: Request, on_event: OnEvent) -> None:
        """Send a request. Reader and fetcher start with their first job; the engine only at the person's wish."""
        self._listeners[request.job_id] = on_event
        client = self._clients[role]
        if role is not Role.ENGINE:
            self.start(role)
        client.submit(request)

    def cancel(self, role: Role, job_id: str) -> None:
        self._clients[role].cancel(job_id)

    def start(self, role: Role) -> None:
        """Start a child if it doesn't run. If it can't be started, its next job fails with the reason."""
        try:
            self._clients[role].start()
        except OSError as error:
            report = ErrorReport(
                ErrorCode.PROCESS_GONE,
                f"The {role} process could not be started ({error.strerror}).",
                "Close other programs or check the installation, then restart it.",
            )
            self._queue.put((role, report))

    def restart(self, role: Role) -> None:
        """End a child and start a new one without waiting: a child inside a native call is slow to end."""
        self._clients[role].kill()
        self.start(role)

    def pid(self, role: Role) -> int | None:
        """A child's process id; None while it doesn't run."""
        return self._clients[role].pid

    def close(self) -> None:
        """End all children and drop the events that are still under way."""
        self._closed = True
        self._listeners.clear()
        self._notifier.setEnabled(False)
        self._frame.stop()
        for client in self._clients.values():
            client.close()
        self._queue.close()

    def _on_gone(self, role: Role, report: ErrorReport) -> None:
        self._queue.put((role, report))

    @Slot()
    def _on_arrival(self) -> None:
        self._notifier.setEnabled(False)
        self._frame.start()

    @Slot()
    def _deliver(self) -> None:
        arrivals = self._queue.take_all()
        self._notifier.setEnabled(True)
        for arrival in merged(arrivals):
            if self._closed:
                return
            if isinstance(arrival, tuple):
                self.gone.emit(*arrival)
            else:
                self._tell(arrival)

    def _tell(self, event: Event) -> None:
        """Deliver a job's event. Events of unknown jobs are normal after a restart, and dropped."""
        is_last = isinstance(event, Finished | Failed)
        listener = self._listeners.pop(event.job_id, None) if is_last else self._listeners.get(event.job_id)
        if listener is not None:
            listener(event)


def merged(arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
    """The arrivals in order, with adjacent text deltas of one job merged."""
    waiting: TextDelta | None = None
    for arrival in arrivals:
        if isinstance(arrival, TextDelta) and waiting is not None and arrival.job_id == waiting.job_id:
            waiting = TextDelta(waiting.job_id, waiting.text + arrival.text, arrival.tokens)
            continue
        if waiting is not None:
            yield waiting
        waiting = arrival if isinstance(arrival, TextDelta) else None
        if waiting is None:
            yield arrival
    if waiting is not None:
        yield waiting
