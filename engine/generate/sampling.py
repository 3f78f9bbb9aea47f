"""Draws the next token from logits: penalty, temperature, top-k and top-p, argmax at temperature 0.

A draw takes one number between 0 and 1 and walks down the tokens in the order of their probability until their mass
reaches it. So a seed gives the same text on any device and however many tokens were verified at once (`loop.py`).
"""

import math
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from engine.errors import ErrorCode, LacunaError
from engine.settings import Sampling

_FIRST_LOOK = 256  # tokens that are put in order at first; sorting a whole vocabulary takes 2 ms on a processor
_NUMBERS_AT_ONCE = 64


class Drawn(NamedTuple):
    """A token, and the logarithm of its probability before temperature and cuts, where that was asked for."""

    token: int
    logprob: float | None = None


def seeded(sampling: Sampling) -> Sampling:
    """The same way to draw with a seed that can be told: a fresh one where none is set. Argmax needs none."""
    if sampling.seed is not None or sampling.temperature == 0.0:
        return sampling
    return replace(sampling, seed=secrets.randbits(63))


class Sampler:
    """Draws tokens for one answer. `seen` are the ids that the repetition penalty counts as read.

    Only ids below `vocabulary_size` are drawn: some models are padded with rows that stand for no text.
    """

    def __init__(self, sampling: Sampling, vocabulary_size: int, seen: Iterable[int] = ()) -> None:
        self.sampling = sampling
        self.vocabulary_size = vocabulary_size
        self._seen = set(seen) if sampling.repetition_penalty != 1.0 else set()
        self._generator = torch.Generator()
        self._generator.manual_seed(seeded(sampling).seed or 0)
        self._numbers: list[float] = []

    @property
    def is_plain(self) -> bool:
        """Whether a token's draw depends on its own logits alone, so that a device can do it without our help."""
        return self.sampling.repetition_penalty == 1.0

    def draw(self, logits: torch.Tensor) -> Drawn:
        """One token from logits of shape [vocab_size]; LacunaError MODEL_INVALID where they are not numbers."""
        logits = logits[: self.vocabulary_size]
        logprob_of = logits.log_softmax(-1) if self.sampling.logprobs else None
        token = self._choose(self._penalized(logits))
        if self.sampling.repetition_penalty != 1.0:
            self._seen.add(token)
        return Drawn(token, None if logprob_of is None else float(logprob_of[token]))

    def draw_along(self, rows: torch.Tensor, draft: Sequence[int]) -> list[Drawn]:
        """What the logits [len(draft) + 1, vocab_size] give, one behind the other, up to the first that is not the
        draft's token. Each is drawn from its own logits, so the text is what it would be without a draft.
        """
        drawn = []
        for row, guess in zip(rows, [*draft, -1], strict=True):
            drawn.append(self.draw(row))
            if drawn[-1].token != guess:
                break
        return drawn

    def numbers(self, count: int) -> list[float]:
        """The next numbers between 0 and 1, one a token."""
        while len(self._numbers) < count:
            self._numbers += torch.rand(_NUMBERS_AT_ONCE, generator=self._generator, dtype=torch.float64).tolist()
        taken, self._numbers = self._numbers[:count], self._numbers[count:]
        return taken

    def _penalized(self, logits: torch.Tensor) -> torch.Tensor:
        if not self._seen:
            return logits
        ids = torch.tensor(sorted(self._seen), device=logits.device)
        found, penalty = logits[ids], self.sampling.repetition_penalty
        return logits.index_copy(0, ids, torch.where(found > 0, found / penalty, found * penalty))

    def _choose(self, logits: torch.Tensor) -> int:
        peak, token = logits.max(-1)
        require_number(float(peak))
        if self.sampling.temperature == 0.0:
            return int(token)
        # The peak is taken off before the division: a tiny temperature would overflow to infinity.
        probabilities = torch.softmax((logits.double() - peak) / self.sampling.temperature, dim=-1)
        weights, ids = nucleus(probabilities, self.sampling.top_p, self.sampling.top_k)
        mass = weights.cumsum(-1)
        (number,) = self.numbers(1)
        return int(ids[int((mass <= number * mass[-1]).sum().clamp(max=len(ids) - 1))])


def require_number(peak: float) -> None:
    """LacunaError where the largest logit is not a finite number: then none of them can be trusted."""
    if not math.isfinite(peak):
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            "The model answered with values that are not numbers, so the answer ends here.",
            "Load the model again; if it keeps happening, its weights are damaged.",
        )


def nucleus(probabilities: torch.Tensor, top_p: float, top_k: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens that may be drawn out of probabilities [vocab_size]: theirs in falling order, and their ids.

    A token stays while the mass before it is <= top_p, so the most probable one always does. Top-k cuts first, and then
    top-p counts the mass among those k, as transformers does. The sum is not made 1.
    """
    if top_k:
        ordered, ids = torch.topk(probabilities, min(top_k, len(probabilities)))
        kept = _count_top_p(ordered, top_p * float(ordered.sum()))
        return ordered[:kept], ids[:kept]
    for look in (min(_FIRST_LOOK, len(probabilities)), len(probabilities)):
        ordered, ids = torch.topk(probabilities, look)
        kept = _count_top_p(ordered, top_p)
        if kept < look:
            break
    return ordered[:kept], ids[:kept]


def _count_top_p(ordered: torch.Tensor, top_p: float) -> int:
    """How many of the probabilities in falling order have at most that mass before them."""
    return int((ordered.cumsum(-1) - ordered <= top_p).sum())
