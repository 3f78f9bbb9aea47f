"""Weights become NF4 bit for bit as transformers and bitsandbytes make it, once, and come back from the copy alike."""

import dataclasses
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from engine.errors import LacunaError
from engine.kernels.nf4 import kernels_fault
from engine.models import nf4_cache, nf4_copy, quantize
from engine.models.device import Placement
from engine.models.inspection import ModelFolder, describe_folder, inspect_folder
from engine.models.nf4_cache import list_copies
from engine.models.reading import ReadProgress, read_model
from tests.model_folders import SHAPE, write_folder, write_random_weights
from tests.read_models import assert_same_weights, read_by_transformers, tensors_of

BF16 = Placement("cpu", "some", "On the processor.", "bfloat16", 1, True, 0, None)
FLOAT32 = dataclasses.replace(BF16, compute_dtype="float32")


def read(folder: Path | ModelFolder, cache: Path | None = None, placement: Placement = BF16) -> Any:
    """Read, if nothing may be noted."""
    checked = inspect_folder(folder) if isinstance(folder, Path) else folder
    notes: list[str] = []
    model = read_model(checked, placement, cache, lambda progress: None, notes.append)
    assert notes == []
    return model


def read_noting(folder: Path, cache: Path) -> tuple[Any, list[str]]:
    notes: list[str] = []
    return read_model(inspect_folder(folder), BF16, cache, lambda progress: None, notes.append), notes


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def folder(random_folder: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(random_folder, tmp_path / "Random-Instruct"))


@pytest.fixture
def no_quantizing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and from then on quantizing is an error."""

    def refuse(*arguments: object) -> None:
        raise AssertionError("the weights were quantized again")

    return lambda: monkeypatch.setattr(quantize, "quantize_nf4", refuse)


@pytest.fixture(params=["our kernels", "bitsandbytes"])
def quantizer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each routine that may quantize on a processor in turn."""
    if request.param == "bitsandbytes":
        monkeypatch.setattr(quantize, "load_kernels", lambda: None)
    elif quantize.load_kernels() is None:
        pytest.skip(f"our kernels are not here ({kernels_fault()}): what they quantize was not compared")


@pytest.mark.usefixtures("quantizer")
@pytest.mark.parametrize(("placement", "dtype"), [(BF16, torch.bfloat16), (FLOAT32, torch.float32)])
@pytest.mark.parametrize("which", ["starter", "random"])
def test_weights_are_bit_for_bit_those_of_transformers_and_bitsandbytes(
    which: str, placement: Placement, dtype: torch.dtype, starter_folder: Path, random_folder: Path
) -> None:
    path = starter_folder if which == "starter" else random_folder
    assert_same_weights(read(path, placement=placement), read_by_transformers(path, dtype))


def test_weights_in_32_bits_are_not_rounded_before_they_are_quantized(
    tmp_path: Path, starter_folder: Path, cache: Path
) -> None:
    path = write_folder(tmp_path / "wide", starter_folder)
    (path / "model.safetensors").unlink()
    write_random_weights(path, SHAPE, "float32")
    expected = read_by_transformers(path, torch.float32)
    assert_same_weights(read(path, cache, FLOAT32), expected)
    assert_same_weights(read(path, cache, FLOAT32), expected)


def test_model_is_the_kind_that_transformers_gives(random_folder: Path) -> None:
    ours, theirs = read(random_folder), read_by_transformers(random_folder, torch.bfloat16)
    assert type(ours) is type(theirs)
    assert [(name, type(module)) for name, module in ours.named_modules()] == [
        (name, type(module)) for name, module in theirs.named_modules()
    ]
    assert not ours.training
    assert ours.dtype == theirs.dtype
    assert ours.config._attn_implementation == theirs.config._attn_implementation
    assert ours.is_loaded_in_4bit
    assert {name: tuple(buffer.shape) for name, buffer in ours.named_buffers()} == {
        name: tuple(buffer.shape) for name, buffer in theirs.named_buffers()
    }
    linear = ours.model.layers[0].mlp.up_proj
    assert vars(linear.weight).keys() <= vars(theirs.model.layers[0].mlp.up_proj.weight).keys()
    assert linear.weight.bnb_quantized


