"""config.json: what is accepted, in both spellings, and a sentence for each thing that is not."""

import json
import os
from pathlib import Path

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.models.config_file import LlamaShape, Rope, read_config
from tests.model_folders import CONFIG, SHAPE


def read(folder: Path, **changes: object) -> LlamaShape:
    config = {name: value for name, value in {**CONFIG, **changes}.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(config))
    return read_config(folder)


def test_config_with_old_rope_spelling_gives_its_shape(tmp_path: Path) -> None:
    assert read(tmp_path) == SHAPE


@pytest.mark.parametrize(
    ("changes", "rope"),
    [
        ({"rope_theta": None, "rope_parameters": {"rope_type": "default", "rope_theta": 5e5}}, Rope(5e5)),
        ({"rope_theta": None, "rope_parameters": {"rope_theta": 1e6}}, Rope(1e6)),
        ({"rope_theta": None}, Rope(1e4, is_stated=False)),
        ({"rope_scaling": {"type": "linear", "factor": 4.0}}, Rope(1e6, "linear", (("factor", 4.0),))),
        (
            {
                "rope_scaling": {
                    "rope_type": "llama3",
                    "factor": 8.0,
                    "low_freq_factor": 1.0,
                    "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 8192,
                }
            },
            Rope(
                1e6,
                "llama3",
                (
                    ("factor", 8.0),
                    ("low_freq_factor", 1.0),
                    ("high_freq_factor", 4.0),
                    ("original_max_position_embeddings", 8192.0),
                ),
            ),
        ),
    ],
)
def test_rope_in_either_spelling_is_understood(tmp_path: Path, changes: dict[str, object], rope: Rope) -> None:
    assert read(tmp_path, **changes).rope == rope


def test_heads_that_are_not_grouped_need_no_key_value_heads(tmp_path: Path) -> None:
    assert read(tmp_path, num_key_value_heads=None).kv_heads == 4


@pytest.mark.parametrize(("value", "ids"), [(2, (2,)), ([2, 32015], (2, 32015)), (None, ())])
def test_end_ids_may_be_one_several_or_none(tmp_path: Path, value: object, ids: tuple[int, ...]) -> None:
    assert read(tmp_path, eos_token_id=value).eos_ids == ids


def test_parameters_of_the_7b_are_the_published_number() -> None:
    shape = LlamaShape(4096, 11008, 32, 32, 32, 128, 32016, 16384, Rope(1e6), 1e-5, False, False, False, (2,), "")
    assert shape.parameters == 6_738_546_688
    assert shape.kv_bytes_per_token(2) == 512 * 1024


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"architectures": ["MistralForCausalLM"]}, ErrorCode.UNSUPPORTED, "MistralForCausalLM"),
        ({"architectures": None}, ErrorCode.UNSUPPORTED, "architecture"),
        ({"architectures": "LlamaForCausalLM"}, ErrorCode.UNSUPPORTED, "architecture"),
        ({"auto_map": {"AutoModel": "modeling.Model"}}, ErrorCode.UNSUPPORTED, "program code of its own"),
        ({"quantization_config": {"quant_method": "gptq"}}, ErrorCode.UNSUPPORTED, "quantized already"),
        ({"hidden_act": "gelu"}, ErrorCode.UNSUPPORTED, "gelu"),
        ({"rope_scaling": {"type": "dynamic", "factor": 2.0}}, ErrorCode.UNSUPPORTED, "dynamic"),
        ({"rope_scaling": {"type": ["dynamic"]}}, ErrorCode.UNSUPPORTED, "positions"),
        ({"rope_scaling": {"type": "linear"}}, ErrorCode.MODEL_INVALID, "factor"),
        ({"rope_scaling": "linear"}, ErrorCode.MODEL_INVALID, "rope"),
        ({"rope_theta": -1}, ErrorCode.MODEL_INVALID, "rope_theta"),
        ({"hidden_size": None}, ErrorCode.MODEL_INVALID, "hidden_size"),
        ({"hidden_size": 0}, ErrorCode.MODEL_INVALID, "hidden_size"),
        ({"hidden_size": "128"}, ErrorCode.MODEL_INVALID, "hidden_size"),
        ({"hidden_size": True}, ErrorCode.MODEL_INVALID, "hidden_size"),
        ({"hidden_size": 10**12}, ErrorCode.MODEL_INVALID, "hidden_size"),
        ({"num_hidden_layers": -3}, ErrorCode.MODEL_INVALID, "num_hidden_layers"),
        ({"num_key_value_heads": 3}, ErrorCode.MODEL_INVALID, "do not fit"),
        ({"num_key_value_heads": 8}, ErrorCode.MODEL_INVALID, "num_key_value_heads"),
        ({"rms_norm_eps": 0}, ErrorCode.MODEL_INVALID, "rms_norm_eps"),
        ({"tie_word_embeddings": "yes"}, ErrorCode.MODEL_INVALID, "tie_word_embeddings"),
        ({"eos_token_id": "end"}, ErrorCode.MODEL_INVALID, "eos_token_id"),
        ({"intermediate_size": 200}, ErrorCode.UNSUPPORTED, "4-bit kernels"),
    ],
)
def test_config_that_cannot_be_loaded_is_refused_in_a_sentence(
    tmp_path: Path, changes: dict[str, object], code: ErrorCode, words: str
) -> None:
    with pytest.raises(LacunaError) as caught:
        read(tmp_path, **changes)
    report = caught.value.report
    assert report.code is code
    assert words in report.sentence
    assert report.next_step


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no config.json"),
        (b"", "not valid JSON"),
        (b'{"architectures": ', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[]", "does not hold a configuration"),
        (b" " * (2 << 20), "far more than such a file needs"),
        (b"version https://git-lfs.github.com/spec/v1\n", "pointer that Git LFS left"),
    ],
)
def test_config_that_is_no_configuration_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(LacunaError, match=words) as caught:
        read_config(tmp_path)
    assert caught.value.report.code is ErrorCode.MODEL_INVALID


