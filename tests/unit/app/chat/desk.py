"""A chat controller with all that it talks to: a scripted engine, a scripted folder, the real pane and store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.chat.controller import ChatController
from app.chat.store.chat_store import ChatStore
from app.children.running_work import RunningWork
from engine.answers import Answer
from engine.errors import ErrorReport
from engine.messages.generation import Chat, Stop, TextDelta, Usage
from engine.messages.jobs import Finished
from engine.messages.project import ProjectPacked
from engine.messages.prompts import Turn
from engine.settings import Sampling, Settings
from tests.model_infos import model_info
from tests.scripted_jobs import ScriptedJobs
from ui.chat.pane import ChatPane

MODEL = model_info(name="Tiny")
USAGE = Usage(10, 4, 6, 3, 4096, 1.0, 2.0)
SETTINGS = Settings(system_prompt="Be brief.", chat=Sampling(temperature=0.0, max_tokens=9))


@dataclass
class ScriptedProject:
    """An open folder that packs when it is told to."""

    is_open: bool = True
    has_tokenizer: bool = True
    on_packed: Callable[[ProjectPacked], None] | None = None
    on_failed: Callable[[ErrorReport], None] | None = None
    cancelled: list[str] = field(default_factory=list)

    def pack(
        self,
        turns: Sequence[Turn],
        system: str,
        on_packed: Callable[[ProjectPacked], None],
        on_failed: Callable[[ErrorReport], None],
    ) -> str:
        self.on_packed, self.on_failed = on_packed, on_failed
        return "pack-1"

    def cancel_pack(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def can_count(self) -> bool:
        return self.has_tokenizer


@dataclass
class ChatDesk:
    """A controller with all that it talks to."""

    jobs: ScriptedJobs
    store: ChatStore
    pane: ChatPane
    running: RunningWork
    chats: ChatController

    def ask(self, text: str) -> str:
        """Type a question and send it; the id of its job, if one was submitted."""
        self.pane.composer.set_text(text)
        self.pane.send()
        return self.jobs.last.job_id if self.jobs.submitted else ""

    def answer(self, text: str) -> None:
        """Let the engine answer the job that was submitted last."""
        job_id = self.jobs.last.job_id
        self.jobs.play(TextDelta(job_id, text, 3), Finished(job_id, Stop.EOS, USAGE))

    @property
    def last(self) -> Answer:
        view = self.pane.transcript.last_answer
        assert view is not None
        return view.answer

    @property
    def request(self) -> Chat:
        assert isinstance(self.jobs.last, Chat)
        return self.jobs.last

    def stored(self, chat_id: int | None = None) -> list[str]:
        chat_id = chat_id if chat_id is not None else self.chats.chat_id
        assert chat_id is not None
        return [message.text for message in self.store.branch(chat_id)]
