"""The parts of a decode step: CUDA graph beside eager, the cost of verifying drafts, Python's share of a token."""

import time
from collections.abc import Callable, Iterator

import torch

from app.bench.generation_rows import GREEDY, our_decode_rate, random_prompt, read_in_chunks
from app.bench.row import Row, interleaved, less_is_better, more_is_better, not_measured
from app.bench.subjects import Subject
from engine.generate.cuda_graphs import CudaGraphs
from engine.generate.decode_graphs import DecodeGraphs
from engine.generate.drafts import Drafter
from engine.generate.graph_steps import GraphSteps
from engine.generate.lanes import Lane
from engine.generate.loop import Limits, decode
from engine.generate.sampling import Drawn, Sampler
from engine.generate.steps import EagerSteps

_PYTHON_GOAL_MS = 0.3
_TOKENS = 400


class NoDevice:
    """Graphs that do nothing, so that the time of a token is Python's own, on the real call path."""

    def capture(self, run: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    def record(self) -> "NoDevice":
        return self

    def synchronize(self) -> None:
        pass

    def pinned(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor


def python_row(subject: Subject) -> Iterator[Row]:
    """Row "python": milliseconds per token of our loop with kernels that cost nothing."""
    lane = Lane(subject.network)
    lane.cache.reserve(_TOKENS + 8)
    lane.read([1, 2, 3])
    sampler = Sampler(GREEDY, subject.vocab_size)
    steps = GraphSteps(DecodeGraphs(subject.network, NoDevice()), lane, sampler, 1)
    drafter = Drafter(lane.index, lane.ids, {})
    items = decode(Drawn(1), steps, drafter, {}, Limits(_TOKENS, _TOKENS))
    for _ in range(8):
        next(items)
    start_s = time.perf_counter()
    for _ in items:
        pass
    ours_ms = (time.perf_counter() - start_s) / (_TOKENS - 8) * 1000
    note = "graph path with replay, copies and events stubbed out"
    yield less_is_better("python", "any", "ms/token", ours_ms, _PYTHON_GOAL_MS, "the goal itself", 1.0, note)


def graph_rows(subject: Subject, prompt_tokens: int, tokens: int) -> Iterator[Row]:
    """Row "graph": our CUDA graphs beside our eager steps, and whether both give the same logits."""
    if subject.device.type != "cuda":
        yield not_measured("graph", subject.name, "graphs are CUDA's; this model is on the processor")
        return
    prompt = random_prompt(subject, prompt_tokens)
    eager = Subject(subject.name, subject.model, subject.network, EagerSteps, subject.device, subject.weights_bytes)
    ours, other = interleaved(
        lambda: our_decode_rate(subject, prompt, tokens), lambda: our_decode_rate(eager, prompt, tokens), 3
    )
    note = f"largest logit of 16 steps differs by {_peak_difference(subject, prompt):.2g}"
    yield more_is_better("graph", subject.name, "tok/s", ours, other, "eager steps", 4.0, note)


def verify_rows(subject: Subject) -> Iterator[Row]:
    """Rows "verify": the cost of a forward of several tokens, in forwards of one. Drafts pay below their number."""
    for window, cost in subject.network.verify_costs.items():
        if window > 1:
            goal = {4: 1 / 1.15, 8: 1 / 1.4}.get(window) if subject.device.type == "cuda" else None
            yield less_is_better("verify", subject.name, f"c({window})", cost, 1.0, "one token", goal)


def _peak_difference(subject: Subject, prompt: list[int]) -> float:
    """The largest logit of each of several steps over the same tokens, by graph and eagerly."""
    lane = Lane(subject.network)
    lane.cache.reserve(len(prompt) + 32)
    read_in_chunks(subject, lane, prompt)
    sampler, peaks = Sampler(GREEDY, subject.vocab_size), []
    graphs = DecodeGraphs(subject.network, CudaGraphs(subject.device))
    steps, ids = GraphSteps(graphs, lane, sampler, 5), [5]
    for _ in range(16):
        ids.append(steps.step([], may_run_ahead=False)[-1].token)
        peaks.append(float(graphs.tensors.outputs[0, 2]))
    lane.truncate(len(prompt))
    eager = [float(lane.read([id_]).max()) for id_ in ids[:-1]]
    return max(abs(one - other) for one, other in zip(peaks, eager, strict=True))
