"""Drawing tokens: the reference's top-p, argmax, seeds, and numbers that are none."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ErrorCode, LacunaError
from engine.generate.sampling import Sampler, nucleus
from engine.settings import Sampling

logits_lists = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=40)


def reference_top_p(probabilities: torch.Tensor, p: float) -> torch.Tensor:
    """The authors' sample_top_p without its draw (llama/generation.py), on one row; weights by id."""
    ordered, ids = torch.sort(probabilities, dim=-1, descending=True)
    summed = torch.cumsum(ordered, dim=-1)
    ordered[summed - ordered > p] = 0.0
    return torch.zeros_like(probabilities).scatter_(0, ids, ordered)


@given(logits=logits_lists, top_p=st.floats(0.01, 1.0))
def test_top_p_keeps_exactly_what_the_reference_keeps(logits: list[float], top_p: float) -> None:
    probabilities = torch.softmax(torch.tensor(logits), dim=-1)
    kept, ids = nucleus(probabilities, top_p)
    by_id = torch.zeros_like(probabilities).scatter_(0, ids, kept)
    expected = reference_top_p(probabilities, top_p)
    assert sorted(by_id.tolist()) == sorted(expected.tolist())  # ties may be cut at another of the equals


@given(logits=logits_lists, top_p=st.floats(0.01, 1.0))
def test_top_p_keeps_the_most_probable_and_stops_soon_after_p(logits: list[float], top_p: float) -> None:
    kept, _ = nucleus(torch.softmax(torch.tensor(logits), dim=-1), top_p)
    values = [value for value in kept.tolist() if value > 0]
    assert values[0] == max(values)
    assert math.fsum(values[:-1]) <= top_p + 1e-5


def test_token_whose_mass_before_it_equals_p_is_kept() -> None:
    kept, ids = nucleus(torch.tensor([0.25, 0.5, 0.125, 0.125]), 0.5)
    assert ids.tolist() == [1, 0]
    assert kept.tolist() == [0.5, 0.25]


@given(logits=logits_lists)
def test_temperature_zero_draws_a_maximum_whatever_the_seed(logits: list[float]) -> None:
    tensor = torch.tensor(logits)
    drawn = {Sampler(Sampling(temperature=0.0, seed=seed), len(logits)).draw(tensor).token for seed in (0, 1, None)}
    assert len(drawn) == 1
    assert logits[drawn.pop()] == max(logits)


@given(logits=logits_lists, seed=st.integers(0, 2**63 - 1), temperature=st.floats(0.05, 5.0))
def test_equal_seeds_draw_equal_tokens(logits: list[float], seed: int, temperature: float) -> None:
    sampling = Sampling(temperature=temperature, top_p=0.9, seed=seed)
    first, second = (Sampler(sampling, len(logits)) for _ in range(2))
    tensor = torch.tensor(logits)
    assert [first.draw(tensor).token for _ in range(5)] == [second.draw(tensor).token for _ in range(5)]


def test_no_seed_draws_afresh() -> None:
    flat = torch.zeros(1000)
    samplers = [Sampler(Sampling(temperature=1.0, top_p=1.0), 1000) for _ in range(2)]
    assert [samplers[0].draw(flat).token for _ in range(8)] != [samplers[1].draw(flat).token for _ in range(8)]


def test_drawn_tokens_follow_the_probabilities() -> None:
    logits = torch.log(torch.tensor([0.6, 0.3, 0.1]))
    sampler = Sampler(Sampling(temperature=1.0, top_p=1.0, seed=7), 3)
    counts = torch.bincount(torch.tensor([sampler.draw(logits).token for _ in range(3000)]), minlength=3) / 3000
    assert torch.allclose(counts, torch.tensor([0.6, 0.3, 0.1]), atol=0.04)


def test_rows_beyond_the_vocabulary_are_never_drawn() -> None:
    logits = torch.tensor([0.0, 1.0, 50.0])
    assert Sampler(Sampling(temperature=0.0), 2).draw(logits).token == 1


