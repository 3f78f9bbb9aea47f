"""A prompt as it goes to the model: token ids, and what each of them is."""

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.messages.generation import Stop
from engine.messages.prompts import PartName as PartName
from engine.messages.prompts import PromptPart as Part


@dataclass(frozen=True, slots=True)
class Section:
    """Ids of one kind, before they have a place in a prompt."""

    name: PartName
    ids: Sequence[int]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything that generation needs to know about a prompt.

    `parts` cover `ids` without a gap. `stop` says at which ids text ends and why. `drop_leading_space` is for the
    detokenizer. `first_ids`: if there are any, the text must begin with one of them. `disarmed`: chat tags in foreign
    text were broken up. `dropped_turns`: how many of the oldest turns were left out. `trimmed`: text far from the gap,
    or from the end, was left out. `stop_texts` end the text where a format's own end is spelled as text.
    """

    ids: tuple[int, ...]
    parts: tuple[Part, ...]
    stop: Mapping[int, Stop]
    drop_leading_space: bool
    first_ids: frozenset[int] = frozenset()
    disarmed: bool = False
    dropped_turns: int = 0
    trimmed: bool = False
    stop_texts: tuple[str, ...] = ()

    @property
    def packed_ids(self) -> bytes:
        """The ids as messages carry them: little-endian uint32."""
        return pack_ids(array("I", self.ids))


def control(token_id: int) -> Section:
    """One control id, which only a builder may put into a prompt."""
    return Section(PartName.CONTROL, (token_id,))


def count_tokens(sections: Iterable[Section]) -> int:
    return sum(len(section.ids) for section in sections)


def place(sections: Iterable[Section]) -> tuple[tuple[int, ...], tuple[Part, ...]]:
    """The ids of all sections in order, and the place of each; an empty section gets no part."""
    ids: list[int] = []
    parts: list[Part] = []
    for section in sections:
        start = len(ids)
        ids.extend(section.ids)
        if section.ids:
            parts.append(Part(section.name, start, len(ids), section.label))
    return tuple(ids), tuple(parts)


def pack_ids(ids: "array[int]") -> bytes:
    """Ids as messages carry them: little-endian uint32."""
    if sys.byteorder == "big":
        ids = array("I", ids)
        ids.byteswap()
    return ids.tobytes()


def unpack_ids(data: bytes) -> "array[int]":
    """The ids of a message. Raises ValueError where the bytes are not whole ids."""
    ids = array("I")
    ids.frombytes(data)
    if sys.byteorder == "big":
        ids.byteswap()
    return ids
