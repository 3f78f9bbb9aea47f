"""The entries of a conversation, and how an answer grows from its job's events.

Entries are immutable: an answer that has grown is another `Answer` with the same `id`.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from engine.errors import ErrorReport
from engine.messages.generation import PromptBuilt, Stop, TextDelta, Usage
from engine.messages.jobs import Event, Failed, Finished, Progress


class AnswerState(StrEnum):
    """An answer's state. Only the last three are stored; an answer that a crash cut short is STOPPED."""

    WAITING = "waiting"  # for the model, for the folder, or for another answer
    READING = "reading"  # the model reads the prompt
    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_running(self) -> bool:
        return self in (AnswerState.WAITING, AnswerState.READING, AnswerState.STREAMING)


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer's cost, and what was changed in its prompt to make it fit or safe."""

    stop: Stop | None = None
    usage: Usage | None = None
    dropped_turns: int = 0
    disarmed: bool = False
    files_packed: int = 0
    left_out: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    is_continuation: bool = False  # a model without chat continued the text above; shown verbatim
    trimmed: bool = False  # the beginning of a text that was continued had no room
    seed: int | None = None  # the same one draws the same answer again


@dataclass(frozen=True, slots=True)
class Question:
    """The person's message, shown verbatim."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The model's text so far.

    `version` of `versions` counts the answers to the same question from 1; `waits_for` says in words what a waiting
    answer waits for; `progress` is the latest stage while the prompt is read.
    """

    id: int
    text: str = ""
    state: AnswerState = AnswerState.WAITING
    model_name: str = ""
    version: int = 1
    versions: int = 1
    waits_for: str = ""
    progress: Progress | None = None
    receipt: Receipt = field(default_factory=Receipt)
    error: ErrorReport | None = None


Entry = Question | Answer


def fold(answer: Answer, event: Event) -> Answer:
    """The answer after one more event of its job. Events without meaning for a chat change nothing."""
    match event:
        case Progress():
            return replace(answer, state=AnswerState.READING, progress=event)
        case PromptBuilt(dropped_turns=dropped_turns, disarmed=disarmed, trimmed=trimmed, seed=seed):
            receipt = replace(
                answer.receipt, dropped_turns=dropped_turns, disarmed=disarmed, trimmed=trimmed, seed=seed
            )
            return replace(answer, state=AnswerState.READING, receipt=receipt)
        case TextDelta(text=text):
            return replace(answer, state=AnswerState.STREAMING, text=answer.text + text, progress=None)
        case Finished(stop=stop, usage=usage):
            state = AnswerState.STOPPED if stop is Stop.CANCELLED else AnswerState.COMPLETE
            receipt = replace(answer.receipt, stop=stop, usage=usage)
            return replace(answer, state=state, receipt=receipt, progress=None)
        case Failed(error=error):
            return replace(answer, state=AnswerState.FAILED, error=error, progress=None)
        case _:
            return answer