def test_huge_value_in_config_is_not_repeated_at_length(tmp_path: Path) -> None:
    with pytest.raises(LacunaError) as caught:
        read(tmp_path, vocab_size="9" * 100_000)
    assert len(caught.value.report.sentence) < 200


@pytest.mark.parametrize("architectures", [None, [], "null"])
def test_model_type_decides_where_no_architecture_is_named(tmp_path: Path, architectures: object) -> None:
    config = {**CONFIG, "architectures": None if architectures == "null" else architectures, "model_type": "llama"}
    if architectures is None:
        del config["architectures"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert read_config(tmp_path) == SHAPE


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"architectures": None}, "none is named"),
        ({"architectures": None, "model_type": "mistral"}, "mistral"),
        ({"architectures": ["LlamaForCausalLM", "Other"]}, "LlamaForCausalLM, Other"),
        ({"architectures": [[[["deep"]]]]}, "a list"),
        ({"architectures": ["\ud800\udce9 name"]}, "name"),
    ],
)
def test_other_architecture_is_named_as_the_file_names_it(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(LacunaError) as caught:
        read(tmp_path, **changes)
    assert caught.value.report.code is ErrorCode.UNSUPPORTED
    assert words in caught.value.report.sentence
    caught.value.report.sentence.encode()  # what is not UTF-8 could be neither shown nor sent


@pytest.mark.parametrize("activation", ["swish", "silu"])
def test_what_says_nothing_new_is_let_through(tmp_path: Path, activation: str) -> None:
    whole = {name: float(value) for name, value in CONFIG.items() if type(value) is int}
    assert read(tmp_path, hidden_act=activation, auto_map={}, quantization_config={}, **whole) == SHAPE
    nothing = dict.fromkeys(("hidden_act", "auto_map", "quantization_config", "rope_scaling", "head_dim"))
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, **nothing}))
    assert read_config(tmp_path) == SHAPE


@pytest.mark.parametrize("value", ["1e999", "192.5", "NaN", "-Infinity", "[" * 900 + "]" * 900])
def test_number_that_is_no_size_is_refused(tmp_path: Path, value: str) -> None:
    text = json.dumps({**CONFIG, "hidden_size": 0}).replace('"hidden_size": 0', f'"hidden_size": {value}')
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(LacunaError, match="hidden_size"):
        read_config(tmp_path)


def test_pipe_in_place_of_the_config_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(LacunaError, match="not a regular file"):
        read_config(tmp_path)


def test_folder_of_model_folders_says_which_to_choose(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    with pytest.raises(LacunaError) as caught:
        read_config(tmp_path)
    assert caught.value.report.next_step == "Choose the folder a in it or another one there."
