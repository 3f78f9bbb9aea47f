"""The real starter vocabulary, opened once."""

from pathlib import Path

import pytest

from engine.tokens.lines import LineEncoder
from engine.tokens.vocabulary import Vocabulary


@pytest.fixture(scope="session")
def vocabulary(starter_folder: Path) -> Vocabulary:
    return Vocabulary.open(starter_folder / "tokenizer.model")


@pytest.fixture(scope="session")
def encoder(vocabulary: Vocabulary) -> LineEncoder:
    return LineEncoder(vocabulary, 10_000)