def test_tied_head_and_biases_are_read(tmp_path: Path, starter_folder: Path) -> None:
    shape = dataclasses.replace(SHAPE, tied_embeddings=True, attention_bias=True, mlp_bias=True)
    path = write_folder(tmp_path / "Tied", starter_folder, tie_word_embeddings=True, attention_bias=True, mlp_bias=True)
    (path / "model.safetensors").unlink()
    write_random_weights(path, shape)
    ours, theirs = read(path), read_by_transformers(path, torch.bfloat16)
    ids = torch.arange(300, 340)[None]
    with torch.inference_mode():
        assert torch.equal(ours(ids).logits, theirs(ids).logits)
    read(path, tmp_path / "cache")
    assert_same_weights(read(path, tmp_path / "cache"), ours_again := read(path))
    assert torch.equal(ours_again.lm_head.weight, ours_again.model.embed_tokens.weight)


def test_second_read_takes_the_copy(random_folder: Path, cache: Path, no_quantizing: Callable[[], None]) -> None:
    first = read(random_folder, cache)
    (copy,) = list_copies(cache)
    assert copy.name == "Random-Instruct"
    assert copy.size_bytes == sum(
        entry.stat().st_size for entry in copy.folder.iterdir() if entry.suffix != ".json"
    ) + sum(
        (copy.folder / name).stat().st_size
        for name in ("config.json", "checksums.json", "model.safetensors.index.json")
    )
    os.utime(copy.folder / "lacuna.json", (0, 0))
    no_quantizing()
    assert_same_weights(first, read(random_folder, cache))
    assert list_copies(cache)[0].used_s > 0


def test_copy_serves_every_number_format(random_folder: Path, cache: Path, no_quantizing: Callable[[], None]) -> None:
    in_float32 = read(random_folder, placement=FLOAT32)
    read(random_folder, cache)
    no_quantizing()
    assert_same_weights(read(random_folder, cache, FLOAT32), in_float32)


def test_transformers_reads_the_copy_by_itself(random_folder: Path, cache: Path) -> None:
    from transformers import LlamaForCausalLM

    first = read(random_folder, cache)
    theirs = LlamaForCausalLM.from_pretrained(list_copies(cache)[0].folder, device_map={"": "cpu"})
    assert_same_weights(first, theirs)


def test_model_keeps_nothing_of_the_files_it_came_from(folder: Path, cache: Path) -> None:
    models = [read(folder, cache), read(folder, cache)]
    expected = read(folder)
    for path in (*folder.glob("*.safetensors"), *cache.glob("*/*.safetensors")):
        size = path.stat().st_size
        path.write_bytes(bytes(size))  # in place: what is mapped would change, or crash
    for model in models:
        assert_same_weights(model, expected)


def _cut(copy: Path) -> None:
    path = next(copy.glob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:-100])


def _lose_a_file(copy: Path) -> None:
    next(copy.glob("*.safetensors")).unlink()


def _spoil_the_index(copy: Path) -> None:
    (copy / "model.safetensors.index.json").write_text("{}")


def _swap_two_parts(copy: Path) -> None:
    path = copy / "model-00002-of-00003.safetensors"
    content = path.read_bytes().replace(b"q_proj.weight.absmax", b"q_proj.weight.absmix")
    path.write_bytes(content)


def _change_states(old: bytes, new: bytes) -> Callable[[Path], None]:
    def change(copy: Path) -> None:
        path = copy / "model-00002-of-00003.safetensors"
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new))

    return change


def _flip(share: float) -> Callable[[Path], None]:
    """Turn one bit at that place of the last file: behind its header there are weights alone."""

    def flip(copy: Path) -> None:
        path = copy / "model-00003-of-00003.safetensors"
        content = bytearray(path.read_bytes())
        content[int(share * (len(content) - 1))] ^= 16
        path.write_bytes(content)

    return flip


SPOILINGS: dict[str, Callable[[Path], object]] = {
    "first bit": _flip(0.0),
    "bit of the header": _flip(0.02),
    "bit of a weight": _flip(0.5),
    "other bit of a weight": _flip(0.9),
    "last bit": _flip(1.0),
    "type": _change_states(b'"dtype":"BF16"', b'"dtype":"F16" '),
    "checksums lost": lambda copy: (copy / "checksums.json").unlink(),
    "checksums of others": lambda copy: copy.joinpath("checksums.json").write_text('{"model.norm.weight": 7}'),
    "cut": _cut,
    "file lost": _lose_a_file,
    "index": _spoil_the_index,
    "names": _swap_two_parts,
    "key": _change_states(b'"quant_type"', b'"quint_type"'),
    "block": _change_states(b'"blocksize": 64', b'"blocksize": 32'),
    "nested block": _change_states(b'"nested_blocksize": 256', b'"nested_blocksize": 999'),
    "shape": _change_states(b'"shape": [192, 128]', b'"shape": [1920, 28]'),
    "dtype": _change_states(b'"dtype": "bfloat16"', b'"dtype": "bfloat99"'),
    "json": _change_states(b'"quant_type": "nf4"', b'"quant_type": "nf4}'),
}


