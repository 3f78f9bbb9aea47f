"""Draws the next token from logits: temperature and top-p as the authors' sample_top_p, argmax at temperature 0."""

import math
import secrets

import torch

from engine.errors import ErrorCode, LacunaError
from engine.settings import Sampling


class Sampler:
    """Draws tokens for one answer. The generator is on the CPU, so a seed draws the same numbers on any device.

    Only ids below `vocabulary_size` are drawn: some models are padded with rows that stand for no text.
    """

    def __init__(self, sampling: Sampling, vocabulary_size: int) -> None:
        self._temperature = sampling.temperature
        self._top_p = sampling.top_p
        self._vocabulary_size = vocabulary_size
        self._generator = torch.Generator()
        self._generator.manual_seed(secrets.randbits(63) if sampling.seed is None else sampling.seed)

    def draw(self, logits: torch.Tensor) -> int:
        """One token id from logits of shape [vocab_size]; LacunaError MODEL_INVALID where they are not numbers."""
        logits = logits[: self._vocabulary_size]
        peak = logits.max()
        if not math.isfinite(float(peak)):
            raise LacunaError(
                ErrorCode.MODEL_INVALID,
                "The model answered with values that are not numbers, so the answer ends here.",
                "Load the model again; if it keeps happening, its weights are damaged.",
            )
        if self._temperature == 0.0:
            return int(logits.argmax())
        # The peak is taken off before the division: a tiny temperature would overflow to infinity.
        probabilities = torch.softmax((logits - peak) / self._temperature, dim=-1)
        kept, ids = keep_top_p(probabilities, self._top_p)
        return int(ids[torch.multinomial(kept, num_samples=1, generator=self._generator)])


def keep_top_p(probabilities: torch.Tensor, top_p: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities in falling order, zero where cut, and the ids they belong to; both of shape [vocab_size].

    A token stays while the mass before it is <= top_p, so the most probable one always does. The sum is not made 1:
    `torch.multinomial` takes weights.
    """
    ordered, ids = torch.sort(probabilities, descending=True, stable=True)
    mass_before = torch.cumsum(ordered, dim=-1) - ordered
    return ordered.masked_fill(mass_before > top_p, 0.0), ids
