"""Training samples as token ids, each with how much predicting it counts; prompts are those that the program builds."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.messages.prompts import Order
from engine.prompts.infill import build_infill
from engine.prompts.inst import InstLayout
from engine.prompts.layout import Exchange, Opening
from engine.prompts.prompt import PartName, Section
from engine.tokens.vocabulary import Vocabulary
from resources.starter.chat import Turn
from resources.starter.gaps import Gap

# One token in a hundred ends a middle or an answer: at weight 1 a small model learns slowly to end.
PLAIN, FIRST, MIDDLE, END_OF_MIDDLE = 1.0, 2.0, 1.5, 3.0
ANSWER, END_OF_ANSWER = 1.0, 3.0


@dataclass(frozen=True)
class Sample:
    """Token ids and the weight of each in the loss, 0 for what is only read; `kind` is its place in the mixture."""

    kind: str
    ids: list[int]
    weights: list[float]


class Tokens:
    """The vocabulary and the samples spelled with it."""

    def __init__(self, path: Path) -> None:
        self.vocabulary = Vocabulary.open(path)
        marks = self.vocabulary.marks
        if marks is None:
            raise ValueError(f"{path} has no marks for infilling")
        self.end = marks.eot
        self._layout = InstLayout(self.vocabulary)

    def completion(self, text: str, whole: bool) -> Sample:
        """Plain text behind the mark of its start; `whole`: it ends where the file ends."""
        ids = [self.vocabulary.bos, *self.vocabulary.encode(text), *([self.vocabulary.eos] if whole else [])]
        return Sample("completion", ids, [0.0] + [PLAIN] * (len(ids) - 1))

    def psm(self, gap: Gap) -> Sample:
        """A gap with its middle last."""
        prompt = build_infill(self.vocabulary, gap.prefix, gap.suffix, Order.PSM)
        return self._filled("psm", list(prompt.ids), self.vocabulary.encode_bare(gap.middle))

    def spm(self, gap: Gap) -> Sample:
        """A gap with its suffix first; prefix and middle are spelled as one text, so no token is cut in two."""
        prompt = list(build_infill(self.vocabulary, "", gap.suffix, Order.SPM).ids)
        alone, joined = self.vocabulary.encode(gap.prefix), self.vocabulary.encode(gap.prefix + gap.middle)
        pairs = zip(alone, joined, strict=False)
        same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(alone), len(joined)))
        return self._filled("spm", prompt + joined[:same], joined[same:])

    def _filled(self, kind: str, given: list[int], middle: list[int]) -> Sample:
        body = [FIRST, *[MIDDLE] * (len(middle) - 1)] if middle else []
        return Sample(kind, [*given, *middle, self.end], [0.0] * len(given) + body + [END_OF_MIDDLE])

    def chat(self, kind: str, turns: Sequence[Turn], system: str = "", project: "array[int] | None" = None) -> Sample:
        """A conversation; each turn starts at BOS and ends at EOS. `project`: the ids of a packed folder."""
        sections = [Section(PartName.PROJECT, project)] if project else []
        opening = Opening(system, sections)
        ids: list[int] = []
        weights: list[float] = []
        for number, turn in enumerate(turns):
            encode = (
                self._layout.encode_later if number else (lambda exchange: self._layout.encode_first(opening, exchange))
            )
            asked = sum(len(section.ids) for section in encode(Exchange(turn.question, None)))
            whole = [token for section in encode(Exchange(turn.question, turn.answer)) for token in section.ids]
            ids += whole
            weights += [0.0] * asked + [ANSWER] * (len(whole) - asked - 1) + [END_OF_ANSWER]
        return Sample(kind, ids, weights)
