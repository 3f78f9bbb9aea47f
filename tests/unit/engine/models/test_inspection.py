"""A model folder as a whole: sound ones, and each thing that can be wrong with one."""

import os
import shutil
from pathlib import Path

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.messages import PromptFormat
from engine.models.inspection import inspect_folder
from tests.model_folders import write_folder


def fault_of(folder: Path) -> tuple[ErrorCode, str]:
    with pytest.raises(LacunaError) as caught:
        inspect_folder(folder)
    assert caught.value.report.next_step
    return caught.value.report.code, caught.value.report.sentence


def test_sound_folder_is_described_without_being_loaded(tmp_path: Path, starter_folder: Path) -> None:
    folder = inspect_folder(write_folder(tmp_path / "Tiny-Instruct", starter_folder))
    assert folder.identity.name == "Tiny-Instruct"
    assert folder.identity.prompt_format is PromptFormat.INST
    assert folder.vocabulary.size <= folder.shape.vocab_size
    assert folder.warnings == ()


def test_starter_is_sound_and_small(starter_folder: Path) -> None:
    folder = inspect_folder(starter_folder, is_starter=True)
    assert folder.identity.can_infill
    assert 3e6 < folder.shape.parameters < 10e6
    assert all(path.stat().st_size <= 14 << 20 for path in folder.weights.paths)


def test_missing_folder_is_told(tmp_path: Path) -> None:
    code, sentence = fault_of(tmp_path / "nowhere")
    assert code is ErrorCode.MODEL_MISSING
    assert "does not exist" in sentence


def test_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    code, sentence = fault_of(tmp_path / "model.gguf")
    assert code is ErrorCode.MODEL_MISSING
    assert "is a file" in sentence


def test_folder_whose_name_is_not_utf8_is_told_in_words_that_can_be_shown(tmp_path: Path, starter_folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff"))
    missing_code, missing = fault_of(odd)
    assert missing_code is ErrorCode.MODEL_MISSING
    code, sentence = fault_of(write_folder(odd, starter_folder))
    assert code is ErrorCode.UNSUPPORTED
    assert "not UTF-8" in sentence
    assert missing.encode("utf-8")
    assert sentence.encode("utf-8")


def test_empty_folder_is_told(tmp_path: Path) -> None:
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert "is empty" in sentence


def test_adapter_is_refused(tmp_path: Path, starter_folder: Path) -> None:
    (write_folder(tmp_path, starter_folder) / "adapter_config.json").write_text("{}")
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.UNSUPPORTED
    assert "adapter" in sentence


def test_missing_tokenizer_is_told_even_beside_another_kind(tmp_path: Path, starter_folder: Path) -> None:
    (write_folder(tmp_path, starter_folder) / "tokenizer.model").rename(tmp_path / "tokenizer.json")
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert "tokenizer.model" in sentence
    assert "tokenizer.json alone" in sentence


def test_broken_tokenizer_is_told(tmp_path: Path, starter_folder: Path) -> None:
    (write_folder(tmp_path, starter_folder) / "tokenizer.model").write_bytes(b"not a model")
    assert fault_of(tmp_path)[0] is ErrorCode.MODEL_INVALID


def test_tokenizer_with_more_pieces_than_rows_is_told(
    tmp_path: Path, golden_folder: Path, starter_folder: Path
) -> None:
    write_folder(tmp_path, starter_folder)
    shutil.copyfile(golden_folder / "llama2.model", tmp_path / "tokenizer.model")
    code, sentence = fault_of(tmp_path)
    assert code is ErrorCode.MODEL_INVALID
    assert "32,000 pieces" in sentence
    assert "4,096" in sentence


def test_folder_of_the_hubs_cache_is_called_by_its_repository(tmp_path: Path, starter_folder: Path) -> None:
    cached = tmp_path / "models--codellama--CodeLlama-7b-Instruct-hf" / "snapshots" / "0123abcd"
    assert inspect_folder(write_folder(cached, starter_folder)).identity.name == "CodeLlama-7b-Instruct-hf"
