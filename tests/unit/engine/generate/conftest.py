"""The real starter, loaded once for all tests of this folder."""

from pathlib import Path

import pytest

from engine.models.load import LoadedModel
from tests.networks import load


@pytest.fixture(scope="session")
def loaded_starter(starter_folder: Path) -> LoadedModel:
    """The starter in NF4, on the processor so that the same code is tested everywhere."""
    return load(starter_folder)
