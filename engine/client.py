"""Starts and watches one child process: submit, cancel, close. No job is left without its terminal event."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from engine.environment import environment_of
from engine.errors import ErrorCode, ErrorReport
from engine.messages.jobs import Cancel, Event, Failed, Finished, Ready, Request, Role
from engine.outbox import Outbox
from engine.pipe import Pipe

_log = logging.getLogger(__name__)

_CLOSE_TIMEOUT_S = 1.5  # a child exits within a second of its pipe's end; one that doesn't is stuck, and is killed
_NAMES = {Role.ENGINE: "engine", Role.READER: "project reader", Role.FETCHER: "downloader"}


@dataclass(slots=True, eq=False)
class _Child:
    """One process, its pipe, and its open jobs."""

    process: subprocess.Popen[bytes]
    pipe: Pipe
    outbox: Outbox[Request | Cancel]
    open_jobs: set[str] = field(default_factory=set)


class Client:
    """The window's side of one child. Calls `on_event` and `on_gone` on its own threads.

    `on_gone` gets a sentence, once for each process that ended without `close`.
    """

    def __init__(
        self,
        role: Role,
        on_event: Callable[[Event], None],
        on_gone: Callable[[Role, ErrorReport], None],
        *,
        log_file: Path | None = None,
        journal: Path | None = None,
    ) -> None:
        self._role = role
        self._on_event = on_event
        self._on_gone = on_gone
        self._log_file = log_file
        self._journal = journal
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._receiver: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        child = self._child
        return child.process.pid if child is not None and child.process.poll() is None else None

    def start(self) -> None:
        """Start the child; does nothing while one runs. OSError if it can't be started."""
        if self.pid is not None:
            return
        ours, theirs = socket.socketpair()
        pipe = Pipe(ours)
        with theirs:
            process = self._spawn(theirs.fileno())
        child = _Child(process, pipe, Outbox(pipe, self._lost, f"{self._role}-sender"))
        receiver = threading.Thread(target=self._receive, args=(child,), name=f"{self._role}-receiver", daemon=True)
        with self._lock:
            self._child, self._receiver = child, receiver
        receiver.start()

    def submit(self, request: Request) -> None:
        """Send a request. If it can't be delivered, its job ends with `Failed` at once."""
        with self._lock:
            child = self._child
            if child is not None:
                child.open_jobs.add(request.job_id)
        if child is None:
            self._on_event(Failed(request.job_id, not_running(self._role)))
            return
        child.outbox.post(request)

    def cancel(self, job_id: str) -> None:
        """Ask a job to end; ids of jobs that are not open are ignored."""
        with self._lock:
            child = self._child
            is_open = child is not None and job_id in child.open_jobs
        if child is not None and is_open:
            child.outbox.post(Cancel(job_id))

    def close(self) -> None:
        """End the child and wait for it; a process that doesn't exit by itself is killed."""
        child, receiver = self._let_go()
        if child is None or receiver is None:
            return
        child.pipe.close()
        child.outbox.close()
        try:
            child.process.wait(_CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        child.outbox.join()
        if receiver is not threading.current_thread():
            receiver.join()

    def kill(self) -> None:
        """Kill the child without waiting for it; another one can be started at once."""
        child, _ = self._let_go()
        if child is not None:
            child.process.kill()
            child.pipe.close()
            child.outbox.close()

    def _let_go(self) -> tuple[_Child | None, threading.Thread | None]:
        """Detach the child, so that its end is not reported as a failure."""
        with self._lock:
            child, receiver = self._child, self._receiver
            self._child = self._receiver = None
        return child, receiver

    def _spawn(self, fd: int) -> subprocess.Popen[bytes]:
        """Start the child with our `engine`, not the working directory's (`-P`) and not another distribution's."""
        command = [sys.executable, "-P", "-m", "engine", self._role, "--pipe", str(fd)]
        if self._journal is not None:
            command += ["--journal", str(self._journal)]
        with self._open_log() as log:
            return subprocess.Popen(
                command,
                pass_fds=[fd],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment_of(self._role), "PYTHONPATH": _packages_first()},
            )

    def _open_log(self) -> BinaryIO:
        """The file for the child's standard error; os.devnull if it can't be opened."""
        if self._log_file is not None:
            try:
                return open(self._log_file, "ab")
            except OSError as error:
                _log.warning("the %s runs without a log: %s", self._role, error)
        return open(os.devnull, "ab")

    def _receive(self, child: _Child) -> None:
        while True:
            try:
                message = child.pipe.receive()
            except EOFError:
                break
            if isinstance(message, Ready):
                _log.info("the %s listens (process %d)", message.role, message.pid)
                continue
            if isinstance(message, Finished | Failed):
                with self._lock:
                    child.open_jobs.discard(message.job_id)
            self._on_event(message)
        child.pipe.close()
        child.outbox.close()
        self._end(child)

    def _end(self, child: _Child) -> None:
        """The pipe ended: fail every open job, and report it if nobody asked for the end."""
        try:
            child.process.wait(_CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        with self._lock:
            was_asked = self._child is not child
            if not was_asked:
                self._child = self._receiver = None
            jobs = list(child.open_jobs)
        report = gone(self._role, child.process.returncode)
        self._fail(child, jobs, report)
        if not was_asked:
            self._on_gone(self._role, report)

    def _lost(self, message: Request | Cancel) -> None:
        """The pipe ended. Called on the sending thread; the receiving thread then fails the open jobs."""
        _log.info("the %s went away before %s reached it", self._role, type(message).__name__)

    def _fail(self, child: _Child, job_ids: list[str], report: ErrorReport) -> None:
        with self._lock:
            still_open = [job_id for job_id in job_ids if job_id in child.open_jobs]
            child.open_jobs.difference_update(still_open)
        for job_id in still_open:
            self._on_event(Failed(job_id, report))


def gone(role: Role, returncode: int) -> ErrorReport:
    """The report of a child that ended by itself; `returncode` as in subprocess."""
    how = f"exit code {returncode}"
    if returncode < 0:
        how = f"signal {signal.Signals(-returncode).name}"
    why = " The system may have needed its memory." if returncode == -signal.SIGKILL else ""
    return ErrorReport(
        ErrorCode.PROCESS_GONE,
        f"The {_NAMES[role]} stopped unexpectedly ({how}).{why} What was on the screen is still there.",
        f"Restart the {_NAMES[role]} to go on.",
    )


def not_running(role: Role) -> ErrorReport:
    """The report of a request to a child that does not run."""
    return ErrorReport(
        ErrorCode.PROCESS_GONE, f"The {_NAMES[role]} is not running.", f"Restart the {_NAMES[role]} and try again."
    )


def _packages_first() -> str:
    """A path for modules on which this program's own packages come first."""
    own = Path(__file__).parents[1]
    return os.pathsep.join(filter(None, (str(own), os.environ.get("PYTHONPATH", ""))))
