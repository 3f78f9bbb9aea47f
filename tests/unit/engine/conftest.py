"""Vocabularies for the tests of tokens and prompts: the starter's, and Llama's where the golden data is."""

from pathlib import Path

import pytest

from engine.tokens.vocabulary import Vocabulary
from tests.vocabularies import with_pieces


@pytest.fixture(scope="session")
def starter_vocabulary(starter_folder: Path) -> Vocabulary:
    """The starter's, whose marks are its last pieces."""
    return Vocabulary.open(starter_folder / "tokenizer.model")


@pytest.fixture(scope="session", params=["starter", "llama2.model", "codellama-32016.model"])
def vocabulary(request: pytest.FixtureRequest) -> Vocabulary:
    """Each vocabulary in turn; Llama's own are skipped where the golden data is not here."""
    if request.param == "starter":
        starter: Vocabulary = request.getfixturevalue("starter_vocabulary")
        return starter
    golden: Path = request.getfixturevalue("golden_folder")
    return Vocabulary.open(golden / request.param)


@pytest.fixture(scope="session")
def turns_vocabulary(starter_vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """The starter's with the 70B's `<step>` behind its last piece."""
    path = tmp_path_factory.mktemp("turns") / "tokenizer.model"
    path.write_bytes(with_pieces(starter_vocabulary.path.read_bytes(), "<step>"))
    return Vocabulary.open(path)
