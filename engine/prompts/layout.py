"""What all chat formats have in common: an opening, then exchanges; the last one has no answer yet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.messages.generation import Stop
from engine.messages.prompts import Destination
from engine.prompts.prompt import Section


@dataclass(frozen=True, slots=True)
class Opening:
    """The text before the first question: the system text and a project's sections, in whole lines that end in LF."""

    system: str = ""
    project: Sequence[Section] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and, unless it is the last, its answer; both clean of CR and the format's tags."""

    question: str
    answer: str | None
    disarmed: bool = False
    question_to: Destination = Destination.USUAL
    answer_to: Destination = Destination.USUAL


class ChatLayout(Protocol):
    """Encodes the turns of one chat format."""

    @property
    def stop(self) -> Mapping[int, Stop]:
        """The ids at which an answer ends."""
        ...

    @property
    def stop_texts(self) -> tuple[str, ...]:
        """Texts before which an answer ends, where the format's own end is spelled as text."""
        ...

    @property
    def tags(self) -> re.Pattern[str] | None:
        """What a person's text must not hold, because the model would read it as the format's; None for nothing."""
        ...

    @property
    def drops_space(self) -> bool:
        """Whether an answer begins with SentencePiece's implicit space."""
        ...

    def encode_first(self, opening: Opening, exchange: Exchange) -> list[Section]:
        """The beginning of a prompt, with what stands before its first question."""
        ...

    def encode_later(self, exchange: Exchange) -> list[Section]:
        """An exchange that follows another one."""
        ...
