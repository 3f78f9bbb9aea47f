"""Finds a folder's safetensors, and checks that all shards are complete and contain the network's weights."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.models.config_file import LlamaShape
from engine.models.safetensors_header import MAX_HEADER_BYTES, StoredTensor, damaged, read_header
from engine.models.shards import find_shards

_FLOATS = ("BF16", "F16", "F32")
_MOST_HEADERS_BYTES = 2 * MAX_HEADER_BYTES  # of all shards together


@dataclass(frozen=True, slots=True)
class WeightFiles:
    """The files that the loader will open, their size together, what is in them, and in which of them it is.

    `doubtful` are tensors that stand in two files without an index that names the right one.
    """

    paths: tuple[Path, ...]
    size_bytes: int
    tensors: Mapping[str, StoredTensor]
    files: Mapping[str, Path]
    doubtful: Mapping[str, Path] = field(default_factory=dict)

    def bytes_of(self, name: str) -> int:
        """What a tensor of a type that is loaded takes in its file."""
        return self.tensors[name].size_bytes


def find_weights(folder: Path) -> WeightFiles:
    """The folder's safetensors, each one whole. The choice between one file and an index is the one transformers makes;
    a tensor that stands in two shards is taken from the one that the index names.

    Raises LacunaError MODEL_INVALID; UNSUPPORTED if there are only pickles, which are never opened.
    """
    shards = find_shards(folder)
    most_bytes = min(MAX_HEADER_BYTES, _MOST_HEADERS_BYTES // len(shards.paths))
    headers = {path: read_header(path, most_bytes) for path in shards.paths}
    files, doubtful = _places(headers, shards.places)
    tensors = {name: headers[path][name] for name, path in files.items()}
    return WeightFiles(shards.paths, sum(os.stat(path).st_size for path in shards.paths), tensors, files, doubtful)


def check_tensors(weights: WeightFiles, shape: LlamaShape, source: str = "config.json") -> None:
    """Check that each weight of the network is stored, as a float, in the shape that config.json implies.

    transformers would fill missing weights with random numbers and only log it.
    """
    if weights.tensors and not any(name in weights.tensors for name, _ in expected_tensors(shape)):
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            f"The weights are named in another layout ({next(iter(weights.tensors))[:80]}), not in Hugging Face's.",
            "Choose the model's folder in the Hugging Face layout.",
        )
    for name, dims in expected_tensors(shape):
        stored = weights.tensors.get(name)
        if stored is None:
            raise damaged(
                f"The weights are not complete: {name} is missing.",
                "Download the model again, or choose another folder.",
            )
        if name in weights.doubtful:
            raise damaged(
                f"{weights.files[name].name} and {weights.doubtful[name].name} both hold {name}, "
                "and no index says which of them is right.",
                "Download model.safetensors.index.json from where the model came from, or choose another folder.",
            )
        if stored.dims != dims:
            raise damaged(
                f"The weights do not belong to this {source}: {name} is {_by(stored.dims)} instead of {_by(dims)}.",
                "Download the model again, or choose another folder.",
            )
        if stored.dtype not in _FLOATS:
            raise LacunaError(
                ErrorCode.UNSUPPORTED,
                f"The weights are stored as {stored.dtype}; only 16-bit and 32-bit floats can be loaded.",
                "Choose the original 16-bit folder; it is quantized to 4 bits while it loads.",
            )


def expected_tensors(shape: LlamaShape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and sizes of each tensor of a network of that shape, by layers after the two tables and the last norm."""
    hidden = shape.hidden_size
    yield "model.embed_tokens.weight", (shape.vocab_size, hidden)
    if not shape.tied_embeddings:
        yield "lm_head.weight", (shape.vocab_size, hidden)
    yield "model.norm.weight", (hidden,)
    for layer in range(shape.layers):
        base = f"model.layers.{layer}"
        yield f"{base}.input_layernorm.weight", (hidden,)
        yield f"{base}.post_attention_layernorm.weight", (hidden,)
        for name, rows, columns in shape.linear_sizes:
            yield f"{base}.{name}.weight", (rows, columns)
            if shape.attention_bias if name.startswith("self_attn") else shape.mlp_bias:
                yield f"{base}.{name}.bias", (rows,)


def _places(
    headers: Mapping[Path, Mapping[str, StoredTensor]], stated: Mapping[str, str]
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Where each tensor is taken from, and another place of those that stand in two files while nobody says in which.

    `stated` is what an index says: the file's name for each tensor.
    """
    files: dict[str, Path] = {}
    doubtful: dict[str, Path] = {}
    for path, header in headers.items():
        for name in header:
            if stated.get(name) == path.name:
                files[name] = path
                doubtful.pop(name, None)
            elif name not in files:
                files[name] = path
            elif stated.get(name) != files[name].name:
                doubtful[name] = path
    return files, doubtful


def _by(dims: tuple[int, ...]) -> str:
    return " by ".join(map(str, dims))