@pytest.mark.parametrize("spoil", SPOILINGS.values(), ids=SPOILINGS)
def test_damaged_copy_is_made_again(random_folder: Path, cache: Path, spoil: Callable[[Path], object]) -> None:
    first = read(random_folder, cache)
    (copy,) = list_copies(cache)
    spoil(copy.folder)
    again, notes = read_noting(random_folder, cache)
    assert_same_weights(first, again)
    assert notes == ["The 4-bit copy of this model was damaged, so it was made again from the original weights."]
    assert_same_weights(first, read(random_folder, cache))
    assert [found.key for found in list_copies(cache)] == [copy.key]


def test_folder_that_was_moved_is_recognised_by_its_bytes(
    folder: Path, cache: Path, tmp_path: Path, no_quantizing: Callable[[], None]
) -> None:
    first = read(folder, cache)
    moved = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    shutil.rmtree(folder)
    no_quantizing()
    assert_same_weights(first, read(moved, cache))
    (copy,) = list_copies(cache)
    assert copy.source == str(moved)


def test_changed_weights_are_quantized_again_and_their_old_copy_goes(folder: Path, cache: Path) -> None:
    read(folder, cache)
    (old,) = list_copies(cache)
    path = next(iter(sorted(folder.glob("*.safetensors"))))
    tensors = load_file(path)
    name = next(name for name in tensors if name.endswith("proj.weight"))
    tensors[name] = -tensors[name]
    save_file(tensors, path, metadata={"format": "pt"})
    changed = read(folder, cache)
    (new,) = list_copies(cache)
    assert new.key != old.key
    assert_same_weights(changed, read(folder))


def test_file_that_is_cut_off_while_it_is_read_is_an_error_and_not_the_end_of_the_process(folder: Path) -> None:
    checked = inspect_folder(folder)
    path = checked.weights.paths[0]
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(LacunaError, match="became shorter"):
        read(checked)


def test_full_disk_is_noted_and_the_model_loads(
    random_folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nf4_cache, "free_bytes", lambda cache: 1_000_000)
    model, notes = read_noting(random_folder, cache)
    assert len(notes) == 1
    assert "0.0 GB are free on the disk" in notes[0]
    assert list_copies(cache) == ()
    assert_same_weights(model, read(random_folder))


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), SafetensorError("I/O error: No space left on device")]
)
@pytest.mark.parametrize("failing_file", [1, 3])
def test_disk_that_fills_while_writing_is_noted_and_the_model_loads(
    random_folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, failing_file: int
) -> None:
    def fail(tensors: dict[str, torch.Tensor], path: Path, **settings: Any) -> None:
        if f"{failing_file:05}-of" in path.name:
            raise error
        save_file(tensors, path, **settings)

    monkeypatch.setattr(nf4_copy, "save_file", fail)
    model, notes = read_noting(random_folder, cache)
    assert len(notes) == 1
    assert "No space left on device" in notes[0]
    assert [entry.name for entry in cache.iterdir()] == ["lock"]
    assert_same_weights(model, read(random_folder))


