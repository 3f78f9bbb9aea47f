"""The seam between controllers and child processes: submit a request, get its events on the main thread.

Controllers take a `JobRunner`. `app.children.bridge` has the one for real processes; tests use a scripted one.
"""

from collections.abc import Callable
from typing import Protocol

from engine.messages.jobs import Event, Request, Role

OnEvent = Callable[[Event], None]


class JobRunner(Protocol):
    """Runs jobs in other processes. Calls `on_event` on the main thread, in order, with one terminal event at the end.

    If a child dies, each of its jobs ends with `Failed` (code PROCESS_GONE), so that no controller waits for ever.
    """

    def new_id(self) -> str:
        """A job id that this run of the program has not used yet."""
        ...

    def submit(self, role: Role, request: Request, on_event: OnEvent) -> None:
        """Send a request to the process of that role."""
        ...

    def cancel(self, role: Role, job_id: str) -> None:
        """Ask a job to end. Its terminal event (`Finished` with CANCELLED) still comes. Unknown ids are ignored."""
        ...
