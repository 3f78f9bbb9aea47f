"""Vocabularies for the tests of tokens and prompts, and a model folder with random weights."""

from pathlib import Path

import pytest

from engine.tokens.vocabulary import Vocabulary
from tests.model_folders import SHAPE, write_folder, write_random_weights
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


@pytest.fixture(scope="session")
def random_folder(tmp_path_factory: pytest.TempPathFactory, starter_folder: Path) -> Path:
    """A sound folder with random weights and grouped heads, in shards; not to be changed."""
    folder = write_folder(tmp_path_factory.mktemp("models") / "Random-Instruct", starter_folder)
    (folder / "model.safetensors").unlink()
    write_random_weights(folder, SHAPE)
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    return folder
