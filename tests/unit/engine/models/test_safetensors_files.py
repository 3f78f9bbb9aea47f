"""Weights on disk: found, whole, complete, and never a pickle."""

import contextlib
import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ErrorCode, LacunaError
from engine.models.safetensors_files import check_tensors, find_weights
from engine.models.safetensors_header import StoredTensor, read_header
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


@pytest.mark.parametrize(
    "target", ["../elsewhere.safetensors", "sub/model.safetensors", "weights.bin", "..", "9" * 5000 + ".safetensors", 7]
)
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


def test_tensor_in_two_shards_is_taken_from_the_one_that_the_index_names(tmp_path: Path, starter_folder: Path) -> None:
    first, second = write_shards(write_folder(tmp_path, starter_folder))
    twice = "model.embed_tokens.weight"
    for named, other in ((second, first), (first, second)):
        content = json.loads((tmp_path / "model.safetensors.index.json").read_text())
        for path in (first, second):
            held = [name for name, file in content["weight_map"].items() if file == path.name or name == twice]
            write_safetensors(path, {name: tensor_dims()[name] for name in held})
        content["weight_map"][twice] = named.name
        (tmp_path / "model.safetensors.index.json").write_text(json.dumps(content))
        weights = find_weights(tmp_path)
        check_tensors(weights, SHAPE)
        assert weights.files[twice] == named
        assert weights.tensors[twice].start == read_header(named)[twice].start
        assert twice in read_header(other)


def test_tensor_in_two_shards_of_which_no_index_speaks_is_told(tmp_path: Path, starter_folder: Path) -> None:
    first, second = write_shards(write_folder(tmp_path, starter_folder))
    both = {"model.norm.weight": (128,), "rotary.inv_freq": (16,)}
    for path in (first, second):
        write_safetensors(path, {name: stored.dims for name, stored in read_header(path).items()} | both)
    (tmp_path / "model.safetensors.index.json").unlink()
    assert fault_of(tmp_path) == (
        ErrorCode.MODEL_INVALID,
        f"{first.name} and {second.name} both hold model.norm.weight, and no index says which of them is right.",
    )


def test_shards_without_an_index_are_found_by_their_names(tmp_path: Path, starter_folder: Path) -> None:
    paths = write_shards(write_folder(tmp_path, starter_folder))
    (tmp_path / "model.safetensors.index.json").unlink()
    weights = find_weights(tmp_path)
    check_tensors(weights, SHAPE)
    assert list(weights.paths) == paths
    paths[0].unlink()
    assert fault_of(tmp_path)[1] == f"1 of 2 weight files are missing, the first of them {paths[0].name}."


def test_only_file_of_weights_may_be_called_anything(tmp_path: Path, starter_folder: Path) -> None:
    (write_folder(tmp_path, starter_folder) / "model.safetensors").rename(tmp_path / "weights.safetensors")
    check_tensors(find_weights(tmp_path), SHAPE)
    shutil.copyfile(tmp_path / "weights.safetensors", tmp_path / "more.safetensors")
    assert "2 .safetensors files and no index" in fault_of(tmp_path)[1]


def test_pointer_of_git_lfs_is_named_with_what_brings_the_file(tmp_path: Path, starter_folder: Path) -> None:
    path = write_folder(tmp_path, starter_folder) / "model.safetensors"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 13476851456\n")
    with pytest.raises(LacunaError, match="pointer that Git LFS left") as caught:
        find_weights(tmp_path)
    assert "git lfs pull" in caught.value.report.next_step


def test_weights_of_another_layout_are_not_called_incomplete(tmp_path: Path, starter_folder: Path) -> None:
    write_folder(tmp_path, starter_folder)
    write_safetensors(tmp_path / "model.safetensors", {"tok_embeddings.weight": (4096, 128)})
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.UNSUPPORTED
    assert "tok_embeddings.weight" in sentence


@pytest.mark.parametrize("number", ["1e999", "NaN", "true", "9" * 4000, "0.5", "[" * 500 + "]" * 500])
@pytest.mark.parametrize("place", ["shape", "data_offsets"])
def test_number_that_no_file_can_have_is_a_sentence(tmp_path: Path, number: str, place: str) -> None:
    entry = {"dtype": "BF16", "shape": "[4]", "data_offsets": "[0, 8]"} | {place: f"[{number}, 8]"}
    header = (
        f'{{"x": {{"dtype": "BF16", "shape": {entry["shape"]}, "data_offsets": {entry["data_offsets"]}}}}}'.encode()
    )
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(LacunaError, match="damaged"):
        read_header(tmp_path / "model.safetensors")


def test_header_larger_than_any_models_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.write((90_000_000).to_bytes(8, "little"))
        file.truncate(8 << 30)  # sparse: it takes no room
    with pytest.raises(LacunaError, match="its header is not all there"):
        read_header(tmp_path / "model.safetensors")


@pytest.mark.parametrize("name", ["model.safetensors", "model.safetensors.index.json"])
def test_pipe_in_place_of_weights_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(LacunaError, match="not a regular file"):
        find_weights(tmp_path)


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
