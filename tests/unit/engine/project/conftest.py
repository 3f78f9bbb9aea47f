"""The real starter vocabulary, opened once, and an empty home."""

from pathlib import Path

import pytest

from engine.tokens.lines import LineEncoder
from engine.tokens.vocabulary import Vocabulary
from tests.random_repositories import home_environment


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home of its own, for git and for Lacuna: what is ignored depends on it."""
    folder = tmp_path_factory.mktemp("home")
    for name, value in home_environment(folder).items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture(scope="session")
def vocabulary(starter_folder: Path) -> Vocabulary:
    return Vocabulary.open(starter_folder / "tokenizer.model")


@pytest.fixture(scope="session")
def encoder(vocabulary: Vocabulary) -> LineEncoder:
    return LineEncoder(vocabulary, 10_000)
