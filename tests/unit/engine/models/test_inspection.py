"""A model folder as a whole: sound ones, and each thing that can be wrong with one."""

import contextlib
import json
import os
import shutil
from pathlib import Path

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.messages.prompts import PromptFormat
from engine.models.catalogue import CHECKPOINTS
from engine.models.inspection import describe_folder, inspect_folder
from engine.models.safetensors_files import expected_tensors
from tests import chat_templates
from tests.model_folders import write_folder, write_shards, write_sparse_safetensors
from tests.spoiled_files import SEEDS, spoil


def fault_of(folder: Path) -> tuple[ErrorCode, str]:
    with pytest.raises(LacunaError) as caught:
        inspect_folder(folder)
    assert caught.value.report.next_step
    return caught.value.report.code, caught.value.report.sentence


def write_seven_b(parent: Path, starter: Path) -> Path:
    """CodeLlama-7b-hf at true size as sparse files, with the starter's vocabulary."""
    checkpoint = CHECKPOINTS[0]
    folder = write_folder(
        parent / checkpoint.id,
        starter,
        hidden_size=4096,
        intermediate_size=11008,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=32,
        vocab_size=32016,
        max_position_embeddings=16384,
    )
    write_sparse_safetensors(folder / "model.safetensors", dict(expected_tensors(checkpoint.shape)))
    return folder


def test_sound_folder_is_described_without_being_loaded(tmp_path: Path, starter_folder: Path) -> None:
    folder = inspect_folder(write_folder(tmp_path / "Tiny-Instruct", starter_folder))
    assert folder.identity.name == "Tiny-Instruct"
    assert folder.identity.prompt_format is PromptFormat.INST
    assert folder.vocabulary.size <= folder.shape.vocab_size
    (warning,) = folder.warnings
    assert "no chat template; by its name" in warning


def test_starter_is_sound_and_small(starter_folder: Path) -> None:
    folder = inspect_folder(starter_folder, is_starter=True)
    assert folder.identity.can_infill
    assert 3e6 < folder.shape.parameters < 10e6
    assert all(path.stat().st_size <= 14 << 20 for path in folder.weights.paths)


def test_any_llama_folder_is_described_in_sentences(tmp_path: Path, starter_folder: Path) -> None:
    folder = inspect_folder(write_folder(tmp_path / "Tiny-Instruct", starter_folder))
    found = " ".join(describe_folder(folder))
    for words in (
        "no checkpoint that is known",
        "0.00 billion weights in 2 layers with 4 heads in 2 groups, stored as BF16 in 1 files",
        "256 tokens, with the rope base 1,000,000",
        "4,096 pieces",
        "[INST]",
        "It fills gaps.",
    ):
        assert words in found


def test_code_llama_with_the_vocabulary_of_another_model_is_told(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_seven_b(tmp_path, starter_folder)
    code, sentence = fault_of(folder)
    assert code is ErrorCode.MODEL_INVALID
    assert "4,096 pieces, too few for a Code Llama" in sentence


def test_code_llama_of_true_size_without_its_infilling_pieces_warns(
    tmp_path: Path, starter_folder: Path, golden_folder: Path
) -> None:
    folder = write_seven_b(tmp_path, starter_folder)
    shutil.copyfile(golden_folder / "codellama-32016.model", folder / "tokenizer.model")
    whole = inspect_folder(folder)
    assert whole.identity.checkpoint == CHECKPOINTS[0]
    assert whole.identity.can_infill
    assert whole.warnings == ()
    shutil.copyfile(golden_folder / "llama2.model", folder / "tokenizer.model")
    lacking = inspect_folder(folder)
    assert not lacking.identity.can_infill
    assert len(lacking.warnings) == 1
    assert "32,000 pieces and the weights have 32,016 rows" in lacking.warnings[0]


def test_missing_folder_is_told(tmp_path: Path) -> None:
    code, sentence = fault_of(tmp_path / "nowhere")
    assert code is ErrorCode.MODEL_MISSING
    assert "does not exist" in sentence


def test_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"PK")
    code, sentence = fault_of(tmp_path / "model.bin")
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


