"""Rows are full, keep to the mixture, keep samples apart, and go on where a checkpoint left them."""

from pathlib import Path

import pytest

from resources.starter.corpus import Source
from resources.starter.functions import find_functions
from resources.starter.samples import Tokens
from resources.starter.settings import BOS, LONG_MIXTURE, Mixture
from resources.starter.stream import Stream

MODEL = Path(__file__).parents[4] / "resources" / "starter" / "model"
TEXT = "".join(
    f'def name_{n}(value):\n    """Return the value plus {n}, as an integer."""\n    return int(value) + {n}\n\n\n'
    for n in range(60)
)


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    """The shipped tokenizer."""
    return Tokens(MODEL / "tokenizer.model")


def stream(tokens: Tokens, seed: int = 1) -> Stream:
    """A stream over one small file."""
    return Stream(tokens, [Source("python", "a.py", TEXT, 1.0)], find_functions([TEXT]), Mixture(), seed)


@pytest.mark.parametrize("context", [256, 512])
def test_rows_are_full_and_samples_are_numbered_in_order(tokens: Tokens, context: int) -> None:
    made = stream(tokens)
    for _ in range(10):
        row = made.row(context)
        assert len(row.ids) == len(row.weights) == len(row.samples) == context
        assert row.samples == sorted(row.samples)


def test_a_sample_is_not_asked_to_predict_the_start_of_the_next(tokens: Tokens) -> None:
    row = stream(tokens).row(512)
    starts = [at for at in range(512) if at == 0 or row.samples[at] != row.samples[at - 1]]
    assert all(row.ids[at] == BOS and row.weights[at] == 0.0 for at in starts)


def test_the_stream_goes_on_where_it_was(tokens: Tokens) -> None:
    first = stream(tokens)
    first.row(512)
    second = stream(tokens, seed=2)
    second.restore(first.state())
    assert [first.row(512) for _ in range(5)] == [second.row(512) for _ in range(5)]


def test_shares_are_those_of_the_mixture(tokens: Tokens) -> None:
    made = stream(tokens)
    for _ in range(100):
        made.row(512)
    counted = made.state()["counted"]
    for kind, share in Mixture().shares.items():
        assert counted[kind] / sum(counted.values()) == pytest.approx(share, abs=0.03)


def test_another_mixture_counts_from_its_start(tokens: Tokens) -> None:
    made = stream(tokens)
    made.row(512)
    made.turn_to(LONG_MIXTURE)
    assert sum(made.state()["counted"].values()) == 0
    for _ in range(30):
        assert len(made.row(2048).ids) == 2048
    counted = made.state()["counted"]
    assert counted["completion"] / sum(counted.values()) == pytest.approx(LONG_MIXTURE.shares["completion"], abs=0.05)
