"""The real starter, loaded once for all tests of this folder, which compute on one thread."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.generate.llama import LlamaNetwork
from engine.models.load import LoadedModel
from tests.networks import load


@pytest.fixture(scope="session")
def loaded_starter(starter_folder: Path) -> LoadedModel:
    """The starter in NF4, on the processor so that the same code is tested everywhere."""
    model = load(starter_folder)
    assert isinstance(model.network, LlamaNetwork)
    model.network.prefill_rate = 2000.0  # chunks of 256 tokens, on whatever machine the tests run
    return model


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """These networks are tiny: where another program wants the cores, threads wait for each other at every product."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
