"""A GGUF file is inspected as a folder is: what it is comes out, and each fault has a sentence."""

import dataclasses
import struct
from pathlib import Path
from random import Random
from tracemalloc import get_traced_memory, start, stop
from typing import Any

import numpy as np
import pytest

from engine.errors import ErrorCode, LacunaError
from engine.messages.prompts import PromptFormat
from engine.models.config_file import LlamaShape, Rope
from engine.models.inspection import ModelFolder, describe_folder, inspect_folder
from tests.gguf_files import Arrays, write_gguf
from tests.model_folders import SHAPE, tensor_dims, write_folder

FUZZ_SEEDS = 2000
CODE_LLAMA_LIKE = "{% if message %}{{ '[INST] ' + '<<SYS>>' + content + ' [/INST]' }}{% endif %}"
SMALL = dataclasses.replace(SHAPE, hidden_size=64, intermediate_size=64, layers=1, heads=2, kv_heads=1, vocab_size=259)


def zeros(shape: LlamaShape) -> Arrays:
    return {name: np.zeros(dims, np.float32) for name, dims in tensor_dims(shape).items()}


def byte_pieces() -> dict[str, Any]:
    """The least vocabulary: three marks and the bytes."""
    return {
        "model": "llama",
        "tokens": ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))],
        "scores": [0.0] * 259,
        "token_type": [2, 3, 3, *[6] * 256],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "unknown_token_id": 0,
    }


def small(path: Path, weights: Arrays | None = None, **changes: Any) -> Path:
    tokenizer = {**byte_pieces(), **changes.pop("tokenizer", {})}
    return write_gguf(path, weights or zeros(SMALL), tokenizer, SMALL, changes.pop("packing", "F16"), **changes)


def refusal(path: Path) -> tuple[ErrorCode, str]:
    with pytest.raises(LacunaError) as caught:
        inspect_folder(path)
    assert caught.value.report.next_step
    return caught.value.report.code, caught.value.report.sentence


def test_a_file_gives_shape_identity_and_vocabulary(tmp_path: Path, starter_folder: Path) -> None:
    path = write_gguf(
        tmp_path / "Tiny-7b.gguf",
        zeros(SHAPE),
        starter_folder / "tokenizer.model",
        tokenizer__chat_template=CODE_LLAMA_LIKE,
    )
    found = inspect_folder(path)
    assert found.shape == dataclasses.replace(SHAPE, source_name="Tiny")
    assert (found.identity.name, found.identity.prompt_format) == ("Tiny-7b", PromptFormat.INST)
    assert found.identity.can_infill
    assert found.vocabulary.path == path
    assert found.weights.paths == (path,)
    assert not found.warnings
    assert any("stored as F32" in sentence for sentence in describe_folder(found))


@pytest.mark.parametrize(
    ("packing", "cost"),
    [("Q8_0", "costs nothing"), ("Q5_1", "a little more"), ("Q5_0", "half as much"), ("Q4_0", "nearly twice")],
)
def test_a_quantized_file_says_that_it_is_quantized_twice_and_what_that_costs(
    tmp_path: Path, packing: str, cost: str
) -> None:
    (warning,) = inspect_folder(small(tmp_path / "some.gguf", packing=packing)).warnings
    assert f"quantized before ({packing})" in warning
    assert cost in warning


def test_a_file_says_how_its_weights_are_stored(tmp_path: Path) -> None:
    found = inspect_folder(small(tmp_path / "some.gguf", packing="Q4_0"))
    assert any("stored as F32 and Q4_0" in sentence for sentence in describe_folder(found))


@pytest.mark.parametrize(
    ("template", "name", "prompt_format"),
    [
        (CODE_LLAMA_LIKE, "plain", PromptFormat.INST),
        ("<|im_start|>{{ role }}", "Some-Instruct", PromptFormat.COMPLETION),
        (None, "Some-Instruct", PromptFormat.INST),
        (None, "plain", PromptFormat.COMPLETION),
    ],
)
def test_the_template_tells_the_format_and_the_name_where_there_is_none(
    tmp_path: Path, template: str | None, name: str, prompt_format: PromptFormat
) -> None:
    path = small(tmp_path / f"{name}.gguf", tokenizer__chat_template=template)
    assert inspect_folder(path).identity.prompt_format is prompt_format


