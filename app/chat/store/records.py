"""The plain values that the store returns."""

from dataclasses import dataclass, field
from datetime import datetime

from engine.answers import AnswerState, Receipt
from engine.errors import ErrorReport
from engine.messages.prompts import PromptPart, Speaker


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation; `excerpt` surrounds what a search found, and is empty without a search."""

    id: int
    title: str
    updated_at: datetime
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class SentPrompt:
    """A model's exact prompt. `ids` are little-endian uint32 token ids of the tokenizer with that hash."""

    ids: bytes
    parts: tuple[PromptPart, ...]
    model_name: str
    tokenizer_path: str
    tokenizer_hash: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the shown branch. Questions are COMPLETE; `version` of `versions` counts siblings from 1.

    `is_damaged`: some bytes were not decodable any more and are shown as U+FFFD.
    """

    id: int
    speaker: Speaker
    text: str
    state: AnswerState
    model_name: str = ""
    receipt: Receipt = field(default_factory=Receipt)
    error: ErrorReport | None = None
    version: int = 1
    versions: int = 1
    is_damaged: bool = False
