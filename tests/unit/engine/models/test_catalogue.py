"""Which checkpoint a folder is, and what follows from it."""

import dataclasses

import pytest

from engine.messages.prompts import Order, PromptFormat
from engine.models.catalogue import CHECKPOINTS, Infilling, context_limit, differences, vocabulary_differences
from engine.models.config_file import LlamaShape, Rope
from engine.models.identity import identify
from tests.model_folders import SHAPE


def shape_of(size: str, **changes: object) -> LlamaShape:
    base = next(checkpoint.shape for checkpoint in CHECKPOINTS if checkpoint.id == f"CodeLlama-{size}-hf")
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def test_catalogue_holds_the_twelve_checkpoints() -> None:
    assert len({checkpoint.id for checkpoint in CHECKPOINTS}) == 12
    assert "CodeLlama-70b-Instruct-hf" in {checkpoint.id for checkpoint in CHECKPOINTS}


@pytest.mark.parametrize(
    ("id_", "parameters", "gigabytes"),
    [
        ("CodeLlama-7b-Instruct-hf", 6_738_546_688, 13.48),
        ("CodeLlama-13b-hf", 13_016_028_160, 26.03),
        ("CodeLlama-34b-Python-hf", 33_743_970_304, 67.49),
        ("CodeLlama-70b-Instruct-hf", 68_976_910_336, 137.95),
    ],
)
def test_checkpoint_has_the_published_size(id_: str, parameters: int, gigabytes: float) -> None:
    checkpoint = next(one for one in CHECKPOINTS if one.id == id_)
    assert checkpoint.shape.parameters == pytest.approx(parameters, rel=1e-5)
    assert checkpoint.download_bytes / 1e9 == pytest.approx(gigabytes, abs=0.01)
    assert (checkpoint.repository, checkpoint.gated_repository) == (f"codellama/{id_}", f"meta-llama/{id_}")


def test_every_checkpoint_has_figures_that_grow_with_the_tries() -> None:
    for checkpoint in CHECKPOINTS:
        for figures in (checkpoint.figures.humaneval, checkpoint.figures.mbpp):
            assert 0 < figures[0] < figures[1] < figures[2] < 100
        assert checkpoint.licence == "Llama 2 Community License"
    assert len({checkpoint.figures for checkpoint in CHECKPOINTS}) == len({one.good_for for one in CHECKPOINTS}) == 12


@pytest.mark.parametrize(
    ("id_", "vocabulary", "context", "theta"),
    [
        ("CodeLlama-7b-hf", 32016, 16384, 1e6),
        ("CodeLlama-13b-Instruct-hf", 32016, 16384, 1e6),
        ("CodeLlama-13b-Python-hf", 32000, 16384, 1e6),
        ("CodeLlama-34b-hf", 32000, 16384, 1e6),
        ("CodeLlama-70b-hf", 32016, 16384, 1e6),
        ("CodeLlama-70b-Python-hf", 32016, 4096, 1e4),
        ("CodeLlama-70b-Instruct-hf", 32016, 4096, 1e4),
    ],
)
def test_vocabulary_context_and_rope_differ_as_published(id_: str, vocabulary: int, context: int, theta: float) -> None:
    checkpoint = next(one for one in CHECKPOINTS if one.id == id_)
    assert checkpoint.shape.vocab_size == vocabulary
    assert checkpoint.trained_context_tokens == context
    assert checkpoint.rope_theta == theta
    longest = 100_000 if theta == 1e6 else context
    assert context_limit(checkpoint, checkpoint.shape) == longest
    assert context_limit(None, checkpoint.shape) == context


@pytest.mark.parametrize(
    ("name", "size", "prompt_format", "infilling"),
    [
        ("CodeLlama-7b-hf", "7b", PromptFormat.COMPLETION, Infilling.YES),
        ("CodeLlama-7b-Instruct-hf", "7b", PromptFormat.INST, Infilling.YES),
        ("codellama_13b_instruct", "13b", PromptFormat.INST, Infilling.YES),
        ("CodeLlama-13b-Python-hf", "13b", PromptFormat.COMPLETION, Infilling.NO),
        ("CodeLlama-34b-Instruct-hf", "34b", PromptFormat.INST, Infilling.NO),
        ("CodeLlama-70b-hf", "70b", PromptFormat.COMPLETION, Infilling.YES),
        ("CodeLlama-70b-Python-hf", "70b", PromptFormat.COMPLETION, Infilling.NO),
        ("CodeLlama-70b-Instruct-hf", "70b", PromptFormat.TURNS, Infilling.DISPUTED),
    ],
)
def test_checkpoint_is_recognised_by_name_and_sizes(
    name: str, size: str, prompt_format: PromptFormat, infilling: Infilling
) -> None:
    identity = identify(name, shape_of(size), has_marks=True)
    assert identity.checkpoint is not None
    assert identity.checkpoint.infilling is infilling
    assert identity.prompt_format is prompt_format
    assert identity.can_infill is (infilling is not Infilling.NO)
    assert bool(identity.infill_note) is (infilling is not Infilling.YES)
    assert identity.infill_order is Order.SPM


