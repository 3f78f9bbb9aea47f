"""The seam between controllers and child processes: submit a request, get its events on the main thread.

Controllers take a `JobRunner`; `app.children.bridge` provides the one that talks to
real processes, tests a scripted one.
"""

from collections.abc import Callable
from typing import Protocol

from engine.messages.jobs import Event, Request, Role

OnEvent = Callable[[Event], None]


class JobRunner(Protocol):
    """Runs jobs somewhere else. `on_event` is called on the main thread, in order, and last with one terminal event.

    A child that dies ends each of its jobs with `Failed` (code PROCESS_GONE), so no controller waits for ever.
    """

    def new_id(self) -> str:
        """A job id that was not used before in this program's life."""
        ...

    def submit(self, role: Role, request: Request, on_event: OnEvent) -> None:
        """Send a request to the process of that role."""
        ...

    def cancel(self, role: Role, job_id: str) -> None:
        """Ask a job to end; its terminal event (`Finished` with CANCELLED) still comes. Unknown ids are ignored."""
        ...
