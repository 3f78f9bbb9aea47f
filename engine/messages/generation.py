"""Requests for text and the events that answer them."""

from dataclasses import dataclass
from enum import StrEnum

from engine.messages.project import Packed
from engine.messages.prompts import Order, PromptPart, Turn
from engine.settings import CHAT_SAMPLING, FILL_SAMPLING, Sampling


class Stop(StrEnum):
    """The finish reason of a text."""

    EOT = "eot"
    EOS = "eos"
    STRING = "string"  # one of the requested stop strings
    LENGTH = "length"
    CONTEXT = "context"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Usage:
    """The cost of an answer. `reused` and `computed` add up to the prompt's tokens; times are wall time."""

    prompt_tokens: int
    reused: int
    computed: int
    generated: int
    context_tokens: int
    prefill_ms: float
    decode_ms: float
    drafted: int = 0  # tokens drafted by prompt lookup, and how many were accepted
    accepted: int = 0

    @property
    def tokens_per_s(self) -> float:
        """Decoded tokens a second; the first token comes out of the prefill."""
        return (self.generated - 1) / self.decode_ms * 1000 if self.generated > 1 and self.decode_ms > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Chat:
    """Engine: answer the last turn. Turns alternate, starting and ending with the person."""

    job_id: str
    turns: tuple[Turn, ...]
    system: str = ""
    project: Packed | None = None
    sampling: Sampling = CHAT_SAMPLING
    lane: str = "chat"


@dataclass(frozen=True, slots=True)
class Infill:
    """Engine: fill the gap between prefix and suffix. These may have any line ends; the middle has LF."""

    job_id: str
    prefix: str
    suffix: str
    order: Order | None = None  # None: chosen by where the gap begins and by the catalogue
    sampling: Sampling = FILL_SAMPLING
    alternatives: int = 1  # number of middles; the first is drawn by `sampling`, the others at a higher temperature


@dataclass(frozen=True, slots=True)
class Complete:
    """Engine: continue a text, as base models do."""

    job_id: str
    text: str
    sampling: Sampling = CHAT_SAMPLING


@dataclass(frozen=True, slots=True)
class PromptBuilt:
    """The prompt before prefill: its sizes, and what was changed to make it fit or safe.

    `ids` are its exact ids as little-endian uint32; `parts` cover them without a gap.
    """

    job_id: str
    prompt_tokens: int
    reused: int
    context_tokens: int
    dropped_turns: int = 0
    disarmed: bool = False  # chat tags in the text were spaced out in the prompt
    trimmed: bool = False  # text far from the gap, or the beginning of a continued text, was left out
    ids: bytes = b""
    parts: tuple[PromptPart, ...] = ()
    seed: int | None = None  # with which the same answer can be drawn again; None where none is drawn (temperature 0)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A text delta. `tokens` is the count generated so far, including tokens whose text is still held back.

    `logprob` is the newest token's, if the sampling requested it; `alternative` is the index of the middle that the
    text belongs to.
    """

    job_id: str
    text: str
    tokens: int
    logprob: float | None = None
    alternative: int = 0
