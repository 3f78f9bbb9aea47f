"""Draws the next token from logits: penalty, temperature, top-k and top-p, argmax at temperature 0.

Drawing is inverse-CDF sampling: one uniform number from [0, 1) is compared with the cumulative probability of the
tokens, the likeliest first. Each token consumes exactly one uniform. So a seed gives the same text on any device, and
also where several tokens are verified at once (`loop.py`).
"""

import math
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from engine.errors import ErrorCode, LacunaError
from engine.settings import Sampling

_FIRST_LOOK = 256  # tokens sorted at first: sorting a whole vocabulary takes 2 ms on a processor
_UNIFORMS_AT_ONCE = 64


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
        self._uniforms: list[float] = []

    @property
    def is_plain(self) -> bool:
        """Whether each draw depends on its own logits alone. Then a device can draw several in a row by itself."""
        return self.sampling.repetition_penalty == 1.0

    def draw(self, logits: torch.Tensor) -> Drawn:
        """One token from logits of shape [vocab_size]. Raises LacunaError MODEL_INVALID if they are NaN or infinite."""
        logits = logits[: self.vocabulary_size]
        logprob_of = logits.log_softmax(-1) if self.sampling.logprobs else None
        token = self._choose(self._penalized(logits))
        if self.sampling.repetition_penalty != 1.0:
            self._seen.add(token)
        return Drawn(token, None if logprob_of is None else float(logprob_of[token]))

    def draw_along(self, rows: torch.Tensor, draft: Sequence[int]) -> list[Drawn]:
        """Draw from logits [len(draft) + 1, vocab_size], row by row, up to the first token that is not the draft's.

        Each token is drawn from its own logits, so the text is the same as without a draft.
        """
        drawn = []
        for row, guess in zip(rows, [*draft, -1], strict=True):
            drawn.append(self.draw(row))
            if drawn[-1].token != guess:
                break
        return drawn

    def uniforms(self, count: int) -> list[float]:
        """The next uniforms in [0, 1), one for each token."""
        while len(self._uniforms) < count:
            self._uniforms += torch.rand(_UNIFORMS_AT_ONCE, generator=self._generator, dtype=torch.float64).tolist()
        taken, self._uniforms = self._uniforms[:count], self._uniforms[count:]
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
        # Subtract the peak before dividing: a tiny temperature would overflow to infinity.
        probabilities = torch.softmax((logits.double() - peak) / self.sampling.temperature, dim=-1)
        weights, ids = nucleus(probabilities, self.sampling.top_p, self.sampling.top_k)
        mass = weights.cumsum(-1)
        (uniform,) = self.uniforms(1)
        return int(ids[int((mass <= uniform * mass[-1]).sum().clamp(max=len(ids) - 1))])


def require_number(peak: float) -> None:
    """Raises LacunaError if the largest logit is NaN or infinite: then no logit can be trusted."""
    if not math.isfinite(peak):
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            "The model answered with values that are not numbers, so the answer ends here.",
            "Load the model again; if it keeps happening, its weights are damaged.",
        )


def nucleus(probabilities: torch.Tensor, top_p: float, top_k: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens that may be drawn: their probabilities in descending order, and their ids.

    `probabilities` has shape [vocab_size]. A token is kept while the mass before it is <= top_p, so the likeliest token
    is always kept. Top-k is applied first; top-p then counts the mass among those k tokens, as transformers does. The
    result is not renormalised.
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
    """How many of the probabilities, in descending order, have at most this mass before them."""
    return int((ordered.cumsum(-1) - ordered <= top_p).sum())
