"""The context of one command: its output, its profile, and the model and reader in this process."""

from collections.abc import Callable, Mapping
from pathlib import Path

from app.host.profile import Profile
from app.models.load_choice import load_choice
from app.models.starter import is_starter
from app.terminal.local_jobs import LocalJobs
from app.terminal.output import Output
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Stop
from engine.messages.jobs import Event, Finished, Progress, Request, Role
from engine.messages.machine import LoadModel, MachineFacts, MachineProbed, ModelInfo, ModelLoaded, ProbeMachine
from engine.models.catalogue import context_limit
from engine.models.inspection import ModelFolder
from engine.models.load_plan import plan_load
from engine.settings import Settings
from engine.worker import Handler

HandlersOf = Callable[[Role], Mapping[type, Handler]]


class Session:
    """One run of a command. Workers start with their first job.

    Attributes: output, profile, settings (the person's), model_folder.
    """

    def __init__(
        self, output: Output, profile: Profile, settings: Settings, model_folder: Path, handlers_of: HandlersOf
    ) -> None:
        self.output = output
        self.profile = profile
        self.settings = settings
        self.model_folder = model_folder
        self._handlers_of = handlers_of
        self._jobs: dict[Role, LocalJobs] = {}

    def jobs(self, role: Role) -> LocalJobs:
        """The worker with the handlers of that role."""
        if role not in self._jobs:
            self._jobs[role] = LocalJobs(self._handlers_of(role), role)
        return self._jobs[role]

    def do(self, role: Role, request: Request) -> list[Event]:
        """Run a job that yields no text and return its events; shows its progress.

        Raises LacunaError if it fails and KeyboardInterrupt if it is cancelled.
        """
        events: list[Event] = []
        for event in self.jobs(role).run(request):
            match event:
                case Progress():
                    self.show_progress(event)
                case Finished(stop=Stop.CANCELLED):
                    raise KeyboardInterrupt
                case _:
                    events.append(event)
        return events

    def load_model(self) -> ModelInfo:
        """Load this session's model and report its device."""
        request = self._load_request()
        for event in self.do(Role.ENGINE, request):
            if isinstance(event, ModelLoaded):
                model = event.model
                self.output.note(f"{model.name} on {model.device_name} in {model.compute_dtype}. {model.device_reason}")
                for sentence in model.warnings:
                    self.output.note(sentence)
                return model
        raise LacunaError(ErrorCode.INTERNAL, "The model was loaded, but nothing was said about it.")

    def probe(self) -> MachineFacts:
        """What this computer has to run models on."""
        self.output.status("Looking at what this computer has")
        for event in self.do(Role.ENGINE, ProbeMachine(self.jobs(Role.ENGINE).new_id())):
            if isinstance(event, MachineProbed):
                return event.machine
        raise LacunaError(ErrorCode.INTERNAL, "This computer was looked at, but nothing was said about it.")

    def context_of(self, folder: ModelFolder) -> int:
        """How much context this session's model would have if it were loaded now; if it can't be, that is said."""
        request = self._load_request()
        try:
            return plan_load(request, folder, self.probe()).memory.context_tokens
        except LacunaError as error:
            if error.report.code not in (ErrorCode.OUT_OF_MEMORY, ErrorCode.UNSUPPORTED):
                raise
            self.output.note(error.report.text)
            return min(request.context_tokens, context_limit(folder.identity.checkpoint, folder.shape))

    def _load_request(self) -> LoadModel:
        choice = load_choice(self.model_folder, self.settings)
        return LoadModel(
            self.jobs(Role.ENGINE).new_id(),
            str(self.model_folder),
            device=choice.device,
            is_starter=is_starter(self.model_folder),
            context_tokens=choice.context_tokens,
            is_context_own=choice.is_own,
            cache_folder=str(self.profile.quantized),
        )

    def show_progress(self, progress: Progress) -> None:
        """Show a stage's progress, if standard error is a terminal."""
        share = f" {100 * progress.done // progress.total} %" if progress.total else ""
        self.output.status(f"{progress.stage}{share}")

    def close(self) -> bool:
        """End the workers; False if one is still inside a native call."""
        ended = [jobs.close() for jobs in self._jobs.values()]
        return all(ended)
