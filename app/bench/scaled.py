"""generate() measured over two layers and scaled to the whole model, for machines where a token takes seconds.

A layer's time is half that of two layers without the head; the head is measured once, alone.
"""

from dataclasses import dataclass
from time import perf_counter

import torch

from app.bench.generation_rows import OtherSide, generate_s, random_prompt
from app.bench.subjects import Subject

LAYERS = 2
_TOO_SLOW_S = 1.0
_TOKENS = 3


def scaled_s(measured_s: float, head_s: float, measured_layers: int, layers: int) -> float:
    """Seconds of all layers and the head, extrapolated from a few layers and the head."""
    return max(0.0, measured_s - head_s) / measured_layers * layers + head_s


@dataclass(frozen=True, slots=True)
class ScaledGenerate:
    """The other side of generation rows: a subject of `LAYERS` layers that represents a model of `layers`."""

    shallow: Subject
    layers: int
    head_s: float

    def as_other_side(self) -> OtherSide:
        note = f"generate() measured over {LAYERS} layers and scaled to {self.layers}, its head measured once"
        return OtherSide("generate(), scaled", self.decode_rate, self.prefill_s, note)

    def token_s(self, prompt: list[int], tokens: int = _TOKENS) -> float:
        """Seconds per decoded token of the whole model."""
        first_s = generate_s(self.shallow, prompt, 1)
        token_s = (generate_s(self.shallow, prompt, tokens) - first_s) / (tokens - 1)
        return scaled_s(token_s, self.head_s, LAYERS, self.layers)

    def decode_rate(self, prompt: list[int], tokens: int) -> float:
        return 1 / self.token_s(prompt, tokens)

    def prefill_s(self, prompt: list[int]) -> float:
        return scaled_s(generate_s(self.shallow, prompt, 1), self.head_s, LAYERS, self.layers)

    @property
    def is_needed(self) -> bool:
        """Whether the whole model would take hours."""
        prompt = random_prompt(self.shallow, 8)
        self.token_s(prompt)  # warm-up: bitsandbytes rearranges its weights in the first forward
        return self.token_s(prompt) > _TOO_SLOW_S


def scaled_generate(shallow: Subject, layers: int) -> ScaledGenerate:
    """Measure the head of transformers' model; `shallow` has `LAYERS` layers."""
    head, weight = shallow.model.lm_head, shallow.model.lm_head.weight
    x = torch.randn(1, 1, weight.shape[1]).to(weight)
    tries = []
    with torch.inference_mode():
        for _ in range(6):
            start_s = perf_counter()
            head(x)
            tries.append(perf_counter() - start_s)
    return ScaledGenerate(shallow, layers, sorted(tries[1:])[2])