def test_a_template_is_text_and_never_run(tmp_path: Path) -> None:
    hostile = "{{ cycler.__init__.__globals__.os.system('touch ran') }}{% for x in range(10**12) %}{% endfor %}"
    found = inspect_folder(small(tmp_path / "some.gguf", tokenizer__chat_template=hostile))
    assert found.identity.prompt_format is PromptFormat.COMPLETION


def test_a_missing_head_is_tied_to_the_embedding(tmp_path: Path) -> None:
    weights = {name: array for name, array in zeros(SMALL).items() if name != "lm_head.weight"}
    assert inspect_folder(small(tmp_path / "some.gguf", weights)).shape.tied_embeddings


def test_biases_are_known_by_their_tensors(tmp_path: Path) -> None:
    rows = {"q_proj": 64, "k_proj": 32, "v_proj": 32, "o_proj": 64}
    biases = {f"model.layers.0.self_attn.{name}.bias": np.zeros(size, np.float32) for name, size in rows.items()}
    assert inspect_folder(small(tmp_path / "some.gguf", {**zeros(SMALL), **biases})).shape.attention_bias


@pytest.mark.parametrize(
    ("changes", "rope"),
    [
        ({"llama__rope__freq_base": None}, Rope(10_000.0, is_stated=False)),
        ({"llama__rope__scale_linear": 4.0}, Rope(1e6, "linear", (("factor", 4.0),))),
        (
            {"llama__rope__scaling__type": "linear", "llama__rope__scaling__factor": 2.0},
            Rope(1e6, "linear", (("factor", 2.0),)),
        ),
        ({"llama__rope__scaling__type": "none"}, Rope(1e6)),
    ],
)
def test_rope_is_read_in_each_of_its_spellings(tmp_path: Path, changes: dict[str, Any], rope: Rope) -> None:
    assert inspect_folder(small(tmp_path / "some.gguf", **changes)).shape.rope == rope


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"llama__embedding_length": None}, ErrorCode.MODEL_INVALID, "gives hidden_size as null"),
        ({"llama__block_count": 0}, ErrorCode.MODEL_INVALID, "gives num_hidden_layers as 0"),
        ({"llama__attention__head_count": 10**9}, ErrorCode.MODEL_INVALID, "gives num_attention_heads as 1000000000"),
        ({"llama__attention__head_count_kv": [1, 1]}, ErrorCode.MODEL_INVALID, "gives num_key_value_heads"),
        ({"llama__embedding_length": 100}, ErrorCode.UNSUPPORTED, "4-bit kernels"),
        ({"llama__feed_forward_length": 128}, ErrorCode.MODEL_INVALID, "mlp.gate_proj.weight is 64 by 64 instead of"),
        ({"llama__block_count": 2}, ErrorCode.MODEL_INVALID, "model.layers.1.input_layernorm.weight is missing"),
        ({"llama__rope__scaling__type": "yarn"}, ErrorCode.UNSUPPORTED, "(yarn)"),
        ({"llama__rope__dimension_count": 16}, ErrorCode.UNSUPPORTED, "a part of each head"),
        ({"llama__attention__key_length": 48}, ErrorCode.UNSUPPORTED, "4-bit kernels"),
        ({"tokenizer": {"model": "bert"}}, ErrorCode.UNSUPPORTED, "of the kind bert"),
        ({"tokenizer": {"model": None}}, ErrorCode.UNSUPPORTED, "of the kind None"),
        ({"tokenizer": {"tokens": None}}, ErrorCode.MODEL_INVALID, "tokenizer.ggml.tokens is missing"),
        ({"tokenizer": {"scores": [0.0] * 258}}, ErrorCode.MODEL_INVALID, "259 pieces and 258 entries in scores"),
        ({"tokenizer": {"scores": [float("nan")] * 259}}, ErrorCode.MODEL_INVALID, "not numbers"),
        ({"tokenizer": {"token_type": [9] * 259}}, ErrorCode.MODEL_INVALID, "unknown kind"),
        ({"tokenizer": {"tokens": [1] * 259}}, ErrorCode.MODEL_INVALID, "not made of texts"),
        ({"tokenizer": {"scores": ["a"] * 259}}, ErrorCode.MODEL_INVALID, "not made of numbers"),
        ({"tokenizer": {"tokens": ["a"] * 259}}, ErrorCode.MODEL_INVALID, "vocabulary in some.gguf is damaged"),
        ({"tokenizer": {"eos_token_id": 259}}, ErrorCode.MODEL_INVALID, "which piece is the eos mark"),
    ],
)
def test_faults_are_told_apart(tmp_path: Path, changes: dict[str, Any], code: ErrorCode, says: str) -> None:
    found_code, sentence = refusal(small(tmp_path / "some.gguf", **changes))
    assert says in sentence
    assert found_code is code