def test_infilling_needs_the_marks_whatever_the_table_says() -> None:
    identity = identify("CodeLlama-7b-hf", shape_of("7b"), has_marks=False)
    assert not identity.can_infill
    assert "no infilling marks" in identity.infill_note


def test_name_in_the_config_is_enough_when_the_folder_was_renamed() -> None:
    shape = shape_of("7b", source_name="codellama/CodeLlama-7b-Instruct-hf")
    identity = identify("my model", shape, has_marks=True)
    assert identity.name == "my model"
    assert identity.prompt_format is PromptFormat.INST
    assert identity.checkpoint is not None


@pytest.mark.parametrize(
    ("name", "prompt_format"),
    [
        ("tiny", PromptFormat.COMPLETION),
        ("Some-Llama-Instruct", PromptFormat.INST),
        ("Llama-2-7b-chat-hf", PromptFormat.INST),
        ("CodeLlama-7b-Instruct-hf", PromptFormat.INST),  # by name alone: its sizes are another's
        ("TinyLlama-1.1B-Chat-v1.0", PromptFormat.ZEPHYR),
        ("WizardCoder-Python-13B-V1.0", PromptFormat.ALPACA),
        ("vicuna-7b-v1.5", PromptFormat.VICUNA),
    ],
)
def test_unknown_llama_chats_only_when_its_name_says_so(name: str, prompt_format: PromptFormat) -> None:
    identity = identify(name, SHAPE, has_marks=True)
    assert identity.checkpoint is None
    assert identity.prompt_format is prompt_format
    assert ("no chat template; by its name" in identity.format_note) is (prompt_format is not PromptFormat.COMPLETION)
    assert identity.can_infill


def test_model_of_others_with_a_checkpoints_name_and_sizes_is_not_that_checkpoint() -> None:
    identity = identify("Phind-CodeLlama-34B-v2", shape_of("34b"), has_marks=False)
    assert identity.checkpoint is None
    assert identity.prompt_format is PromptFormat.PHIND


def test_starter_chats_and_fills_in_its_own_order() -> None:
    identity = identify("model", SHAPE, has_marks=True, is_starter=True)
    assert identity.prompt_format is PromptFormat.INST
    assert identity.infill_order is Order.PSM
    assert identity.can_infill
    assert "starter" in identity.name


def test_folder_that_agrees_with_the_table_has_no_differences() -> None:
    checkpoint = identify("CodeLlama-7b-hf", shape_of("7b"), has_marks=True).checkpoint
    assert checkpoint is not None
    assert differences(checkpoint, shape_of("7b")) == ()


@pytest.mark.parametrize(
    ("id_", "rows", "pieces", "words"),
    [
        ("CodeLlama-7b-hf", 32016, 32016, ""),
        ("CodeLlama-34b-hf", 32000, 32000, ""),
        ("CodeLlama-7b-hf", 32016, 32000, "32,000 pieces and the weights have 32,016 rows"),
        ("CodeLlama-7b-hf", 32000, 32000, "is known to have 32,016"),
        ("CodeLlama-34b-hf", 32016, 32016, "is known to have 32,000"),
    ],
)
def test_vocabulary_has_sixteen_extra_pieces_in_both_files_or_none(
    id_: str, rows: int, pieces: int, words: str
) -> None:
    checkpoint = next(one for one in CHECKPOINTS if one.id == id_)
    found = vocabulary_differences(checkpoint, dataclasses.replace(checkpoint.shape, vocab_size=rows), pieces)
    assert len(found) == bool(words)
    assert words in "".join(found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rope": Rope(1e4, is_stated=False)}, "names no rope base"),
        ({"rope": Rope(1e4)}, "rope base 10,000"),
        ({"max_positions": 100_000}, "100,000 tokens of context"),
    ],
)
def test_folder_that_departs_from_the_table_is_told_and_believed(changes: dict[str, object], words: str) -> None:
    checkpoint = identify("CodeLlama-7b-hf", shape_of("7b"), has_marks=True).checkpoint
    assert checkpoint is not None
    (sentence,) = differences(checkpoint, shape_of("7b", **changes))
    assert words in sentence
