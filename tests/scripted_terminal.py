"""A terminal session over a scripted engine: what a command writes and asks for, without a model."""

import io
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.host.profile import Profile
from app.terminal.output import Output
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Chat, Complete, Infill, PromptBuilt, Stop, TextDelta, Usage
from engine.messages.jobs import Event, Finished, Progress, Request, Role
from engine.messages.machine import LoadModel, MachineFacts, MachineProbed, ModelLoaded, ProbeMachine
from engine.project.service import ReaderService
from engine.settings import Settings
from engine.worker import Handler
from tests.machines import MODERN, machine
from tests.model_infos import model_info

Job = Generator[Event, None, Finished]

MODEL = model_info(name="One", is_starter=False, warnings=("This processor is slow.",))


@dataclass
class ScriptedEngine:
    """Answers each request for text alike; one that holds FAIL fails, one that holds STOP is cancelled."""

    parts: Sequence[str] = ("Hel", "", "lo")
    stop: Stop = Stop.EOS
    requests: list[Request] = field(default_factory=list)
    machine: MachineFacts = field(default_factory=lambda: machine(MODERN, memory_gib=64))

    def handlers(self, role: Role) -> Mapping[type, Handler]:
        if role is Role.READER:
            return ReaderService().handlers()
        return {
            ProbeMachine: self._probe,
            LoadModel: self._load,
            Chat: self._answer,
            Infill: self._answer,
            Complete: self._answer,
        }

    def _probe(self, request: ProbeMachine) -> Job:
        yield MachineProbed(request.job_id, self.machine)
        return Finished(request.job_id)

    def _load(self, request: LoadModel) -> Job:
        self.requests.append(request)
        yield Progress(request.job_id, "Reading the weights", 1, 2)
        yield ModelLoaded(request.job_id, MODEL)
        return Finished(request.job_id)

    def _answer(self, request: Chat | Infill | Complete) -> Job:
        self.requests.append(request)
        if "FAIL" in repr(request):
            raise LacunaError(ErrorCode.PROMPT_TOO_LONG, "The prompt is too long.", "Shorten it.")
        yield PromptBuilt(request.job_id, 10, 3, MODEL.context_tokens, trimmed=True)
        logprob = -0.5 if request.sampling.logprobs else None
        for tokens, text in enumerate(self.parts, 1):
            yield TextDelta(request.job_id, text, tokens, logprob)
        for other in range(1, request.alternatives if isinstance(request, Infill) else 1):
            yield TextDelta(request.job_id, f"other {other}\n", len(self.parts) + other, alternative=other)
        if "STOP" in repr(request):
            return Finished(request.job_id, Stop.CANCELLED)
        usage = Usage(10, 3, 7, len(self.parts), MODEL.context_tokens, prefill_ms=5, decode_ms=20)
        return Finished(request.job_id, self.stop, usage)


class _Keyboard(io.TextIOWrapper):
    """Standard input with a person at it."""

    def isatty(self) -> bool:
        return True


class TerminalRun:
    """Runs commands on one scripted engine. Attributes: engine, out, err."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.engine = ScriptedEngine()
        self.settings = Settings()
        self.out = io.StringIO()
        self.err = io.StringIO()
        self._folder = folder
        self._patch = patch
        self._sessions: list[Session] = []

    def run(
        self,
        add_options: Callable[[ArgumentParser], None],
        command: Callable[[Namespace, Session], int],
        *argv: str,
        stdin: bytes | None = b"",
        as_json: bool = False,
        verbose: bool = False,
    ) -> int:
        """Parse the options as `lacuna` does and run the command. `stdin` None: a keyboard that nobody types on."""
        stream = _Keyboard(io.BytesIO()) if stdin is None else io.TextIOWrapper(io.BytesIO(stdin))
        self._patch.setattr(sys, "stdin", stream)
        parser = ArgumentParser()
        parser.set_defaults(model=None)
        add_options(parser)
        output = Output(self.out, self.err, as_json=as_json, verbose=verbose)
        profile = Profile.below(self._folder / "profile")
        session = Session(output, profile, self.settings, self._folder / "model", self.engine.handlers)
        self._sessions.append(session)
        return command(parser.parse_args(argv), session)

    @property
    def records(self) -> list[dict[str, object]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def close(self) -> None:
        for session in self._sessions:
            assert session.close()
