"""Weights on disk: found, whole, complete, and never a pickle."""

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ErrorCode, LacunaError
from engine.models.safetensors_files import StoredTensor, check_tensors, find_weights, read_header
from tests.model_folders import SHAPE, tensor_dims, write_folder, write_safetensors, write_shards


def fault_of(folder: Path) -> tuple[ErrorCode, str]:
    with pytest.raises(LacunaError) as caught:
        check_tensors(find_weights(folder), SHAPE)
    assert caught.value.report.next_step
    return caught.value.report.code, caught.value.report.sentence


def test_weights_in_one_file_are_found_with_all_their_tensors(tmp_path: Path, starter_folder: Path) -> None:
    weights = find_weights(write_folder(tmp_path, starter_folder))
    check_tensors(weights, SHAPE)
    assert [path.name for path in weights.paths] == ["model.safetensors"]
    assert {name: stored.dims for name, stored in weights.tensors.items()} == tensor_dims()


def test_weights_in_shards_are_found_through_their_index(tmp_path: Path, starter_folder: Path) -> None:
    paths = write_shards(write_folder(tmp_path, starter_folder))
    weights = find_weights(tmp_path)
    check_tensors(weights, SHAPE)
    assert list(weights.paths) == paths
    assert weights.size_bytes == sum(path.stat().st_size for path in paths)


def test_missing_shard_is_named(tmp_path: Path, starter_folder: Path) -> None:
    paths = write_shards(write_folder(tmp_path, starter_folder))
    paths[1].unlink()
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert "1 of 2" in sentence
    assert paths[1].name in sentence


@pytest.mark.parametrize("target", ["../elsewhere.safetensors", "sub/model.safetensors", "weights.bin", "..", 7])
def test_index_that_leads_elsewhere_is_refused(tmp_path: Path, starter_folder: Path, target: object) -> None:
    write_shards(write_folder(tmp_path, starter_folder))
    index = {"weight_map": {"model.norm.weight": target}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert fault_of(tmp_path)[0] is ErrorCode.MODEL_INVALID


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"weight_map": 3}', '{"weight_map": {}}', '{"weight_map": {"a": []}}']
)
def test_broken_index_is_refused(tmp_path: Path, starter_folder: Path, content: str) -> None:
    write_shards(write_folder(tmp_path, starter_folder))
    (tmp_path / "model.safetensors.index.json").write_text(content)
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert "model.safetensors.index.json" in sentence


@pytest.mark.parametrize("kept_bytes", [0, 4, 8, 300])
def test_file_cut_in_its_header_is_told(tmp_path: Path, starter_folder: Path, kept_bytes: int) -> None:
    path = write_folder(tmp_path, starter_folder) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept_bytes])
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert "cut short or damaged" in sentence


def test_file_cut_in_its_weights_is_told_with_its_sizes(tmp_path: Path, starter_folder: Path) -> None:
    path = write_folder(tmp_path, starter_folder) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert "cut short" in sentence
    assert "bytes of weights" in sentence


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "BF16", "shape": [4], "data_offsets": [0, 4]},
        {"dtype": "BF16", "shape": [-2, -2], "data_offsets": [0, 8]},
        {"dtype": "BF16", "shape": [2], "data_offsets": [4, 0]},
        {"dtype": "BF16", "shape": [2], "data_offsets": [-4, 0]},
        {"dtype": "BF16", "shape": "2", "data_offsets": None},
        {"shape": [2], "data_offsets": [0, 4]},
        None,
    ],
)
def test_header_that_contradicts_itself_is_refused(tmp_path: Path, entry: object) -> None:
    header = json.dumps({"model.norm.weight": entry}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(64))
    with pytest.raises(LacunaError, match="damaged"):
        read_header(path)


