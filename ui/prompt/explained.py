"""A prompt for reading: the tokens of its parts, its exact text, its ids; without Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from engine.messages.prompts import PartName, PromptPart
from engine.shown import one_line
from ui.parts.utf16 import utf16_length

_WORDS = {
    PartName.CONTROL: "Control tokens",
    PartName.SYSTEM: "System text",
    PartName.OUTLINE: "Outline of the folder",
    PartName.PROJECT: "Files",
    PartName.EXCHANGE: "Earlier turns",
    PartName.USER: "Question",
    PartName.ANSWER_HEADER: "Head of the answer",
    PartName.PREFIX: "Before the gap",
    PartName.SUFFIX: "After the gap",
    PartName.TEXT: "Text to continue",
}


@dataclass(frozen=True, slots=True)
class ExplainedPrompt:
    """A prompt's ids, the text of each, the indices of control ids (whose text is their name), and the parts."""

    model_name: str
    ids: tuple[int, ...]
    texts: tuple[str, ...]
    controls: tuple[int, ...]
    parts: tuple[PromptPart, ...]


@dataclass(frozen=True, slots=True)
class PartRow:
    """All tokens of one kind: their number, and their ranges [start, stop) in tokens."""

    words: str
    tokens: int
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A text to show. `borders[n]` is the start of token n in UTF-16 units; the last border is the end."""

    text: str
    borders: tuple[int, ...]

    def range_of(self, start: int, stop: int) -> tuple[int, int]:
        """The range of the tokens [start, stop) in the text."""
        return self.borders[start], self.borders[stop]


def part_rows(parts: Sequence[PromptPart]) -> list[PartRow]:
    """One row for each kind of token and for each file, in the order of the prompt."""
    places: dict[str, list[tuple[int, int]]] = {}
    for part in parts:
        words = one_line(part.label) if part.label else _WORDS[part.name]
        places.setdefault(words, []).append((part.start, part.stop))
    return [PartRow(words, sum(stop - start for start, stop in found), tuple(found)) for words, found in places.items()]


def text_page(prompt: ExplainedPrompt) -> Page:
    """The exact text, with control tokens by name."""
    return _page([text.replace("\r", "\u240d") for text in prompt.texts])  # a text widget would show a line end


def ids_page(prompt: ExplainedPrompt) -> Page:
    """A line for each token: its index, id and text."""
    controls = set(prompt.controls)
    width = len(str(max(prompt.ids, default=0)))
    place_width = len(str(len(prompt.ids)))
    return _page(
        [
            f"{place:>{place_width}}  {token_id:>{width}}  {text if place in controls else _quoted(text)}\n"
            for place, (token_id, text) in enumerate(zip(prompt.ids, prompt.texts, strict=True))
        ]
    )


def _quoted(text: str) -> str:
    return repr(text) if text else "(part of the next character)"


def _page(texts: Sequence[str]) -> Page:
    return Page("".join(texts), tuple(accumulate(map(utf16_length, texts), initial=0)))
