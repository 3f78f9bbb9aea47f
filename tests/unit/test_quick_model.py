"""The quick model is whole: shapes, vocabulary, marks, file sizes, and it loads and runs."""

import json
from typing import Any

import pytest
import sentencepiece
import torch
from safetensors import safe_open
from transformers import LlamaForCausalLM

from resources.starter.settings import MARKS
from tests.conftest import STARTER

BOS, EOS, VOCABULARY = 1, 2, 4096
LARGEST_FILE = 14_000_000


@pytest.fixture(scope="module")
def shapes() -> dict[str, tuple[list[int], str]]:
    """Shape and number format of every tensor."""
    found = {}
    for path in sorted(STARTER.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - not a mapping
                part = file.get_slice(name)
                found[name] = (part.get_shape(), part.get_dtype())
    return found


@pytest.fixture(scope="module")
def config() -> Any:
    """The folder's configuration."""
    return json.loads((STARTER / "config.json").read_text(encoding="utf-8"))


def test_configuration_is_that_of_a_small_code_llama(config: Any) -> None:
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert config["rope_parameters"]["rope_theta"] == 1e6
    assert config["max_position_embeddings"] == 4096
    assert (config["bos_token_id"], config["eos_token_id"], config["vocab_size"]) == (BOS, EOS, VOCABULARY)


def test_three_to_ten_million_parameters_in_shapes_that_four_bit_kernels_take(shapes: Any) -> None:
    sizes = {name: torch.Size(shape).numel() for name, (shape, _) in shapes.items()}
    assert 3e6 <= sum(sizes.values()) <= 10e6
    linear = [shape for name, (shape, _) in shapes.items() if name.endswith("proj.weight")]
    assert linear
    assert all(rows % 32 == 0 and columns % 64 == 0 for rows, columns in linear)
    assert {kind for _, kind in shapes.values()} == {"BF16"}


def test_files_are_small() -> None:
    assert all(path.stat().st_size <= LARGEST_FILE for path in STARTER.iterdir())


def test_vocabulary_has_llamas_layout_with_the_marks_last(shapes: Any) -> None:
    tokens = sentencepiece.SentencePieceProcessor(model_file=str(STARTER / "tokenizer.model"))
    size = tokens.get_piece_size()
    assert size == VOCABULARY == shapes["model.embed_tokens.weight"][0][0] == shapes["lm_head.weight"][0][0]
    assert [tokens.id_to_piece(at) for at in range(3)] == ["<unk>", "<s>", "</s>"]
    assert [tokens.id_to_piece(at) for at in range(3, 259)] == [f"<0x{byte:02X}>" for byte in range(256)]
    assert tuple(tokens.id_to_piece(at) for at in range(size - 4, size)) == MARKS
    text = "def f(x):\n\treturn  x + 12345 + 'é☺'\n"
    assert tokens.decode(tokens.encode(text)) == text


def test_it_loads_and_gives_finite_logits() -> None:
    model = LlamaForCausalLM.from_pretrained(STARTER, dtype=torch.float32)
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[BOS, 300, 301]])).logits
    assert logits.shape == (1, 3, VOCABULARY)
    assert torch.isfinite(logits).all()
