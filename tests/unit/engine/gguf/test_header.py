"""Headers of GGUF files: what is sound is understood, and each fault has a sentence of its own."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFEndian, GGUFWriter

from engine.errors import ErrorCode, LacunaError
from engine.gguf.header import is_gguf, read_header
from engine.gguf.metadata import StoredArray, read_numbers, read_strings
from engine.gguf.packings import PACKINGS
from tests.gguf_files import write_out


def write_small(path: Path, change: Callable[[GGUFWriter], Any] = lambda writer: None, arch: str = "llama") -> Path:
    """Two tensors and some metadata; `change` may add more."""
    writer = GGUFWriter(path, arch)
    writer.add_string("general.name", "Some Model")
    writer.add_array("tokenizer.ggml.tokens", ["<unk>", "é", ""])
    writer.add_array("tokenizer.ggml.scores", [0.5, -1.0, -2.0])
    writer.add_bool("some.flag", True)
    change(writer)
    writer.add_tensor("token_embd.weight", np.zeros((4, 64), np.float32))
    writer.add_tensor("output_norm.weight", np.ones(64, np.float32))
    write_out(writer)
    return path


def refusal(path: Path) -> tuple[ErrorCode, str]:
    with pytest.raises(LacunaError) as caught:
        read_header(path)
    assert caught.value.report.next_step
    return caught.value.report.code, caught.value.report.sentence


def patched(path: Path, at: int, content: bytes) -> Path:
    whole = bytearray(path.read_bytes())
    whole[at : at + len(content)] = content
    path.write_bytes(whole)
    return path


def test_sizes_of_packings_are_those_of_llama_cpps_package() -> None:
    assert {
        (kind, packing.name): (packing.block_weights, packing.block_bytes) for kind, packing in PACKINGS.items()
    } == {(kind, GGMLQuantizationType(kind).name): GGML_QUANT_SIZES[GGMLQuantizationType(kind)] for kind in PACKINGS}


def test_header_says_what_the_file_holds(tmp_path: Path) -> None:
    path = write_small(tmp_path / "some.gguf")
    file = read_header(path)
    assert file.metadata["general.name"] == "Some Model"
    assert file.metadata["some.flag"] is True
    tokens, scores = file.metadata["tokenizer.ggml.tokens"], file.metadata["tokenizer.ggml.scores"]
    assert isinstance(tokens, StoredArray)
    assert isinstance(scores, StoredArray)
    assert read_strings(path, tokens) == [b"<unk>", "é".encode(), b""]
    assert list(read_numbers(path, scores)) == [0.5, -1.0, -2.0]
    tensor = file.tensors["token_embd.weight"]
    assert (tensor.dims, tensor.size_bytes, tensor.packing.name) == ((4, 64), 4 * 64 * 4, "F32")
    content = path.read_bytes()
    norm = file.tensors["output_norm.weight"]
    assert content[norm.start : norm.start + norm.size_bytes] == np.ones(64, np.float32).tobytes()


def test_version_2_is_read_as_3_is(tmp_path: Path) -> None:
    path = write_small(tmp_path / "some.gguf")
    whole = read_header(path)
    assert read_header(patched(path, 4, struct.pack("<I", 2))) == whole


def test_files_are_told_by_how_they_begin_or_by_their_name(tmp_path: Path) -> None:
    blob = write_small(tmp_path / "sha256-0123")  # as Ollama keeps them
    other = tmp_path / "weights.gguf"
    other.write_bytes(b"something else")
    text = tmp_path / "notes.txt"
    text.write_text("GGU")
    assert [is_gguf(path) for path in (blob, other, text, tmp_path)] == [True, True, False, False]


@pytest.mark.parametrize("part", [0.0, 0.001, 0.02, 0.2, 0.5, 0.99])
def test_a_file_that_is_cut_short_says_so(tmp_path: Path, part: float) -> None:
    path = write_small(tmp_path / "some.gguf")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    code, sentence = refusal(path)
    assert code is ErrorCode.MODEL_INVALID
    assert "cut short" in sentence


def test_another_magic_is_no_gguf(tmp_path: Path) -> None:
    path = patched(write_small(tmp_path / "some.gguf"), 0, b"PK\3\4")
    assert refusal(path) == (ErrorCode.MODEL_INVALID, "some.gguf is no GGUF file: it does not begin with that word.")


@pytest.mark.parametrize(("at", "content"), [(4, struct.pack("<I", 1)), (0, b"tjgg")])
def test_files_from_before_version_2_are_too_old(tmp_path: Path, at: int, content: bytes) -> None:
    code, sentence = refusal(patched(write_small(tmp_path / "some.gguf"), at, content))
    assert code is ErrorCode.UNSUPPORTED
    assert "gave up in 2023" in sentence


def test_a_newer_version_is_refused_by_its_number(tmp_path: Path) -> None:
    code, sentence = refusal(patched(write_small(tmp_path / "some.gguf"), 4, struct.pack("<I", 4)))
    assert code is ErrorCode.UNSUPPORTED
    assert "version 4" in sentence


def test_big_endian_files_are_refused_as_such(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "big.gguf", "llama", endianess=GGUFEndian.BIG)
    writer.add_tensor("output_norm.weight", np.ones(64, np.float32))
    write_out(writer)
    code, sentence = refusal(tmp_path / "big.gguf")
    assert code is ErrorCode.UNSUPPORTED
    assert "big-endian" in sentence


def test_another_architecture_is_named(tmp_path: Path) -> None:
    code, sentence = refusal(write_small(tmp_path / "some.gguf", arch="qwen2"))
    assert code is ErrorCode.UNSUPPORTED
    assert "(qwen2)" in sentence


def test_a_mixture_of_experts_is_refused(tmp_path: Path) -> None:
    path = write_small(tmp_path / "some.gguf", lambda writer: writer.add_uint32("llama.expert_count", 8))
    assert "mixture of experts" in refusal(path)[1]


def test_parts_of_a_split_model_are_refused_by_their_name_or_by_their_header(tmp_path: Path) -> None:
    named = write_small(tmp_path / "some-00001-of-00003.gguf")
    stated = write_small(tmp_path / "renamed.gguf", lambda writer: writer.add_uint16("split.count", 3))
    for path in (named, stated):
        code, sentence = refusal(path)
        assert code is ErrorCode.UNSUPPORTED
        assert "one of 3 parts" in sentence


@pytest.mark.parametrize(("at", "what"), [(8, "tensors"), (16, "entries")])
def test_counts_that_the_file_has_no_room_for_are_not_believed(tmp_path: Path, at: int, what: str) -> None:
    path = patched(write_small(tmp_path / "some.gguf"), at, struct.pack("<Q", 1 << 60))
    code, sentence = refusal(path)
    assert code is ErrorCode.MODEL_INVALID
    assert f"promises {1 << 60:,} {what}" in sentence


def test_lengths_beyond_the_file_are_not_believed(tmp_path: Path) -> None:
    path = write_small(tmp_path / "some.gguf")
    content = path.read_bytes()
    name = content.index(b"Some Model")
    patched(path, name - 8, struct.pack("<Q", 1 << 62))
    assert refusal(path)[0] is ErrorCode.MODEL_INVALID
    path.write_bytes(content)
    tokens = content.index(b"tokenizer.ggml.tokens") + len(b"tokenizer.ggml.tokens")
    patched(path, tokens + 8, struct.pack("<Q", 1 << 62))
    assert refusal(path)[0] is ErrorCode.MODEL_INVALID


def entry(path: Path, name: bytes) -> int:
    """Where in a file the entry of a tensor goes on behind its name."""
    return path.read_bytes().index(name) + len(name)


@pytest.mark.parametrize(
    ("behind", "content", "says"),
    [
        (0, struct.pack("<I", 9), "9 dimensions"),
        (4, struct.pack("<Q", 0), "contradicts itself"),
        (4, struct.pack("<Q", 1 << 50), "contradicts itself"),
        (20, struct.pack("<I", 23), "type IQ4_XS"),
        (20, struct.pack("<I", 777), "type number 777"),
        (20, struct.pack("<I", 12), "contradicts itself"),  # blocks of 256 in rows of 64
        (24, struct.pack("<Q", 8), "contradicts itself"),  # not aligned
        (24, struct.pack("<Q", 1 << 40), "cut short"),
        (24, struct.pack("<Q", 256), "overlap"),
    ],
)
def test_entries_of_tensors_that_make_no_sense_are_refused(
    tmp_path: Path, behind: int, content: bytes, says: str
) -> None:
    path = write_small(tmp_path / "some.gguf")
    patched(path, entry(path, b"token_embd.weight") + behind, content)
    assert says in refusal(path)[1]


@pytest.mark.parametrize("value", [0, 3, 1 << 30])
def test_alignment_that_makes_no_sense_is_refused(tmp_path: Path, value: int) -> None:
    path = write_small(tmp_path / "some.gguf", lambda writer: writer.add_custom_alignment(64))
    assert read_header(path).tensors
    assert "aligns" in refusal(patched(path, entry(path, b"general.alignment") + 4, struct.pack("<I", value)))[1]


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    path = write_small(tmp_path / "some.gguf", lambda writer: writer.add_bool("same.flag", True))
    patched(path, path.read_bytes().index(b"same.flag"), b"some.flag")
    assert "some.flag twice" in refusal(path)[1]
