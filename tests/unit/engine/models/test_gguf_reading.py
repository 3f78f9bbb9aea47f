"""Weights out of GGUF files become NF4 as the same weights out of safetensors do, and are kept as copies likewise."""

import dataclasses
import shutil
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter

from engine.errors import LacunaError
from engine.gguf.header import read_header
from engine.gguf.packings import PACKINGS
from engine.models.gguf_tensors import find_packed
from engine.models.inspection import inspect_folder
from engine.models.nf4_cache import list_copies
from engine.models.reading import read_model
from engine.models.tensor_files import read_tensors
from engine.tokens.vocabulary import Vocabulary
from tests.gguf_files import arrays_of, write_gguf, write_out
from tests.model_folders import SHAPE, write_folder, write_random_weights
from tests.read_models import assert_same_weights
from tests.unit.engine.models.test_reading import BF16, FLOAT32, read
from tests.unit.engine.tokens.test_gguf_vocabulary import gpt2_vocabulary

K_QUANTS = dict.fromkeys(("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"), 256)


@pytest.fixture(scope="module")
def wide_folder(tmp_path_factory: pytest.TempPathFactory, starter_folder: Path) -> Path:
    """A folder with random weights in 32 bits."""
    folder = write_folder(tmp_path_factory.mktemp("models") / "Wide-Instruct", starter_folder)
    (folder / "model.safetensors").unlink()
    write_random_weights(folder, SHAPE, "float32")
    return folder


@pytest.fixture(scope="module")
def wide_file(wide_folder: Path) -> Path:
    """The same weights as one GGUF file."""
    return write_gguf(
        wide_folder.with_name("Wide-Instruct.gguf"), arrays_of(wide_folder), wide_folder / "tokenizer.model"
    )


def test_weights_are_those_of_the_folder_the_file_was_made_of(wide_folder: Path, wide_file: Path) -> None:
    assert_same_weights(read(wide_file, placement=FLOAT32), read(wide_folder, placement=FLOAT32))


@pytest.mark.parametrize("packing", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"])
def test_packed_weights_become_what_llama_cpps_package_unpacks(tmp_path: Path, wide_folder: Path, packing: str) -> None:
    arrays = arrays_of(wide_folder)
    path = write_gguf(tmp_path / "some.gguf", arrays, wide_folder / "tokenizer.model", packing=packing)
    weights = inspect_folder(path).weights
    kind = GGMLQuantizationType[packing]
    for name, tensor in read_tensors(weights.tensors, weights.files, list(arrays)):
        array = arrays[name]
        expected = array if array.ndim == 1 else gguf.dequantize(gguf.quantize(array, kind), kind)
        assert torch.equal(tensor, torch.from_numpy(expected.copy()).to(tensor.dtype)), name


@pytest.mark.parametrize("packing", ["Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"])
def test_k_quants_are_unpacked_in_slices_as_in_one_piece(
    tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.models.gguf_reading._WEIGHTS_AT_ONCE", 256 * 7)
    kind = GGMLQuantizationType[packing]
    packed = np.random.default_rng(3).integers(0, 60, (256, PACKINGS[kind].block_bytes), dtype=np.uint8)
    path = tmp_path / "some.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_tensor("blk.0.attn_v.weight", packed, raw_dtype=kind)
    write_out(writer)
    weights = find_packed(read_header(path), dataclasses.replace(SHAPE, hidden_size=256))
    ((_, tensor),) = list(read_tensors(weights.tensors, weights.files, list(weights.tensors)))
    assert torch.equal(tensor, torch.from_numpy(gguf.dequantize(packed, kind)).half())


def test_biases_of_queries_and_keys_are_turned_back_too(tmp_path: Path, starter_folder: Path) -> None:
    shape = dataclasses.replace(SHAPE, tied_embeddings=True, attention_bias=True)
    folder = write_folder(tmp_path / "Tied", starter_folder, tie_word_embeddings=True, attention_bias=True)
    (folder / "model.safetensors").unlink()
    write_random_weights(folder, shape, "float32")
    path = write_gguf(tmp_path / "tied.gguf", arrays_of(folder), folder / "tokenizer.model", shape)
    assert_same_weights(read(path, placement=FLOAT32), read(folder, placement=FLOAT32))


def test_a_gpt2_vocabularys_rows_come_in_the_order_of_its_ids(tmp_path: Path, wide_folder: Path) -> None:
    entries = gpt2_vocabulary("a|b", " |ab", "\n| ")
    rows = len(entries["tokens"])
    arrays = dict(arrays_of(wide_folder))
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        arrays[name] = arrays[name][:rows]
    path = write_gguf(tmp_path / "some.gguf", arrays, entries)
    found = inspect_folder(path)
    assert found.shape.vocab_size == found.vocabulary.size != rows
    assert any("laid out anew" in warning for warning in found.warnings)
    model = read(found, placement=FLOAT32)
    (token_id,) = found.vocabulary.encode_bare(" ab")
    for table, name in ((model.model.embed_tokens, "model.embed_tokens.weight"), (model.lm_head, "lm_head.weight")):
        assert torch.equal(table.weight[token_id], torch.from_numpy(arrays[name][entries["tokens"].index("Ġab")]))


def test_files_in_one_folder_keep_a_copy_each(tmp_path: Path, wide_file: Path, wide_folder: Path) -> None:
    folder, cache = tmp_path / "files", tmp_path / "cache"
    folder.mkdir()
    one = Path(shutil.copy(wide_file, folder / "one.gguf"))
    other = write_gguf(folder / "other.gguf", arrays_of(wide_folder), wide_folder / "tokenizer.model", packing="Q8_0")
    first = read(one, cache)
    read(other, cache)
    assert {copy.source for copy in list_copies(cache)} == {str(one), str(other)}
    assert_same_weights(read(one, cache), first)
    assert len(list_copies(cache)) == 2


def test_a_file_that_is_cut_off_while_it_is_read_is_an_error(tmp_path: Path, wide_file: Path) -> None:
    path = Path(shutil.copy(wide_file, tmp_path / "some.gguf"))
    found = inspect_folder(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(LacunaError, match="became shorter"):
        read_model(found, BF16, None, lambda progress: None)


def test_the_reader_opens_the_vocabulary_of_a_file(wide_file: Path, wide_folder: Path) -> None:
    ours, theirs = Vocabulary.open(wide_file), Vocabulary.open(wide_folder / "tokenizer.model")
    text = "def f(x):\n    return x\n"
    assert ours.encode(text) == theirs.encode(text)