def test_cache_that_cannot_be_made_is_noted_and_the_model_loads(random_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    model, notes = read_noting(random_folder, tmp_path / "file" / "cache")
    assert len(notes) == 1
    assert "Not a directory" in notes[0]
    assert_same_weights(model, read(random_folder))


def test_second_writer_loads_without_keeping(random_folder: Path, cache: Path) -> None:
    cache.mkdir()
    with (cache / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        read(random_folder, cache)
        assert list_copies(cache) == ()


def test_each_tensor_goes_to_the_device_of_its_module(random_folder: Path, cache: Path) -> None:
    devices = {
        "model.embed_tokens": "cpu",
        "model.rotary_emb": "cpu",
        "model.layers.0": "cpu",
        "model.layers.1": "meta",  # stands for a second GPU: it has shapes and no contents
        "model.norm": "meta",
        "lm_head": "meta",
    }
    placement = dataclasses.replace(BF16, device_map=tuple(devices.items()))
    read(random_folder, cache)
    for model in (read(random_folder, None, placement), read(random_folder, cache, placement)):
        placed: dict[str, set[str]] = {}
        for name, tensor in tensors_of(model).items():
            module = ".".join(name.split(".")[:3]) if ".layers." in name else name.rpartition(".")[0]
            placed.setdefault(module, set()).add(str(tensor.device))
        assert placed == {module: {device} for module, device in devices.items() if module != "model.rotary_emb"}
        rows, columns = SHAPE.intermediate_size, SHAPE.hidden_size
        assert model.model.layers[1].mlp.up_proj.weight.shape == (rows * columns // 2, 1)


def test_cancelled_read_leaves_no_copy_and_the_next_one_works(random_folder: Path, cache: Path) -> None:
    def stop(progress: ReadProgress) -> None:
        if progress.detail == "layer 2 of 2":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        read_model(inspect_folder(random_folder), BF16, cache, stop)
    assert [entry.name for entry in cache.iterdir()] == ["lock"]
    first = read(random_folder, cache)
    with pytest.raises(InterruptedError):
        read_model(inspect_folder(random_folder), BF16, cache, stop)
    assert len(list_copies(cache)) == 1  # a cancelled read is no sign of damage
    assert_same_weights(first, read(random_folder, cache))


def test_progress_tells_stage_layer_and_bytes(random_folder: Path, cache: Path) -> None:
    for stage in ("Quantizing the weights to 4 bits", "Reading the 4-bit weights"):
        told: list[ReadProgress] = []
        read_model(inspect_folder(random_folder), BF16, cache, told.append)
        steps = [progress for progress in told if progress.stage == stage]
        assert len(steps) == 3 + 9 * SHAPE.layers
        assert [progress.done_bytes for progress in steps] == sorted(progress.done_bytes for progress in steps)
        assert steps[0].done_bytes == 0
        assert 0.9 < steps[-1].done_bytes / steps[-1].total_bytes < 1.1
        assert list(dict.fromkeys(progress.detail for progress in steps)) == [
            "embedding and head",
            "layer 1 of 2",
            "layer 2 of 2",
        ]


def test_copy_says_what_it_is_in_plain_json(random_folder: Path, cache: Path) -> None:
    read(random_folder, cache)
    (copy,) = list_copies(cache)
    config = json.loads((copy.folder / "config.json").read_text())
    assert config["quantization_config"]["bnb_4bit_quant_type"] == "nf4"
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert copy.source == str(random_folder.resolve())


@pytest.fixture
def nf4_folder(random_folder: Path, cache: Path, tmp_path: Path) -> Path:
    """The copy of a model as a folder of its own."""
    read(random_folder, cache)
    folder = Path(shutil.copytree(list_copies(cache)[0].folder, tmp_path / "Four-Bits-Instruct"))
    shutil.copy(random_folder / "tokenizer.model", folder)
    return folder


def test_a_folder_in_nf4_is_read_as_it_is(
    nf4_folder: Path, random_folder: Path, tmp_path: Path, no_quantizing: Callable[[], None]
) -> None:
    expected = read(random_folder)
    no_quantizing()
    assert_same_weights(read(nf4_folder, tmp_path / "another cache"), expected)
    assert not (tmp_path / "another cache").exists()
    assert any("stored as BF16 and NF4" in sentence for sentence in describe_folder(inspect_folder(nf4_folder)))


def test_a_folder_in_nf4_that_lacks_a_part_is_told_before_it_is_read(nf4_folder: Path) -> None:
    path = next(iter(sorted(nf4_folder.glob("*-of-00003.safetensors"), reverse=True)))
    tensors = load_file(path)
    del tensors[next(name for name in tensors if name.endswith(".absmax"))]
    save_file(tensors, path)
    with pytest.raises(LacunaError, match=r"absmax is not what it should be"):
        inspect_folder(nf4_folder)


def test_a_folder_in_nf4_whose_states_make_no_sense_is_damaged(nf4_folder: Path) -> None:
    path = next(iter(sorted(nf4_folder.glob("*-of-00003.safetensors"), reverse=True)))
    tensors = load_file(path)
    name = next(name for name in tensors if name.endswith("bitsandbytes__nf4"))
    tensors[name] = torch.tensor(list(b'{"x": 1}'), dtype=torch.uint8)
    save_file(tensors, path)
    with pytest.raises(LacunaError, match="damaged"):
        read(nf4_folder)


def test_weights_that_are_quantized_another_way_are_refused(nf4_folder: Path) -> None:
    config = json.loads((nf4_folder / "config.json").read_text())
    config["quantization_config"]["bnb_4bit_quant_type"] = "fp4"
    (nf4_folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(LacunaError, match="quantized already"):
        inspect_folder(nf4_folder)
