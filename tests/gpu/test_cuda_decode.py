"""On a real GPU: our forward against transformers', graphs against single forwards, our kernels against bitsandbytes'.

Without the project's pytest settings, if there is no Qt: `pytest -c /dev/null --import-mode=importlib tests/gpu`.
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
from engine.generate.operations import attend_by_flash, attend_in_groups
from engine.generate.products import BitsandbytesProduct
from engine.generate.sampling import Drawn, Sampler
from engine.generate.steps import EagerSteps, StepsFactory
from engine.kernels.triton_support import triton_fault
from engine.messages.generation import Stop
from engine.models.device import Placement, choose_placement
from engine.models.machine import probe_machine
from engine.settings import Sampling

pytestmark = pytest.mark.gpu

WHOLE = Shape("whole heads", 1024, 2816, 4, 8, 8, vocab_size=4096)
GROUPED = Shape("grouped heads", 1024, 2816, 4, 8, 2, vocab_size=4096)


@pytest.fixture(scope="module")
def placement() -> Placement:
    machine = probe_machine()
    if not machine.gpus:
        pytest.skip(f"the GPU tests were not run: {machine.gpu_sentence}")
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


@pytest.mark.parametrize("costs", [{}, {1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0}], ids=["plain", "drafts"])
def test_graphs_draw_what_single_forwards_call_likeliest(subject: Subject, costs: dict[int, float]) -> None:
    """Over a bucket's border. Random weights leave ties within rounding, so the token may be one that comes near."""
    found = draw(subject, subject.steps, Sampling(temperature=0.0, max_tokens=400), costs)
    lane = Lane(subject.network)
    prompt = random_prompt(subject, 90) * 2
    rows = [lane.read(prompt)[0]] + [lane.read([token])[0] for token in found[:-1]]
    for row, token in zip(rows, found, strict=True):
        assert float(row.max() - row[token]) < 0.05, "a token that is not near the best was drawn"


def test_equal_seeds_draw_equal_tokens(subject: Subject) -> None:
    seeded = Sampling(temperature=0.8, seed=5, max_tokens=40)
    first, second = (draw(subject, subject.steps, seeded) for _ in range(2))
    assert first == second
    assert draw(subject, EagerSteps, seeded)[0] == first[0]  # from the same logits, on the same device


@pytest.mark.parametrize(("heads", "kv_heads"), [(8, 8), (16, 2)])
@pytest.mark.parametrize("before", [0, 1, 200])
def test_attention_of_chunks_agrees_with_masked_attention(
    placement: Placement, heads: int, kv_heads: int, before: int
) -> None:
    device = torch.device(placement.device)
    q = torch.randn(100, heads, 128, device=device, dtype=torch.bfloat16)
    keys, values = (torch.randn(before + 100, kv_heads, 128, device=device, dtype=q.dtype) for _ in range(2))
    mask = torch.full((100, before + 100), -torch.inf, device=device, dtype=q.dtype).triu(before + 1)
    expected = attend_in_groups(q, keys, values, mask).float()
    assert float((attend_by_flash(q, keys, values).float() - expected).abs().max()) < 0.05


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
