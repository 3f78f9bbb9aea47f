"""Reads tensors from GGUF files: dequantized, in the order of transformers' rope and of our vocabulary's ids.

llama.cpp's package `gguf` dequantizes. Importing this module imports torch; the first tensor imports `gguf`.
"""

from collections.abc import Iterator
from pathlib import Path

import torch

from engine.models.file_spans import fill, open_weights
from engine.models.gguf_tensors import PackedTensor

_WEIGHTS_AT_ONCE = 1 << 22  # bounds the memory of dequantizing besides its result

_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def read_packed(path: Path, stored: PackedTensor) -> torch.Tensor:
    """The tensor as `stored.dtype`. Raises what `fill` raises."""
    result = torch.empty((stored.file_rows, *stored.dims[1:]), dtype=_DTYPES[stored.dtype])
    columns = result.shape[-1]
    for first, part in _unpacked(path, stored, result.numel() // columns, columns):
        result.view(-1, columns)[first : first + len(part)] = part
    if stored.heads:
        result = part_halves(result, stored.heads)
    return result[torch.tensor(stored.rows, dtype=torch.int64)] if stored.rows else result


def part_halves(weights: torch.Tensor, heads: int) -> torch.Tensor:
    """Rows of queries or keys in transformers' order, the first halves of a head's pairs before the second ones.

    llama.cpp stores the two of a pair side by side.
    """
    pairs = weights.shape[0] // heads // 2
    return weights.view(heads, pairs, 2, -1).transpose(1, 2).reshape(weights.shape)


def _unpacked(path: Path, stored: PackedTensor, rows: int, columns: int) -> Iterator[tuple[int, torch.Tensor]]:
    """Some rows after the others in float32, each with the number of its first row."""
    import numpy
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize

    kind = GGMLQuantizationType[stored.packing.name]
    row_bytes = columns // stored.packing.block_weights * stored.packing.block_bytes
    at_once = max(1, _WEIGHTS_AT_ONCE // columns)
    with open_weights(path) as descriptor:
        for first in range(0, rows, at_once):
            packed = numpy.empty((min(at_once, rows - first), row_bytes), dtype=numpy.uint8)
            fill(path, descriptor, packed.data.cast("B"), stored.start + first * row_bytes)
            with numpy.errstate(all="ignore"):  # NaN scales are found when the loaded model is tried
                yield first, torch.from_numpy(dequantize(packed, kind))
