"""A stand-in for the client of a child process, behind the real bridge: a test says what the child would send."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from engine.errors import ErrorReport
from engine.messages.jobs import Event, Request, Role


class ScriptedClient:
    """Takes the place of `engine.client.Client`. Attributes: made, the latest of each role; submitted, its requests."""

    made: ClassVar[dict[Role, "ScriptedClient"]] = {}
    pid = None

    def __init__(
        self,
        role: Role,
        on_event: Callable[[Event], None],
        on_gone: Callable[[Role, ErrorReport], None],
        *,
        log_file: Path,
        journal: Path,
    ) -> None:
        self.role, self.say, self.on_gone = role, on_event, on_gone
        self.submitted: list[Request] = []
        self.made[role] = self

    def submit(self, request: Request) -> None:
        self.submitted.append(request)

    def cancel(self, job_id: str) -> None:
        """It goes on until the test ends it."""

    def start(self) -> None:
        """There is no process."""

    def kill(self) -> None:
        """There is no process."""

    def close(self) -> None:
        """There is no process."""

    def asked(self, kind: type[Request]) -> Request:
        """Its latest request of that kind."""
        return next(request for request in reversed(self.submitted) if isinstance(request, kind))
