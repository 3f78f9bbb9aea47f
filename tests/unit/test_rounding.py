"""The judge of logits: it accepts what rounding does, and refuses what a fault does and what rounding could decide."""

from pathlib import Path

import pytest

from engine.generate.llama import LlamaNetwork
from engine.settings import Sampling
from tests.networks import over, plain_model
from tests.rounding import Judge

TEXT = [300 + index % 40 for index in range(40)]


@pytest.fixture(scope="module")
def network(starter_folder: Path) -> LlamaNetwork:
    return over(plain_model(starter_folder))


def test_logits_of_float32_are_accepted_and_those_of_a_context_without_its_first_token_are_not(
    network: LlamaNetwork,
) -> None:
    verdict = Judge(network).logits(TEXT)
    assert float(verdict.bound.max()) < 1e-3
    verdict.require(network.read(TEXT, network.new_cache()))
    with pytest.raises(AssertionError, match="rounding accounts for"):
        verdict.require(network.read(TEXT[1:], network.new_cache()))


def test_token_whose_errors_grow_on_the_way_gets_the_wider_bound(network: LlamaNetwork) -> None:
    text = [300 + index % 40 for index in range(90)] + [310, 4000, 279, 3998, 13]
    fragile = 5  # a byte that the starter hardly saw in its training
    bounds = Judge(network).logits([*text, fragile], last=96).bound
    assert float(bounds[-1]) > 3 * float(bounds[:-1].median())


def test_text_that_rounding_could_decide_is_refused(network: LlamaNetwork) -> None:
    sampling = Sampling(temperature=1.0, seed=2)
    tokens = [drawn.token for drawn in Judge(network).draws(TEXT, TEXT, sampling)]
    assert len(tokens) == len(TEXT)
    coarse = Judge(network, lambda terms: 0.3)
    with pytest.raises(AssertionError, match="could decide"):
        coarse.draws(TEXT, TEXT, sampling)
