"""Asks the program's own engine, in this process: the model in NF4, the program's prompts and its sampling."""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from engine.messages.generation import Chat, Infill, Stop, TextDelta
from engine.messages.jobs import Event, Finished, Role
from engine.messages.machine import LoadModel, ModelLoaded
from engine.messages.project import Packed, PackProject, ProjectPacked, ReadProject, UseTokenizer
from engine.messages.prompts import Order, Speaker, Turn
from engine.roles import handlers_of
from engine.settings import CHAT_SAMPLING, FILL_SAMPLING
from resources.starter.gaps import Gap

CONTEXT_TOKENS = 8192


@dataclass(frozen=True)
class Reply:
    """A generated text, and whether the model ended it itself."""

    text: str
    ended: bool


class Engine:
    """A loaded model. Chat is drawn as the program draws it, from a fixed seed; `greedy` at temperature 0."""

    def __init__(self, folder: Path, repetition_penalty: float = 1.0) -> None:
        self._handlers = dict(handlers_of(Role.ENGINE)) | dict(handlers_of(Role.READER))
        self._ids = (f"job-{number}" for number in count(1))
        load = LoadModel(next(self._ids), str(folder), device="cpu", is_starter=True, context_tokens=CONTEXT_TOKENS)
        self.info = next(event.model for event in self._run(load)[0] if isinstance(event, ModelLoaded))
        self._run(UseTokenizer(next(self._ids), self.info.tokenizer_path))
        self._chat = replace(CHAT_SAMPLING, seed=7, repetition_penalty=repetition_penalty)

    def ask(self, question: str, *, greedy: bool = False, packed: Packed | None = None) -> Reply:
        """The answer to a question by itself."""
        sampling = replace(self._chat, temperature=0.0) if greedy else self._chat
        turns = (Turn(Speaker.USER, question),)
        return self._text(Chat(next(self._ids), turns, project=packed, sampling=sampling))

    def fill(self, gap: Gap, order: Order) -> Reply:
        """The middle of a gap."""
        request = Infill(next(self._ids), gap.prefix, gap.suffix, order, sampling=FILL_SAMPLING)
        return self._text(request)

    def read(self, folder: Path) -> None:
        """Reads a project, for `pack`."""
        self._run(ReadProject(next(self._ids), str(folder)))

    def pack(self, question: str) -> Packed:
        """The project that was read, packed for a question."""
        turns = (Turn(Speaker.USER, question),)
        reserve = self._chat.max_tokens
        request = PackProject(next(self._ids), turns, "", self.info.prompt_format, CONTEXT_TOKENS, reserve)
        return next(event.packed for event in self._run(request)[0] if isinstance(event, ProjectPacked))

    def _text(self, request: Chat | Infill) -> Reply:
        events, finished = self._run(request)
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        return Reply(text, finished.stop in (Stop.EOS, Stop.EOT))

    def _run(self, request: Any) -> tuple[list[Event], Finished]:
        job: Generator[Event, None, Finished] = self._handlers[type(request)](request)
        events: list[Event] = []
        while True:
            try:
                events.append(next(job))
            except StopIteration as end:
                return events, end.value


@contextmanager
def unpacked(file: Path) -> Iterator[Path]:
    """A folder with the files of a fixture: a text in which `=== path` stands above each."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / file.stem
        for part in file.read_text(encoding="utf-8").split("=== ")[1:]:
            path, _, text = part.partition("\n")
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        yield root
