"""Steps by graphs, with a stand-in that runs what a graph would replay: the same text as step by step, and counts."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import LacunaError
from engine.generate.chunks import ChunkLength
from engine.generate.decode_graphs import DecodeGraphs, bucket_of
from engine.generate.device_sampling import DrawSettings, draw_by_uniforms
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
from tests.rounding import Judge, keys_of

PROMPT = [300 + index % 40 for index in range(90)]
COSTS = {1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0}


@pytest.fixture(params=["starter", "grouped heads"], scope="module")
def network(request: pytest.FixtureRequest, starter_folder: Path, random_folder: Path) -> LlamaNetwork:
    return over(plain_model(starter_folder if request.param == "starter" else random_folder))


@pytest.fixture(scope="module")
def judge(network: LlamaNetwork) -> Judge:
    return Judge(network)


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


def tokens_of(items: list[Drawn | Stop]) -> list[int]:
    return [item.token for item in items if isinstance(item, Drawn)]


def require_as_drawn(judge: Judge, sampling: Sampling, *texts: list[Drawn | Stop]) -> None:
    """Each of the texts, which nothing but their length ends, is what exact logits give."""
    expected = judge.draws(PROMPT, tokens_of(texts[0]), sampling)
    for text in texts:
        assert tokens_of(text) == [drawn.token for drawn in expected]
        assert len(expected) == sampling.max_tokens
        assert text[-1] is Stop.LENGTH


@pytest.mark.parametrize("costs", [{}, COSTS], ids=["plain", "drafts"])
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_graphs_write_the_same_text_as_single_forwards(
    network: LlamaNetwork, judge: Judge, temperature: float, costs: dict[int, float]
) -> None:
    sampling = Sampling(temperature=temperature, top_p=0.9, seed=3, max_tokens=60)
    eager, eager_lane = run(network, sampling, None)
    graphs, graphs_lane = run(network, sampling, ImmediateGraphs(), costs)
    require_as_drawn(judge, sampling, eager, graphs)
    assert graphs_lane.ids == eager_lane.ids
    keys = judge.keys(graphs_lane.ids)
    for lane in (graphs_lane, eager_lane):
        assert lane.cache.tokens == len(lane.ids)
        for verdict, found in zip(keys, keys_of(lane.cache), strict=True):
            verdict.require(found)


def test_one_graph_serves_all_lengths_of_a_bucket_and_runs_once_a_token(network: LlamaNetwork) -> None:
    device = ImmediateGraphs()
    run(network, Sampling(temperature=0.0, max_tokens=40), device)
    assert device.captured == 1
    assert device.replayed == 39


def test_step_that_ran_ahead_of_a_stop_leaves_no_trace(network: LlamaNetwork, judge: Judge) -> None:
    sampling = Sampling(temperature=0.0, max_tokens=40)
    plain, _ = run(network, sampling, None)
    require_as_drawn(judge, sampling, plain)
    sixth = plain[5]
    assert isinstance(sixth, Drawn)
    cut = next(place for place, item in enumerate(plain) if isinstance(item, Drawn) and item.token == sixth.token)
    found, lane = run(network, sampling, ImmediateGraphs(), stops={sixth.token: Stop.EOS})
    assert found == [*plain[:cut], Stop.EOS]
    assert len(lane.ids) == len(PROMPT) + cut
    again = lane.read([5])
    expected = judge.logits(lane.ids)
    expected.require(again)
    expected.require(network.read([*lane.ids], network.new_cache()))


def test_logprobs_and_penalties_agree_with_single_forwards(network: LlamaNetwork, judge: Judge) -> None:
    sampling = Sampling(temperature=0.7, top_k=5, seed=1, max_tokens=12, logprobs=True)
    eager, _ = run(network, sampling, None)
    graphs, _ = run(network, sampling, ImmediateGraphs())
    require_as_drawn(judge, sampling, eager, graphs)
    tokens = tokens_of(eager)
    expected = judge.draws(PROMPT, tokens, sampling)
    bounds = judge.logits([*PROMPT, *tokens[:-1]], len(tokens)).bound.tolist()
    for text in (eager, graphs):
        for item, exact, bound in zip(text[:-1], expected, bounds, strict=True):
            assert isinstance(item, Drawn)
            assert item.logprob == pytest.approx(exact.logprob, abs=2 * bound)  # the logit's error and their sum's
    assert not Sampler(Sampling(repetition_penalty=1.2), 10).is_plain


def test_long_sampled_answer_goes_on_when_the_uploaded_numbers_are_used_up(
    network: LlamaNetwork, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.generate.decode_graphs._UNIFORMS", 20)
    sampling = Sampling(temperature=0.9, seed=5, max_tokens=70)
    require_as_drawn(judge, sampling, run(network, sampling, None)[0], run(network, sampling, ImmediateGraphs())[0])


def test_cache_that_moved_gets_new_graphs(network: LlamaNetwork, judge: Judge) -> None:
    device, lane = ImmediateGraphs(), Lane(network)
    graphs = DecodeGraphs(network, device)
    lane.read(PROMPT[:20])
    sampler = Sampler(Sampling(temperature=0.0), network.weights.vocab_size)
    for captured, tokens in ((1, 0), (1, 0), (2, 1000)):
        lane.cache.reserve(tokens)
        GraphSteps(graphs, lane, sampler, 7).step([], may_run_ahead=False)
        assert device.captured == captured
    found = lane.read([9])
    judge.logits(lane.ids).require(found)


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
    drawn = draw_by_uniforms(logits, torch.tensor(other.uniforms(3), dtype=torch.float32), settings_)
    expected = [sampler.draw(row).token for row in logits]
    # float32 beside float64: a number may fall on the other side of a border between two tokens once in ten thousand
    assert sum(one != two for one, two in zip(drawn.tolist(), expected, strict=True)) <= 1
