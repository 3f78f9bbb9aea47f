"""Alternatives: each what it would be alone, the prompt read once, and nothing left behind."""

from pathlib import Path

import pytest

from engine.errors import LacunaError
from engine.generate.branches import decode_branches
from engine.generate.drafts import Drafter
from engine.generate.lanes import Lane
from engine.generate.loop import Limits, decode
from engine.generate.sampling import Drawn, Sampler
from engine.generate.service import alternative_samplings
from engine.generate.steps import EagerSteps
from engine.messages.generation import Stop
from engine.settings import Sampling
from tests.networks import nf4_model, over
from tests.rounding import in_float64
from tests.scripted_network import ScriptedNetwork

PROMPT = [300 + index % 37 for index in range(60)]


def test_each_alternative_is_what_it_would_be_alone(starter_folder: Path) -> None:
    network = in_float64(over(nf4_model(starter_folder)))  # where reading together and alone can't differ by rounding
    samplings = alternative_samplings(Sampling(temperature=0.0, seed=4, max_tokens=12), 3)
    lane = Lane(network)
    logits = lane.read(PROMPT)[0]
    samplers = [Sampler(sampling, 4096) for sampling in samplings]
    firsts = [sampler.draw(logits) for sampler in samplers]
    together: list[list[Drawn | Stop]] = [[], [], []]
    for branch, item in decode_branches(network, lane, samplers, firsts, {}, 12):
        together[branch].append(item)
    assert lane.cache.tokens == len(PROMPT)
    for sampling, found in zip(samplings, together, strict=True):
        alone = Lane(network)
        sampler = Sampler(sampling, 4096)
        first = sampler.draw(alone.read(PROMPT)[0])
        steps = EagerSteps(alone, sampler, first.token)
        assert found == list(decode(first, steps, Drafter(alone.index, alone.ids, {}), {}, Limits(12, 100)))
    assert together[1] != together[2]


def test_one_that_ended_lets_the_others_go_on_and_each_step_is_one_forward() -> None:
    network = ScriptedNetwork(rule=lambda ids: (ids[-1] + 1) % 50, vocab_size=50)
    lane = Lane(network)
    lane.read([0])
    samplers = [Sampler(Sampling(temperature=0.0), 50) for _ in range(2)]
    items = list(decode_branches(network, lane, samplers, [Drawn(5), Drawn(20)], {8: Stop.EOT}, 6))
    first = [item.token if isinstance(item, Drawn) else item for branch, item in items if branch == 0]
    second = [item.token if isinstance(item, Drawn) else item for branch, item in items if branch == 1]
    assert first == [5, 6, 7, Stop.EOT]
    assert second == [20, 21, 22, 23, 24, 25, Stop.LENGTH]
    assert len(network.calls) == 1 + 5
    assert lane.cache.ids == lane.ids == [0]


def test_first_alternative_is_drawn_as_asked_and_the_others_warmer() -> None:
    first, *others = alternative_samplings(Sampling(temperature=0.0, seed=None), 4)
    assert first.temperature == 0.0
    assert {sampling.temperature for sampling in others} == {0.8}
    seeded = alternative_samplings(Sampling(seed=7), 3)
    assert len({sampling.seed for sampling in seeded}) == 3
    with pytest.raises(LacunaError, match="alternatives"):
        alternative_samplings(Sampling(), 9)
