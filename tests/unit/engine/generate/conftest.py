"""The real starter, loaded once for all tests of this folder."""

from pathlib import Path

import pytest

from engine.messages import LoadModel
from engine.models.load import LoadedModel, load_model


@pytest.fixture(scope="session")
def loaded_starter(starter_folder: Path) -> LoadedModel:
    """The starter in NF4, on the processor so that the same code is tested everywhere."""
    loading = load_model(LoadModel("load", str(starter_folder), device="cpu", is_starter=True))
    try:
        while True:
            next(loading)
    except StopIteration as end:
        loaded: LoadedModel = end.value
        return loaded