@pytest.mark.parametrize(
    ("spans", "data_bytes"),
    [
        ([(0, 8), (4, 12)], 12),  # overlapping
        ([(0, 8), (16, 24)], 24),  # a hole
        ([(8, 16)], 16),  # a hole in front
        ([(0, 8)], 64),  # bytes that nothing describes
        ([(0, 8), (0, 8)], 8),  # one place for two
    ],
)
def test_header_that_does_not_describe_each_byte_once_is_refused(
    tmp_path: Path, spans: list[tuple[int, int]], data_bytes: int
) -> None:
    entries = {
        f"tensor {number}": {"dtype": "BF16", "shape": [(stop - start) // 2], "data_offsets": [start, stop]}
        for number, (start, stop) in enumerate(spans)
    }
    header = json.dumps(entries).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(data_bytes))
    with pytest.raises(LacunaError, match="does not describe the bytes"):
        read_header(path)


def test_tensor_in_two_shards_is_told(tmp_path: Path, starter_folder: Path) -> None:
    paths = write_shards(write_folder(tmp_path, starter_folder))
    shutil.copyfile(paths[0], paths[1])
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert f"{paths[1].name} and {paths[0].name} both hold" in sentence


@given(content=st.binary(max_size=200))
def test_any_bytes_give_a_header_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("weights") / "model.safetensors"
    path.write_bytes(content)
    with contextlib.suppress(LacunaError):
        read_header(path)


def test_missing_tensor_is_named(tmp_path: Path, starter_folder: Path) -> None:
    write_folder(tmp_path, starter_folder)
    dims = tensor_dims()
    del dims["model.layers.1.mlp.up_proj.weight"]
    write_safetensors(tmp_path / "model.safetensors", dims)
    assert fault_of(tmp_path) == (
        ErrorCode.MODEL_INVALID,
        "The weights are not complete: model.layers.1.mlp.up_proj.weight is missing.",
    )


def test_tensor_of_another_size_is_told(tmp_path: Path, starter_folder: Path) -> None:
    write_folder(tmp_path, starter_folder)
    write_safetensors(tmp_path / "model.safetensors", tensor_dims() | {"model.embed_tokens.weight": (4097, 128)})
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert "4097 by 128 instead of 4096 by 128" in sentence


@pytest.mark.parametrize(("dtype", "element_bytes"), [("F8_E4M3", 1), ("I8", 1)])
def test_weights_that_are_no_floats_are_refused(
    tmp_path: Path, starter_folder: Path, dtype: str, element_bytes: int
) -> None:
    write_folder(tmp_path, starter_folder)
    write_safetensors(tmp_path / "model.safetensors", tensor_dims(), dtype, element_bytes)
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.UNSUPPORTED
    assert dtype in sentence


def test_tied_embeddings_need_no_head_and_biases_are_asked_for(tmp_path: Path, starter_folder: Path) -> None:
    write_folder(tmp_path, starter_folder)
    dims = tensor_dims()
    del dims["lm_head.weight"]
    write_safetensors(tmp_path / "model.safetensors", dims)
    check_tensors(find_weights(tmp_path), dataclasses.replace(SHAPE, tied_embeddings=True))
    with pytest.raises(LacunaError, match=r"q_proj\.bias is missing"):
        check_tensors(find_weights(tmp_path), dataclasses.replace(SHAPE, tied_embeddings=True, attention_bias=True))


def _only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _only_gguf(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.gguf")


def _nothing(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (_only_pickle, ErrorCode.UNSUPPORTED, "pickles"),
        (_only_gguf, ErrorCode.UNSUPPORTED, "GGUF"),
        (_nothing, ErrorCode.MODEL_INVALID, "no .safetensors"),
    ],
)
def test_folder_without_safetensors_says_what_it_holds(
    tmp_path: Path, starter_folder: Path, spoil: Callable[[Path], None], code: ErrorCode, words: str
) -> None:
    spoil(write_folder(tmp_path, starter_folder))
    found, sentence = fault_of(tmp_path)
    assert found is code
    assert words in sentence


def test_header_tells_types_and_sizes(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "a.safetensors", {"x": (2, 3), "y": ()}, "F32", 4)
    assert read_header(tmp_path / "a.safetensors") == {"x": StoredTensor("F32", (2, 3)), "y": StoredTensor("F32", ())}
