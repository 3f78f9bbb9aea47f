"""Finds a folder's safetensors and reads their headers: are all shards there, whole, and do they hold what they should?

A header is 8 bytes of length, then JSON with each tensor's type, shape and place. A download that was cut keeps its
header, so the sizes it promises tell a short file without reading the weights.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.models.config_file import LlamaShape

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
_MAX_HEADER_BYTES = 100_000_000  # the format's own limit
_MAX_INDEX_BYTES = 64 << 20
_ELEMENT_BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_FLOATS = ("BF16", "F16", "F32")
_AGAIN = "Download this file again, or choose another folder."


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor as its file's header describes it; `start` is where in the file its bytes begin."""

    dtype: str
    dims: tuple[int, ...]
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class WeightFiles:
    """The files that the loader will open, their size together, what is in them, and in which of them it is."""

    paths: tuple[Path, ...]
    size_bytes: int
    tensors: Mapping[str, StoredTensor]
    files: Mapping[str, Path]

    def bytes_of(self, name: str) -> int:
        """What a tensor of a type that is loaded takes in its file."""
        stored = self.tensors[name]
        return math.prod(stored.dims) * _ELEMENT_BYTES[stored.dtype]


def find_weights(folder: Path) -> WeightFiles:
    """The folder's safetensors, each one whole. The choice between one file and an index is the one transformers makes.

    Raises LacunaError MODEL_INVALID; UNSUPPORTED where there are only pickles, which are never opened.
    """
    if (folder / SINGLE).is_file():
        names = [SINGLE]
    elif (folder / INDEX).is_file():
        names = _shard_names(folder / INDEX)
    else:
        raise _no_safetensors(folder)
    paths = tuple(folder / name for name in names)
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise _invalid(
            f"{len(missing)} of {len(paths)} weight files are missing, the first of them {missing[0]}.",
            "Download the missing files, or choose another folder.",
        )
    tensors: dict[str, StoredTensor] = {}
    files: dict[str, Path] = {}
    for path in paths:
        header = read_header(path)
        if twice := next((name for name in header if name in files), None):
            raise _invalid(
                f"{path.name} and {files[twice].name} both hold {twice[:80]}; they belong to different models."
            )
        tensors |= header
        files |= dict.fromkeys(header, path)
    return WeightFiles(paths, sum(path.stat().st_size for path in paths), tensors, files)


def read_header(path: Path) -> dict[str, StoredTensor]:
    """What a safetensors file holds; MODEL_INVALID where it is damaged or shorter than its header promises."""
    try:
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            header_bytes = int.from_bytes(file.read(8), "little")
            if size_bytes < 8 or header_bytes > min(size_bytes - 8, _MAX_HEADER_BYTES):
                raise _invalid(f"{path.name} is cut short or damaged: its header is not all there.")
            header = json.loads(file.read(header_bytes))
    except OSError as error:
        raise _invalid(f"{path.name} cannot be read ({error.strerror}).", "Check the disk and the rights.") from None
    except (ValueError, RecursionError):
        raise _invalid(f"{path.name} is damaged: its header cannot be understood.") from None
    return _tensors(path.name, header, 8 + header_bytes, size_bytes)


def check_tensors(weights: WeightFiles, shape: LlamaShape) -> None:
    """Check that each weight of the network is stored, as a float, in the shape that config.json implies.

    transformers would fill what is missing with random numbers and only log it.
    """
    for name, dims in expected_tensors(shape):
        stored = weights.tensors.get(name)
        if stored is None:
            raise _invalid(
                f"The weights are not complete: {name} is missing.",
                "Download the model again, or choose another folder.",
            )
        if stored.dims != dims:
            raise _invalid(
                f"The weights do not belong to this config.json: {name} is {_by(stored.dims)} instead of {_by(dims)}.",
                "Download the model again, or choose another folder.",
            )
        if stored.dtype not in _FLOATS:
            raise LacunaError(
                ErrorCode.UNSUPPORTED,
                f"The weights are stored as {stored.dtype}; only 16-bit and 32-bit floats can be loaded.",
                "Choose the original 16-bit folder; it is quantized to 4 bits while it loads.",
            )


