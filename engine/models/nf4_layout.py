"""How NF4 weights lie in safetensors: bitsandbytes' own layout, which transformers reads too. No torch."""

from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.kernels.nf4_format import BLOCK, NESTED_BLOCK
from engine.models.config_file import LlamaShape
from engine.models.safetensors_files import WeightFiles, expected_tensors, find_weights
from engine.models.safetensors_header import StoredTensor

STATE = "quant_state.bitsandbytes__nf4"
PARTS = ("absmax", "quant_map", "nested_absmax", "nested_quant_map", STATE)
_FLOATS = ("BF16", "F16", "F32")
_NF4_BITS = 4 + 8 / BLOCK + 32 / (BLOCK * NESTED_BLOCK)
_MOST_STATE_BYTES = 4096


def copy_bytes(weights: WeightFiles, shape: LlamaShape) -> int:
    """The approximate size of a copy on disk: 4.127 bits for each quantized weight, the others unchanged."""
    others = sum(weights.bytes_of(name) for name, _ in expected_tensors(shape) if not is_quantized(name))
    return int(shape.linear_parameters * _NF4_BITS / 8) + others


def part_names(name: str) -> tuple[str, ...]:
    """The tensors that represent one in a copy, itself first."""
    return (name, *(f"{name}.{part}" for part in PARTS)) if is_quantized(name) else (name,)


def find_nf4_weights(folder: Path, shape: LlamaShape) -> WeightFiles:
    """A folder of NF4 weights with all that should be in it. Raises LacunaError MODEL_INVALID if it is not whole."""
    weights = find_weights(folder)
    for name, dims in expected_tensors(shape):
        for part, part_dims, dtypes in _expected_parts(name, dims):
            stored = weights.tensors.get(part)
            if stored is None or not _is_as_expected(stored, part_dims, dtypes):
                raise LacunaError(
                    ErrorCode.MODEL_INVALID,
                    f"The 4-bit weights are damaged: {part} is not what it should be.",
                    "Bring the folder again, or choose another one.",
                )
    return weights


def is_quantized(name: str) -> bool:
    """Whether a tensor of the network is kept in four bits."""
    return name.endswith("_proj.weight")


def _expected_parts(name: str, dims: tuple[int, ...]) -> list[tuple[str, tuple[int, ...] | None, tuple[str, ...]]]:
    """The tensors that stand for one: name, sizes (None: any), types."""
    if not is_quantized(name):
        return [(name, dims, _FLOATS)]
    rows, columns = dims
    blocks = rows * columns // BLOCK
    return [
        (name, (rows * columns // 2, 1), ("U8",)),
        (f"{name}.absmax", (blocks,), ("U8",)),
        (f"{name}.quant_map", (16,), ("F32",)),
        (f"{name}.nested_absmax", (-(-blocks // NESTED_BLOCK),), ("F32",)),
        (f"{name}.nested_quant_map", (256,), ("F32",)),
        (f"{name}.{STATE}", None, ("U8",)),
    ]


def _is_as_expected(stored: StoredTensor, dims: tuple[int, ...] | None, dtypes: tuple[str, ...]) -> bool:
    return stored.dtype in dtypes and (
        stored.dims == dims if dims is not None else sum(stored.dims) < _MOST_STATE_BYTES
    )
