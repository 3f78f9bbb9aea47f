"""A network small enough for any test, over random weights, with transformers' own beside it."""

from collections.abc import Iterator

import pytest
import torch

from app.bench.subjects import Shape, Subject, random_subject
from engine.models.device import choose_placement
from tests.machines import PLAIN, machine

TINY = Shape("tiny", 64, 192, 2, 2, 2, vocab_size=4096, head_dim=32)


@pytest.fixture(scope="session")
def tiny() -> Iterator[Subject]:
    placement, threads = choose_placement(machine(PLAIN), "cpu", 1_000_000), torch.get_num_threads()
    torch.set_num_threads(placement.threads)
    yield random_subject(TINY, placement)
    torch.set_num_threads(threads)
