"""Steps by graphs, with a stand-in that runs what a graph would replay: the same text as step by step, and counts."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import LacunaError
from engine.generate.chunks import ChunkLength
from engine.generate.decode_graphs import DecodeGraphs, bucket_of
from engine.generate.device_sampling import DrawSettings, draw_by_numbers
from engine.generate.drafts import Drafter
from engine.generate.graph_steps import GraphSteps
from engine.generate.lanes import Lane
from engine.generate.llama import LlamaNetwork
from engine.generate.loop import Limits, decode, prefill
from engine.generate.sampling import Drawn, Sampler
from engine.generate.steps import EagerSteps
from engine.messages.generation import Stop
from engine.settings import Sampling
from tests.immediate_graphs import ImmediateGraphs
from tests.networks import over, plain_model

PROMPT = [300 + index % 40 for index in range(90)]
COSTS = {1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0}


@pytest.fixture(params=["starter", "grouped heads"], scope="module")
def network(request: pytest.FixtureRequest, starter_folder: Path, random_folder: Path) -> LlamaNetwork:
    return over(plain_model(starter_folder if request.param == "starter" else random_folder))


def run(
    network: LlamaNetwork,
    sampling: Sampling,
    device: ImmediateGraphs | None,
    costs: dict[int, float] | None = None,
    stops: dict[int, Stop] | None = None,
) -> tuple[list[Drawn | Stop], Lane]:
    lane = Lane(network)
    lane.cache.reserve(len(PROMPT) + sampling.max_tokens)
    *_, read = prefill(lane, PROMPT, ChunkLength(64), lambda: 0.0)
    sampler = Sampler(sampling, network.weights.vocab_size)
    first = sampler.draw(read.logits)
    steps = (
        EagerSteps(lane, sampler, first.token)
        if device is None
        else GraphSteps(DecodeGraphs(network, device), lane, sampler, first.token)
    )
    drafter = Drafter(lane.index, lane.ids, costs or {})
    return list(decode(first, steps, drafter, stops or {}, Limits(sampling.max_tokens, 10_000))), lane


@pytest.mark.parametrize("costs", [{}, COSTS], ids=["plain", "drafts"])
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_graphs_write_the_same_text_as_single_forwards(
    network: LlamaNetwork, temperature: float, costs: dict[int, float]
) -> None:
    sampling = Sampling(temperature=temperature, top_p=0.9, seed=3, max_tokens=60)
    expected, eager = run(network, sampling, None)
    found, lane = run(network, sampling, ImmediateGraphs(), costs)
    assert found == expected
    assert lane.ids == eager.ids
    assert lane.cache.tokens == len(lane.ids)
    rows = [kv.keys[: len(lane.ids)] for kv in lane.cache.layers]  # type: ignore[attr-defined]
    others = [kv.keys[: len(lane.ids)] for kv in eager.cache.layers]  # type: ignore[attr-defined]
    assert all(torch.allclose(one, other, atol=1e-4) for one, other in zip(rows, others, strict=True))


def test_one_graph_serves_all_lengths_of_a_bucket_and_runs_once_a_token(network: LlamaNetwork) -> None:
    device = ImmediateGraphs()
    run(network, Sampling(temperature=0.0, max_tokens=40), device)
    assert device.captured == 1
    assert device.replayed == 39


def test_step_that_ran_ahead_of_a_stop_leaves_no_trace(network: LlamaNetwork) -> None:
    sampling = Sampling(temperature=0.0, max_tokens=40)
    plain, _ = run(network, sampling, None)
    sixth = plain[5]
    assert isinstance(sixth, Drawn)
    cut = next(place for place, item in enumerate(plain) if isinstance(item, Drawn) and item.token == sixth.token)
    found, lane = run(network, sampling, ImmediateGraphs(), stops={sixth.token: Stop.EOS})
    assert found == [*plain[:cut], Stop.EOS]
    assert len(lane.ids) == len(PROMPT) + cut
    again = lane.read([5])
    fresh = network.read([*lane.ids], network.new_cache())
    assert torch.allclose(again, fresh, atol=1e-4)


def test_logprobs_and_penalties_agree_with_single_forwards(network: LlamaNetwork) -> None:
    sampling = Sampling(temperature=0.7, top_k=5, seed=1, max_tokens=12, logprobs=True)
    expected, _ = run(network, sampling, None)
    found, _ = run(network, sampling, ImmediateGraphs())
    for ours, theirs in zip(found[:-1], expected[:-1], strict=True):
        assert isinstance(ours, Drawn)
        assert isinstance(theirs, Drawn)
        assert ours.token == theirs.token
        assert ours.logprob == pytest.approx(theirs.logprob, abs=1e-4)
    assert not Sampler(Sampling(repetition_penalty=1.2), 10).is_plain


def test_long_sampled_answer_goes_on_when_the_uploaded_numbers_are_used_up(
    network: LlamaNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.generate.decode_graphs._NUMBERS", 20)
    sampling = Sampling(temperature=0.9, seed=5, max_tokens=70)
    assert run(network, sampling, ImmediateGraphs())[0] == run(network, sampling, None)[0]


def test_cache_that_moved_gets_new_graphs(network: LlamaNetwork) -> None:
    device, lane = ImmediateGraphs(), Lane(network)
    graphs = DecodeGraphs(network, device)
    lane.read(PROMPT[:20])
    sampler = Sampler(Sampling(temperature=0.0), network.weights.vocab_size)
    for captured, tokens in ((1, 0), (1, 0), (2, 1000)):
        lane.cache.reserve(tokens)
        GraphSteps(graphs, lane, sampler, 7).step([], may_run_ahead=False)
        assert device.captured == captured
    expected = network.read([*lane.ids, 9], network.new_cache())
    assert torch.allclose(lane.read([9]), expected, atol=1e-4)


def test_logits_that_are_no_numbers_end_the_answer(network: LlamaNetwork) -> None:
    lane = Lane(network)
    lane.read(PROMPT[:10])
    with torch.inference_mode():
        lane.cache.layers[0].keys[3] = float("nan")  # type: ignore[attr-defined]
    steps = GraphSteps(DecodeGraphs(network, ImmediateGraphs()), lane, Sampler(Sampling(temperature=0.0), 4000), 7)
    with pytest.raises(LacunaError, match="not numbers"):
        steps.step([], may_run_ahead=False)


def test_buckets_double_and_end_with_the_cache() -> None:
    assert [bucket_of(tokens, 3000) for tokens in (1, 512, 513, 2048, 2049, 3000)] == [512, 512, 1024, 2048, 3000, 3000]


@given(
    seed=st.integers(0, 2**32), temperature=st.floats(0.1, 3.0), top_p=st.floats(0.05, 1.0), top_k=st.integers(0, 50)
)
def test_device_draws_what_the_sampler_draws(seed: int, temperature: float, top_p: float, top_k: int) -> None:
    logits = torch.randn(3, 40, generator=torch.Generator().manual_seed(seed)) * 3
    sampler = Sampler(Sampling(temperature, top_p, seed=seed, top_k=top_k), 40)
    other = Sampler(Sampling(temperature, top_p, seed=seed, top_k=top_k), 40)
    settings_ = DrawSettings(*(torch.tensor(float(value)) for value in (temperature, top_p, top_k or 40)))
    drawn = draw_by_numbers(logits, torch.tensor(other.numbers(3), dtype=torch.float32), settings_)
    expected = [sampler.draw(row).token for row in logits]
    # float32 beside float64: a number may fall on the other side of a border between two tokens once in ten thousand
    assert sum(one != two for one, two in zip(drawn.tolist(), expected, strict=True)) <= 1
