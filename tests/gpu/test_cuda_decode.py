"""On a real GPU: our forward against transformers', graphs against single forwards, our kernels against bitsandbytes'.

Without the project's pytest settings, where there is no Qt: `pytest -c /dev/null --import-mode=importlib tests/gpu`.
"""

from typing import Any

import pytest
import torch

from app.bench.generation_rows import random_prompt
from app.bench.subjects import Shape, Subject, random_model, subject_over
from engine.generate.build import choose_steps
from engine.generate.drafts import Drafter
from engine.generate.lanes import Lane
from engine.generate.loop import Limits, decode
from engine.generate.products import BitsandbytesProduct
from engine.generate.sampling import Drawn, Sampler
from engine.generate.steps import EagerSteps, StepsFactory
from engine.kernels.triton_support import triton_fault
from engine.messages import Stop
from engine.models.device import Placement, choose_placement, probe_machine
from engine.settings import Sampling

pytestmark = pytest.mark.gpu

WHOLE = Shape("whole heads", 1024, 2816, 4, 8, 8, vocab_size=4096)
GROUPED = Shape("grouped heads", 1024, 2816, 4, 8, 2, vocab_size=4096)


@pytest.fixture(scope="module")
def placement() -> Placement:
    machine = probe_machine()
    if not machine.gpus:
        pytest.skip(f"the GPU tests were not run: {machine.cuda_fault}")
    return choose_placement(machine, "cuda", 1000)


@pytest.fixture(scope="module", params=[WHOLE, GROUPED], ids=lambda shape: shape.name)
def subject(request: pytest.FixtureRequest, placement: Placement) -> Subject:
    torch.manual_seed(3)
    return subject_over(request.param.name, random_model(request.param, placement), placement)


def test_logits_equal_transformers_whole_chunked_and_stepwise(subject: Subject) -> None:
    ids = random_prompt(subject, 300)
    with torch.inference_mode():
        expected = subject.model(torch.tensor([ids], device=subject.device)).logits[0].float()
    cache = subject.network.new_cache()
    parts = [subject.network.read(ids[:120], cache, 120), subject.network.read(ids[120:280], cache, 160)]
    parts += [subject.network.read([id_], cache) for id_ in ids[280:]]
    ours = torch.cat(parts)
    divergence = (expected.softmax(-1) * (expected.log_softmax(-1) - ours.log_softmax(-1))).sum(-1)
    assert float(divergence.mean()) < 1e-4
    best = expected.topk(2).values
    sure = best[:, 0] - best[:, 1] > 0.05
    assert bool((ours.argmax(-1) == expected.argmax(-1))[sure].all())


def draw(subject: Subject, steps: StepsFactory, sampling: Sampling, costs: Any = None) -> list[int]:
    lane = Lane(subject.network)
    prompt = random_prompt(subject, 90) * 2
    lane.cache.reserve(len(prompt) + sampling.max_tokens)
    logits = lane.read(prompt)[0]
    sampler = Sampler(sampling, subject.vocab_size)
    first = sampler.draw(logits)
    drafter = Drafter(lane.index, lane.ids, costs or {})
    items = decode(first, steps(lane, sampler, first.token), drafter, {}, Limits(sampling.max_tokens, 9999))
    found = [item.token for item in items if isinstance(item, Drawn)]
    assert lane.ids[len(prompt) :] == found[:-1]
    return found


def test_graphs_step_through_a_bucket_border_as_single_forwards_do(subject: Subject) -> None:
    """Random weights leave ties within rounding: the texts are compared up to where the two best come that near."""
    found = draw(subject, subject.steps, Sampling(temperature=0.0, max_tokens=400))
    lane = Lane(subject.network)
    prompt = random_prompt(subject, 90) * 2
    rows = [lane.read(prompt)[0]] + [lane.read([token])[0] for token in found[:-1]]
    for row, token in zip(rows, found, strict=True):
        best = row.max()
        assert float(best - row[token]) < 0.05, "a token that is not near the best was drawn"


def test_drafts_and_seeds_draw_likely_tokens_too(subject: Subject) -> None:
    costs = {1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0}
    greedy = Sampling(temperature=0.0, max_tokens=60)
    plain, drafted = draw(subject, subject.steps, greedy), draw(subject, subject.steps, greedy, costs)
    assert plain[:8] == drafted[:8]
    seeded = Sampling(temperature=0.8, seed=5, max_tokens=40)
    assert draw(subject, subject.steps, seeded) == draw(subject, subject.steps, seeded)
    assert draw(subject, subject.steps, seeded)[:4] == draw(subject, EagerSteps, seeded)[:4]


def test_own_kernel_agrees_with_bitsandbytes_on_every_window(subject: Subject) -> None:
    if fault := triton_fault(subject.device):
        pytest.skip(f"Triton's kernels were not tried: {fault}")
    plain = BitsandbytesProduct()
    for weight in subject.network.weights.layers[0].matrices:
        assert not isinstance(weight, torch.Tensor)
        for rows in (1, 2, 3, 4, 5, 8, 9, 16, 17, 64):
            x = torch.randn(rows, weight.columns, device=subject.device, dtype=subject.network.dtype)
            ours, theirs = weight.product(x, weight).float(), plain(x, weight).float()
            assert float((ours - theirs).abs().max() / theirs.abs().max()) < 0.02


def test_answer_that_ends_early_leaves_the_lane_usable(subject: Subject) -> None:
    lane = Lane(subject.network)
    prompt = random_prompt(subject, 50)
    lane.read(prompt)
    sampler = Sampler(Sampling(temperature=0.0), subject.vocab_size)
    start = choose_steps(subject.network)
    items = decode(Drawn(7), start(lane, sampler, 7), Drafter(lane.index, lane.ids, {}), {}, Limits(50, 50))
    taken = [next(items) for _ in range(5)]
    items.close()
    assert not any(isinstance(item, Stop) for item in taken)
    again = lane.read([9])
    fresh = subject.network.read([*lane.ids], subject.network.new_cache())
    assert float((again - fresh).abs().max()) < 0.1