def write_cache(parent: Path, starter: Path, *commits: str) -> Path:
    """A repository's folder as the hub's cache has it."""
    folder = parent / "models--codellama--Tiny-Instruct"
    for commit in commits:
        write_folder(folder / "snapshots" / commit, starter, max_position_embeddings=512 if commit[0] == "b" else 256)
    (folder / "refs").mkdir(parents=True)
    return folder


def test_repositorys_folder_in_the_hubs_cache_leads_to_its_snapshot(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_cache(tmp_path, starter_folder, "a" * 40, "b" * 40)
    assert "2 snapshots, and refs/main names none of them" in fault_of(folder)[1]
    (folder / "refs" / "main").write_text("b" * 40)
    found = inspect_folder(folder)
    assert found.path == folder / "snapshots" / ("b" * 40)
    assert (found.identity.name, found.shape.max_positions) == ("Tiny-Instruct", 512)
    (folder / "refs" / "main").write_text("../../elsewhere")
    shutil.rmtree(folder / "snapshots" / ("b" * 40))
    assert inspect_folder(folder).path == folder / "snapshots" / ("a" * 40)


def test_folder_of_the_hubs_cache_without_a_snapshot_says_so(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_cache(tmp_path, starter_folder)
    (folder / "snapshots").mkdir()
    assert "holds no snapshot" in fault_of(folder)[1]


def test_tokenizer_that_is_no_file_or_only_a_pointer_is_told(tmp_path: Path, starter_folder: Path) -> None:
    tokenizer = write_folder(tmp_path, starter_folder) / "tokenizer.model"
    tokenizer.write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "tokenizer.model is a pointer that Git LFS left" in fault_of(tmp_path)[1]
    tokenizer.unlink()
    os.mkfifo(tokenizer)
    assert "not a regular file" in fault_of(tmp_path)[1]
    tokenizer.unlink()
    with tokenizer.open("wb") as file:
        file.truncate(8 << 30)
    assert "tokenizer.model" in fault_of(tmp_path)[1]


@pytest.mark.parametrize(("stated", "ids"), [("7", (2, 7)), ("[2, 9.0]", (2, 9)), ("null", (2,)), ("[]", (2,))])
def test_end_ids_of_the_generation_config_count_too(
    tmp_path: Path, starter_folder: Path, stated: str, ids: tuple[int, ...]
) -> None:
    write_folder(tmp_path, starter_folder)
    (tmp_path / "generation_config.json").write_text(f'{{"eos_token_id": {stated}}}')
    folder = inspect_folder(tmp_path)
    assert folder.shape.eos_ids == ids
    assert not any("generation_config" in warning for warning in folder.warnings)


@pytest.mark.parametrize("content", ["", "[]", '{"eos_token_id": "</s>"}', '{"eos_token_id": 1e999}', "{" * 2000])
def test_generation_config_that_makes_no_sense_is_a_warning(tmp_path: Path, starter_folder: Path, content: str) -> None:
    write_folder(tmp_path, starter_folder)
    (tmp_path / "generation_config.json").write_text(content)
    folder = inspect_folder(tmp_path)
    assert folder.shape.eos_ids == (2,)
    assert any("generation_config.json can't be used" in warning for warning in folder.warnings)


def test_spoiled_folder_is_a_model_or_a_sentence(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path, starter_folder)
    write_shards(folder)
    added = {"added_tokens_decoder": {"4095": {"content": "<|im_end|>"}}, "chat_template": chat_templates.ALPACA}
    (folder / "tokenizer_config.json").write_text(json.dumps(added))
    (folder / "generation_config.json").write_text('{"eos_token_id": [2, 7]}')
    (folder / "chat_template.jinja").write_text(chat_templates.CHATML)
    whole = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    for seed in range(SEEDS or 60):
        name = list(whole)[seed % len(whole)]
        spoil(folder / name, seed)
        with contextlib.suppress(LacunaError):
            inspect_folder(folder)
        (folder / name).write_bytes(whole[name])
