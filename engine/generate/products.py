"""What can multiply an NF4 weight, and which of them a device gets.

bitsandbytes is the default everywhere; our own kernels stand in front of it where they were built and are faster.
"""

from typing import Any

import torch

from engine.generate.linear import Nf4Product, Nf4Weight

_BLOCK = 64


class BitsandbytesProduct:
    """bitsandbytes' fused product: its own kernel for few rows on a GPU, unpack and multiply for many and elsewhere."""

    name = "bitsandbytes"

    def __init__(self) -> None:
        import bitsandbytes  # noqa: F401  # registers torch.ops.bitsandbytes

        self._multiply = torch.ops.bitsandbytes.gemm_4bit.default

    def arrange(self, weight: Nf4Weight) -> Nf4Weight:
        return weight

    def __call__(self, x: torch.Tensor, weight: Nf4Weight) -> torch.Tensor:
        shape = [weight.rows, weight.columns]
        product: torch.Tensor = self._multiply(x, weight.packed, shape, weight.absmax, _BLOCK, "nf4")
        return product


class PackedBitsandbytesProduct:
    """bitsandbytes' kernel for processors with AVX512-BF16, over a layout of its own (performance.md, section 9).

    Its scales are bfloat16, so that its logits differ from those of the other products.
    """

    name = "bitsandbytes, packed"

    def __init__(self) -> None:
        from bitsandbytes import functional

        self._functional = functional
        self._code = functional.get_4bit_type("nf4", device="cpu")

    def arrange(self, weight: Nf4Weight) -> Nf4Weight:
        state = self._state(weight, weight.absmax, torch.float32)
        packed, state = self._functional._convert_weight_packed_for_cpu(weight.packed, state)
        return Nf4Weight(packed, state.absmax, weight.rows, weight.columns, weight.bias, self)

    def __call__(self, x: torch.Tensor, weight: Nf4Weight) -> torch.Tensor:
        state = self._state(weight, weight.absmax, torch.bfloat16)
        state.packing_format_for_cpu = True
        product: torch.Tensor = self._functional.gemv_4bit(x.to(torch.bfloat16), weight.packed, state=state)
        return product.to(x.dtype)

    def _state(self, weight: Nf4Weight, absmax: torch.Tensor, dtype: torch.dtype) -> Any:
        shape = torch.Size((weight.rows, weight.columns))
        return self._functional.QuantState(absmax, shape, self._code, _BLOCK, "nf4", dtype)


def choose_product(device: str, has_packed_kernel: bool) -> Nf4Product:
    """The product for a device; `has_packed_kernel` says whether bitsandbytes has its own for this processor."""
    if device == "cpu" and has_packed_kernel:
        return PackedBitsandbytesProduct()
    return BitsandbytesProduct()
