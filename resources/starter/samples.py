"""Training samples as token ids, each with how much predicting it counts: completion, PSM, SPM and conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sentencepiece

from resources.starter.chat import Turn
from resources.starter.gaps import Gap
from resources.starter.settings import BOS, EOS, MARKS

# One token in two hundred ends a middle or an answer: at weight 1 a small model never learns to end.
PLAIN, GIVEN, FIRST, MIDDLE, END_OF_MIDDLE = 1.0, 0.5, 4.0, 2.5, 8.0
QUESTION, ANSWER, END_OF_ANSWER = 0.3, 1.5, 4.0
ANCHOR = "\x01"  # costs a fixed number of ids, behind which text is spelled without a leading space


@dataclass(frozen=True)
class Sample:
    """Token ids and the weight of each in the loss; `kind` says what it counts as in the mixture."""

    kind: str
    ids: list[int]
    weights: list[float]


class Tokens:
    """The tokenizer and the samples built with it."""

    def __init__(self, path: Path) -> None:
        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self.prefix, self.suffix, self.middle, self.end = (self.processor.piece_to_id(mark) for mark in MARKS)
        self._anchor = len(self.encode(ANCHOR))

    def encode(self, text: str) -> list[int]:
        """The ids of a text, a leading space included."""
        ids: list[int] = self.processor.encode(text)
        return ids

    def encode_bare(self, text: str) -> list[int]:
        """The ids of a text that continues another one: no leading space."""
        return self.encode(ANCHOR + text)[self._anchor :]

    def decode_bare(self, ids: Sequence[int]) -> str:
        """The text of ids that continue another text: a leading space is the text's own."""
        text: str = self.processor.decode([*self.encode(ANCHOR), *ids])
        return text[len(ANCHOR) :]

    def psm_prompt(self, prefix: str, suffix: str) -> list[int]:
        """Prefix, suffix, then the middle is asked for."""
        return [BOS, self.prefix, *self.encode(prefix), self.suffix, *self.encode_bare(suffix), self.middle]

    def spm_prompt(self, prefix: str, suffix: str) -> list[int]:
        """Suffix first; the middle continues the prefix."""
        return [BOS, self.prefix, self.suffix, *self.encode_bare(suffix), self.middle, *self.encode(prefix)]

    def chat_prompt(self, question: str) -> list[int]:
        """An open turn, to be answered."""
        return [BOS, *self.encode(f"[INST] {question.strip()} [/INST]")]

    def completion(self, text: str) -> Sample:
        """Plain text between the marks of its start and end."""
        ids = [BOS, *self.encode(text), EOS]
        return Sample("completion", ids, [PLAIN] * len(ids))

    def psm(self, gap: Gap) -> Sample:
        """A gap with its middle last."""
        return self._filled(self.psm_prompt(gap.prefix, gap.suffix), self.encode_bare(gap.middle))

    def spm(self, gap: Gap) -> Sample:
        """A gap with its suffix first; prefix and middle are spelled as one text, so no token is cut in two."""
        alone, joined = self.encode(gap.prefix), self.encode(gap.prefix + gap.middle)
        pairs = zip(alone, joined, strict=False)
        same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(alone), len(joined)))
        return self._filled(self.spm_prompt("", gap.suffix) + joined[:same], joined[same:])

    def _filled(self, given: list[int], middle: list[int]) -> Sample:
        body = [FIRST, *[MIDDLE] * (len(middle) - 1)] if middle else []
        weights = [GIVEN] * len(given) + body + [END_OF_MIDDLE]
        return Sample("infilling", [*given, *middle, self.end], weights)

    def chat(self, turns: Sequence[Turn]) -> Sample:
        """A conversation; each turn starts at BOS and ends at EOS."""
        ids: list[int] = []
        weights: list[float] = []
        for turn in turns:
            asked = len(self.chat_prompt(turn.question))
            text = f"[INST] {turn.question.strip()} [/INST] {turn.answer.strip()} "
            whole = [BOS, *self.encode(text), EOS]
            ids += whole
            weights += [QUESTION] * asked + [ANSWER] * (len(whole) - asked - 1) + [END_OF_ANSWER]
        return Sample("chat", ids, weights)