def test_more_pieces_than_rows_are_refused(tmp_path: Path) -> None:
    tokens = byte_pieces()
    more = {"tokens": [*tokens["tokens"], "a"], "scores": [0.0] * 260, "token_type": [*tokens["token_type"], 1]}
    assert "260 pieces, but the weights know 259" in refusal(small(tmp_path / "some.gguf", tokenizer=more))[1]


@pytest.mark.parametrize(("name", "says"), [("rope_freqs.weight", "stretches"), ("blk.0.extra.weight", "blk.0.extra")])
def test_tensors_that_a_plain_llama_has_not_are_refused(tmp_path: Path, name: str, says: str) -> None:
    code, sentence = refusal(small(tmp_path / "some.gguf", {**zeros(SMALL), name: np.zeros(64, np.float32)}))
    assert code is ErrorCode.UNSUPPORTED
    assert says in sentence


def test_a_folder_with_a_gguf_file_leads_to_the_file(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "model", starter_folder)
    (folder / "model.safetensors").rename(folder / "model.gguf")
    with pytest.raises(LacunaError) as caught:
        inspect_folder(folder)
    assert caught.value.report.next_step == "Choose the .gguf file itself instead of its folder."


def test_broken_files_never_crash_nor_take_memory_for_what_they_promise(tmp_path: Path) -> None:
    path = small(tmp_path / "broken.gguf", packing="Q4_0")
    sound = path.read_bytes()
    header = inspect_folder(path).weights.tensors["model.embed_tokens.weight"].start
    outcomes: set[str] = set()
    for seed in range(FUZZ_SEEDS):
        path.write_bytes(_broken(sound, header, Random(seed)))
        if seed % 4:
            outcomes.add(_outcome(path))
            continue
        start()  # slow, so for some of them only
        try:
            outcomes.add(_outcome(path))
            assert get_traced_memory()[1] < len(sound) + (1 << 20), seed
        finally:
            stop()
    assert len(outcomes) > 10  # it does not always end at the same check


def _outcome(path: Path) -> str:
    try:
        found = inspect_folder(path)
    except LacunaError as error:
        return error.report.sentence[:40]
    assert isinstance(found, ModelFolder)
    return "sound"


def _broken(sound: bytes, header: int, random: Random) -> bytes:
    """The file with bytes or numbers of its header replaced, a stretch of it taken out or doubled, or cut short."""
    content = bytearray(sound)
    for _ in range(random.randint(1, 3)):
        at = random.choice([random.randrange(header), random.randrange(2000), header - 1 - random.randrange(1000)])
        match random.randrange(5):
            case 0:
                content[at] = random.randrange(256)
            case 1:
                number = random.choice([0, 1, 255, 1 << 31, 1 << 32, (1 << 63) - 1, (1 << 64) - 1, len(content)])
                content[at : at + 8] = struct.pack("<Q", number)
            case 2:
                content[at : at + 4] = struct.pack("<I", random.choice([0, 7, 8, 9, 12, 13, 1 << 31]))
            case 3:
                del content[at : at + random.randrange(64)]
            case _:
                content[at:at] = content[at : at + random.randrange(64)]
    return bytes(content[: random.randrange(len(content))] if random.random() < 0.1 else content)