def _shard_names(index: Path) -> list[str]:
    """The shards an index names. Plain names only: a path in it could lead anywhere."""
    try:
        with index.open("rb") as file:
            content = json.loads(file.read(_MAX_INDEX_BYTES))
        names = sorted(set(content["weight_map"].values()))
    except OSError as error:
        raise _invalid(f"{index.name} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise _invalid(f"{index.name} is damaged: it does not say which file holds which weights.") from None
    for name in names:
        if not isinstance(name, str) or Path(name).name != name or not name.endswith(".safetensors"):
            raise _invalid(f"{index.name} names a file that is no safetensors file of this folder.")
    if not names:
        raise _invalid(f"{index.name} names no files.")
    return names


def _tensors(file_name: str, header: object, data_start: int, size_bytes: int) -> dict[str, StoredTensor]:
    data_bytes = size_bytes - data_start
    if not isinstance(header, dict):
        raise _invalid(f"{file_name} is damaged: its header cannot be understood.")
    tensors: dict[str, StoredTensor] = {}
    spans: list[tuple[int, int]] = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        try:
            dims = tuple(int(size) for size in entry["shape"])
            start, stop = entry["data_offsets"]
            dtype = str(entry["dtype"])
            sound = 0 <= start <= stop and _fills(dtype, dims, stop - start)
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise _invalid(f"{file_name} is damaged: the entry of {name[:80]} in its header contradicts itself.")
        tensors[name] = StoredTensor(dtype, dims, data_start + start)
        spans.append((start, stop))
    promised_bytes = max((stop for _, stop in spans), default=0)
    if promised_bytes > data_bytes:
        raise _invalid(
            f"{file_name} is cut short: it holds {data_bytes:,} of {promised_bytes:,} bytes of weights; "
            "the download probably broke off."
        )
    if promised_bytes < data_bytes or not _follow_each_other(spans):
        raise _invalid(f"{file_name} is damaged: its header does not describe the bytes that follow it.")
    return tensors


def _follow_each_other(spans: list[tuple[int, int]]) -> bool:
    """Whether tensors neither overlap nor leave holes: the format allows neither, and both hide something."""
    position = 0
    for start, stop in sorted(spans):
        if start != position:
            return False
        position = stop
    return True


def _fills(dtype: str, dims: tuple[int, ...], span_bytes: int) -> bool:
    """Whether a tensor of these sizes takes exactly its span; types that aren't loaded anyway are not judged."""
    element_bytes = _ELEMENT_BYTES.get(dtype)
    return element_bytes is None or (min(dims, default=1) >= 0 and math.prod(dims) * element_bytes == span_bytes)


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


def _no_safetensors(folder: Path) -> LacunaError:
    if any(path.suffix in (".bin", ".pt", ".pth", ".ckpt") for path in folder.iterdir()):
        return LacunaError(
            ErrorCode.UNSUPPORTED,
            "This folder holds its weights only as Python pickles, which can run program code when they are opened.",
            "Choose a folder with .safetensors files; every Code Llama checkpoint is offered that way too.",
        )
    if any(path.suffix == ".gguf" for path in folder.iterdir()):
        return LacunaError(
            ErrorCode.UNSUPPORTED,
            "This folder holds its weights as GGUF, the format of llama.cpp.",
            "Choose the original folder with .safetensors files.",
        )
    return _invalid(
        "This folder has no .safetensors files, so the weights are missing.", "Download them, or choose another folder."
    )


def _by(dims: tuple[int, ...]) -> str:
    return " by ".join(map(str, dims))


def _invalid(sentence: str, next_step: str = _AGAIN) -> LacunaError:
    return LacunaError(ErrorCode.MODEL_INVALID, sentence, next_step)
