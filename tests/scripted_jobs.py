"""A scripted stand-in for the child processes: records what was submitted, plays the events a test tells it to."""

from dataclasses import dataclass, field

from app.children.jobs import OnEvent
from engine.messages.generation import Stop
from engine.messages.jobs import Event, Finished, Request, Role


@dataclass
class ScriptedJobs:
    """Implements `app.children.jobs.JobRunner` by hand."""

    submitted: list[tuple[Role, Request]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    listeners: dict[str, OnEvent] = field(default_factory=dict)
    count: int = 0

    def new_id(self) -> str:
        self.count += 1
        return f"job-{self.count}"

    def submit(self, role: Role, request: Request, on_event: OnEvent) -> None:
        self.submitted.append((role, request))
        self.listeners[request.job_id] = on_event

    def cancel(self, role: Role, job_id: str) -> None:
        self.cancelled.append(job_id)
        if job_id in self.listeners:
            self.play(Finished(job_id, stop=Stop.CANCELLED))

    @property
    def last(self) -> Request:
        """The request that was submitted last."""
        return self.submitted[-1][1]

    def play(self, *events: Event) -> None:
        """Deliver events to whoever waits for their jobs, as the bridge would."""
        for event in events:
            self.listeners[event.job_id](event)
