"""Decode and prefill: ours and generate() on the same weights, greedy, for the same number of tokens."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch

from app.bench.machine import copy_gb_per_s, read_gb_per_s, synchronize
from app.bench.row import PAIRS, Row, interleaved, more_is_better
from app.bench.subjects import Subject
from engine.generate.chunks import first_chunk_tokens
from engine.generate.drafts import Drafter
from engine.generate.lanes import Lane
from engine.generate.loop import Limits, decode
from engine.generate.sampling import Sampler
from engine.settings import Sampling

GREEDY = Sampling(temperature=0.0)


@dataclass(frozen=True, slots=True)
class OtherSide:
    """The other side: tokens a second after a prompt, and seconds until a prompt's first token."""

    name: str
    decode_rate: Callable[[list[int], int], float]
    prefill_s: Callable[[list[int]], float]
    note: str = ""


def generate_side(subject: Subject) -> OtherSide:
    """transformers' generate() over the same weights and compute dtype."""
    note = f"generate() in {str(subject.model.dtype).removeprefix('torch.')}"
    return OtherSide("generate()", partial(their_decode_rate, subject), partial(their_prefill_s, subject), note)


def random_prompt(subject: Subject, tokens: int) -> list[int]:
    """Token ids without repetition, from a fixed seed."""
    generator = torch.Generator().manual_seed(tokens)
    return [int(id_) for id_ in torch.randint(300, subject.vocab_size - 64, (tokens,), generator=generator)]


def generation_rows(
    subject: Subject,
    prompt_tokens: int,
    decoded_tokens: int,
    decode_goal: float,
    prefill_goal: float | None,
    pairs: int = PAIRS,
    other_side: OtherSide | None = None,
) -> Iterator[Row]:
    """Rows "decode", "roofline" and "prefill", beside generate() unless another side is given."""
    beside = other_side or generate_side(subject)
    prompt = random_prompt(subject, prompt_tokens)
    note = f"{prompt_tokens} tokens before, {decoded_tokens} decoded, {subject.described}; {beside.note}"
    ours, other = interleaved(
        lambda: our_decode_rate(subject, prompt, decoded_tokens),
        lambda: beside.decode_rate(prompt, decoded_tokens),
        pairs,
    )
    yield more_is_better("decode", subject.name, "tok/s", ours, other, beside.name, decode_goal, note)
    yield _roofline(subject, prompt_tokens, ours)
    ours, other = interleaved(
        lambda: prompt_tokens / our_prefill_s(subject, prompt),
        lambda: prompt_tokens / beside.prefill_s(prompt),
        pairs,
        warm_up=False,
    )
    yield more_is_better("prefill", subject.name, "tok/s", ours, other, beside.name, prefill_goal, note)


def _roofline(subject: Subject, context_tokens: int, rate: float) -> Row:
    """Our decode rate beside the memory bound: each token reads all weights and the context's KV cache."""
    weights = subject.network.weights
    read_bytes = subject.weights_bytes + context_tokens * subject.network.layout.bytes_per_token
    if weights.head is not weights.embedding:
        read_bytes -= weights.embedding.nbytes  # a token reads one row of it
    bandwidth = max(copy_gb_per_s(subject.device), read_gb_per_s(subject.device))
    bound = bandwidth * 1e9 / read_bytes
    goal = (0.35 if weights.heads == weights.kv_heads else 0.55) if subject.device.type == "cuda" else None
    if subject.device.type == "cpu" and subject.weights_bytes > 1e9:
        goal = 0.9
    note = f"{read_bytes / 1e9:.2f} GB a token at {bandwidth:.0f} GB/s"
    return more_is_better("roofline", subject.name, "tok/s", rate, bound, "bandwidth", goal, note)


def our_decode_rate(subject: Subject, prompt: list[int], tokens: int) -> float:
    """Tokens a second of our loop, prefill excluded."""
    lane = Lane(subject.network)
    lane.cache.reserve(len(prompt) + tokens)
    (logits,) = read_in_chunks(subject, lane, prompt)
    sampler = Sampler(GREEDY, subject.vocab_size)
    first = sampler.draw(logits)
    steps = subject.steps(lane, sampler, first.token)
    items = decode(first, steps, Drafter(lane.index, lane.ids, {}), {}, Limits(tokens, tokens))
    for _ in range(min(4, tokens - 2)):  # the first step captures its graph
        next(items)
    synchronize(subject.device)
    start_s, counted = time.perf_counter(), -1  # the last item is the finish reason, not a token
    for _ in items:
        counted += 1
    return counted / (time.perf_counter() - start_s)


def our_prefill_s(subject: Subject, prompt: list[int]) -> float:
    """Seconds until the first token's logits."""
    lane = Lane(subject.network)
    lane.cache.reserve(len(prompt))
    synchronize(subject.device)
    start_s = time.perf_counter()
    read_in_chunks(subject, lane, prompt).max().item()
    return time.perf_counter() - start_s


def read_in_chunks(subject: Subject, lane: Lane, prompt: list[int]) -> torch.Tensor:
    """Prefill in the chunks that the program uses for such a model; logits [1, vocab_size]."""
    size = first_chunk_tokens(subject.network.prefill_rate, is_gpu=subject.device.type != "cpu")
    for start in range(0, len(prompt), size):
        logits = lane.read(prompt[start : start + size])
    return logits


def their_prefill_s(subject: Subject, prompt: list[int]) -> float:
    """Seconds of generate() for one token."""
    return generate_s(subject, prompt, 1)


def their_decode_rate(subject: Subject, prompt: list[int], tokens: int) -> float:
    """Tokens a second of generate(); its prefill is measured by a separate run and subtracted."""
    first_s = generate_s(subject, prompt, 1)
    return (tokens - 1) / (generate_s(subject, prompt, tokens) - first_s)


def generate_s(subject: Subject, prompt: list[int], tokens: int) -> float:
    """Seconds of generate() for so many tokens, greedy."""
    ids = torch.tensor([prompt], device=subject.device)
    synchronize(subject.device)
    start_s = time.perf_counter()
    with torch.inference_mode():
        subject.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            pad_token_id=0,
        )
    synchronize(subject.device)
    return time.perf_counter() - start_s
