"""What is measured: ours and generate() on the same NF4 weights, in one process, interleaved, medians of five."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from engine.generate.text_generator import TextGenerator
from engine.messages import Order, Stop
from engine.models.load import LoadedModel
from engine.prompts.infill import build_infill
from engine.prompts.prompt import Prompt
from engine.settings import Sampling

_PAIRS = 5
_DECODED_TOKENS = 128


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result; `ours` and `other` are medians in `unit`, more is better."""

    row: str
    model: str
    unit: str
    ours: float
    other: float
    other_name: str
    goal: str
    note: str

    @property
    def ratio(self) -> float:
        return self.ours / self.other


def measure(model: LoadedModel) -> Iterator[Row]:
    """The rows that issue 6 can be held to: the plain loop must not lose against generate()."""
    generator = TextGenerator(model)
    prompt = _prompt(model)
    name = model.info.name
    decode = _pairs(lambda: _our_decode(generator, prompt), lambda: _their_decode(model, prompt))
    yield Row("decode", name, "tok/s", *decode, "generate()", ">= 0.9x", f"{len(prompt.ids)} tokens read before")
    prefill = _pairs(lambda: _our_prefill(generator, prompt), lambda: _their_prefill(model, prompt))
    yield Row("prefill", name, "tok/s", *prefill, "generate()", ">= 0.9x", f"{len(prompt.ids)} tokens, cold cache")


def _prompt(model: LoadedModel) -> Prompt:
    """A gap in some code, with no stop ids, so that both sides decode the same number of tokens."""
    code = "".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(24))
    prompt = build_infill(model.vocabulary, code, "\n", Order.PSM)
    return Prompt(prompt.ids, prompt.parts, {}, drop_leading_space=False)


def _pairs(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    """Medians of interleaved pairs, after one of each to warm up."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(_PAIRS)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _answer(generator: TextGenerator, prompt: Prompt, max_tokens: int) -> tuple[float, float, int]:
    generator.drop_lanes()
    job = generator.answer("bench", "bench", prompt, Sampling(temperature=0, max_tokens=max_tokens))
    while True:
        try:
            next(job)
        except StopIteration as end:
            usage = end.value.usage
            if end.value.stop not in (Stop.LENGTH, Stop.EOS):
                raise RuntimeError(f"the answer ended as {end.value.stop}") from None
            return usage.prefill_ms, usage.decode_ms, usage.generated


def _our_decode(generator: TextGenerator, prompt: Prompt) -> float:
    _, decode_ms, generated = _answer(generator, prompt, _DECODED_TOKENS)
    return (generated - 1) / decode_ms * 1000


def _our_prefill(generator: TextGenerator, prompt: Prompt) -> float:
    prefill_ms, _, _ = _answer(generator, prompt, 1)
    return len(prompt.ids) / prefill_ms * 1000


def _generate(model: LoadedModel, prompt: Prompt, tokens: int) -> float:
    """Seconds of generate() for so many greedy tokens, the prompt included."""
    network = model.network.model  # type: ignore[attr-defined]  # transformers' own object, kept for comparison
    ids = torch.tensor([list(prompt.ids)], device=network.device)
    start_s = time.perf_counter()
    with torch.inference_mode():
        network.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            pad_token_id=0,
        )
    return time.perf_counter() - start_s


def _their_decode(model: LoadedModel, prompt: Prompt) -> float:
    first_s = _generate(model, prompt, 1)
    return (_DECODED_TOKENS - 1) / (_generate(model, prompt, _DECODED_TOKENS) - first_s)


def _their_prefill(model: LoadedModel, prompt: Prompt) -> float:
    return len(prompt.ids) / _generate(model, prompt, 1)
