"""Quantizes 16-bit weights into NF4 exactly as bitsandbytes does: blocks of 64, absmax quantized again (nested).

Importing this module imports torch and bitsandbytes.
"""

from typing import Any

import torch
from bitsandbytes import functional
from bitsandbytes.nn import Linear4bit, Params4bit

from engine.kernels.nf4 import load_kernels
from engine.kernels.nf4_format import BLOCK, NESTED_BLOCK


def quantize_nf4(weights: torch.Tensor, dtype: torch.dtype, *, is_portable: bool = False) -> tuple[torch.Tensor, Any]:
    """Packed codes [rows * columns / 2, 1] as uint8 and bitsandbytes' state, which dequantizes to `dtype`.

    `weights` is [rows, columns] in 16 or 32 bits, on the device where the result is to be. `is_portable`: the
    mean of the scales is taken in 64 bits, which gives the same bits on every processor, and not bitsandbytes' own.
    """
    packed, absmax = _quantize_blocks(weights)
    offset = absmax.double().mean().float() if is_portable else absmax.mean()
    nested, nested_state = functional.quantize_blockwise(absmax - offset, blocksize=NESTED_BLOCK)
    state = functional.QuantState(
        absmax=nested,
        shape=weights.shape,
        dtype=dtype,
        blocksize=BLOCK,
        code=functional.get_4bit_type("nf4", device=weights.device),
        quant_type="nf4",
        offset=offset,
        state2=nested_state,
    )
    return packed, state


def set_weight(linear: Linear4bit, packed: torch.Tensor, state: Any) -> None:
    """Give a Linear4bit quantized weights, as loading through transformers leaves it."""
    linear.weight = Params4bit(
        packed,
        requires_grad=False,
        quant_state=state,
        blocksize=BLOCK,
        compress_statistics=True,
        quant_type="nf4",
        quant_storage=torch.uint8,
        module=linear,
        bnb_quantized=True,
    )
    linear.quant_state = state


def _quantize_blocks(weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes [rows * columns / 2, 1] and un-nested absmax [rows * columns / 64] in float32.

    Our own kernel gives the same bits as bitsandbytes' routine for processors, several times as fast.
    """
    kernels = load_kernels() if weights.device.type == "cpu" else None
    if kernels is not None:
        codes, absmax = kernels.quantize(weights.contiguous())
        return codes.view(-1, 1), absmax
    packed, state = functional.quantize_4bit(weights, blocksize=BLOCK, quant_type="nf4")
    return packed, state.absmax