def test_tiny_temperature_is_argmax_and_no_overflow() -> None:
    logits = torch.tensor([30.0, -30.0, 29.0])
    assert Sampler(Sampling(temperature=1e-30, seed=1), 3).draw(logits).token == 0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_logits_that_are_no_numbers_end_the_answer_with_a_sentence(value: float) -> None:
    logits = torch.full((4,), value)
    with pytest.raises(LacunaError, match="not numbers") as caught:
        Sampler(Sampling(temperature=0.7, seed=1), 4).draw(logits)
    assert caught.value.report.code is ErrorCode.MODEL_INVALID


@given(seed=st.integers(0, 2**32), top_p=st.floats(0.05, 1.0), top_k=st.integers(0, 600))
def test_first_look_at_the_likeliest_keeps_what_sorting_everything_keeps(seed: int, top_p: float, top_k: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    probabilities = torch.softmax(torch.randn(500, generator=generator, dtype=torch.float64) * 2, dim=-1)
    ordered, _ = torch.sort(probabilities, descending=True)
    if top_k:
        ordered = ordered[:top_k]
        top_p *= float(ordered.sum())
    expected = ordered[ordered.cumsum(-1) - ordered <= top_p]
    given_p = top_p / float(ordered.sum()) if top_k else top_p
    kept, ids = nucleus(probabilities, given_p, top_k)
    assert abs(len(kept) - len(expected)) <= 1  # a sum in another order may fall on the other side of p
    shared = min(len(kept), len(expected))
    assert torch.equal(kept[:shared], expected[:shared])
    assert torch.equal(probabilities[ids], kept)


def test_repetition_penalty_takes_from_what_was_read_whatever_its_sign() -> None:
    sampling = Sampling(temperature=0.0, repetition_penalty=2.0)
    assert Sampler(sampling, 3, seen=[0]).draw(torch.tensor([3.0, 2.0, 1.0])).token == 1
    assert Sampler(sampling, 3, seen=[0]).draw(torch.tensor([-1.0, -1.5, -9.0])).token == 1
    sampler = Sampler(sampling, 3)
    assert [sampler.draw(torch.tensor([3.0, 2.0, 1.9])).token for _ in range(3)] == [0, 1, 2]


def test_logprob_is_the_models_own_before_temperature_and_cuts() -> None:
    logits = torch.log(torch.tensor([0.5, 0.3, 0.2]))
    drawn = Sampler(Sampling(temperature=0.1, top_k=1, logprobs=True), 3).draw(logits)
    assert drawn.logprob == pytest.approx(math.log(0.5))
    assert Sampler(Sampling(temperature=0.0), 3).draw(logits).logprob is None


def test_drawing_along_a_draft_takes_its_right_beginning_and_one_more() -> None:
    rows = torch.eye(4)  # row i wants token i
    sampler = Sampler(Sampling(temperature=0.0), 4)
    assert [drawn.token for drawn in sampler.draw_along(rows, [0, 1, 2])] == [0, 1, 2, 3]
    assert [drawn.token for drawn in sampler.draw_along(rows, [0, 3, 2])] == [0, 1]


@given(seed=st.integers(0, 2**32), draft=st.lists(st.integers(0, 3), max_size=4))
def test_sampled_text_is_the_same_with_and_without_drafts(seed: int, draft: list[int]) -> None:
    rows = torch.randn(len(draft) + 1, 4, generator=torch.Generator().manual_seed(seed))
    sampling = Sampling(temperature=1.0, top_p=0.95, seed=seed)
    along = Sampler(sampling, 4).draw_along(rows, draft)
    plain = Sampler(sampling, 4)
    assert along == [plain.draw(row) for row in rows[: len(along)]]


def test_drafted_tokens_follow_the_probabilities() -> None:
    rows = torch.log(torch.tensor([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]]))
    sampler = Sampler(Sampling(temperature=1.0, top_p=1.0, seed=11), 3)
    runs = [sampler.draw_along(rows, [0]) for _ in range(3000)]
    first = torch.bincount(torch.tensor([run[0].token for run in runs]), minlength=3) / 3000
    accepted = [run[1].token for run in runs if len(run) == 2]
    second = torch.bincount(torch.tensor(accepted), minlength=3) / len(accepted)
    assert torch.allclose(first, torch.tensor([0.6, 0.3, 0.1]), atol=0.04)
    assert torch.allclose(second, torch.tensor([0.2, 0.2, 0.6]), atol=0.04)
