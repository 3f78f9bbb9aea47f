"""Requests for text and the events that answer them."""

from dataclasses import dataclass
from enum import StrEnum

from engine.messages.project import Packed
from engine.messages.prompts import Order, PromptPart, Turn
from engine.settings import CHAT_SAMPLING, FILL_SAMPLING, Sampling


class Stop(StrEnum):
    """Why text ended."""

    EOT = "eot"
    EOS = "eos"
    STRING = "string"  # one of the stop strings that were asked for
    LENGTH = "length"
    CONTEXT = "context"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost. `reused` and `computed` add up to the prompt's tokens; times are wall time."""

    prompt_tokens: int
    reused: int
    computed: int
    generated: int
    context_tokens: int
    prefill_ms: float
    decode_ms: float
    drafted: int = 0  # tokens that were guessed ahead, and how many of the guesses were right
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
    """Engine: what stands between prefix and suffix. Line ends may be any; the middle comes with LF."""

    job_id: str
    prefix: str
    suffix: str
    order: Order | None = None  # None: by where the gap begins, and the catalogue's choice for this model
    sampling: Sampling = FILL_SAMPLING
    alternatives: int = 1  # how many middles; the first is drawn as `sampling` says, the others with more chance


@dataclass(frozen=True, slots=True)
class Complete:
    """Engine: continue a text; what base models do."""

    job_id: str
    text: str
    sampling: Sampling = CHAT_SAMPLING


@dataclass(frozen=True, slots=True)
class PromptBuilt:
    """The prompt as it will be read: sizes, and what had to be done to make it fit or safe.

    `ids` are the very ids, as little-endian uint32; `parts` cover them without a gap.
    """

    job_id: str
    prompt_tokens: int
    reused: int
    context_tokens: int
    dropped_turns: int = 0
    disarmed: bool = False  # chat tags in somebody's text were spaced out in the prompt's copy
    trimmed: bool = False  # text far from the gap, or the beginning of what is continued, was left out
    ids: bytes = b""
    parts: tuple[PromptPart, ...] = ()
    seed: int | None = None  # with which the same answer can be drawn again; None where none is drawn (temperature 0)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text; `tokens` is the count generated so far, held-back ones included.

    `logprob` is that of the newest token, where the sampling asked for it; `alternative` says whose text it is where
    several were asked for.
    """

    job_id: str
    text: str
    tokens: int
    logprob: float | None = None
    alternative: int = 0
