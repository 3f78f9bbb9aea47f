"""The kernels that multiply NF4 weights, and which of them a device gets.

bitsandbytes is the default; our own kernels replace it where they are built and faster.
"""

import logging
from dataclasses import replace
from typing import Any

import torch

from engine.generate.linear import Nf4Product, Nf4Weight
from engine.kernels.nf4 import Nf4Kernels, kernels_fault, load_kernels
from engine.kernels.nf4_format import BLOCK
from engine.kernels.triton_support import triton_fault

_MANY_ROWS = 20  # from here on weights are unpacked for torch's product
_MOST_DIFFERENCE = 0.02  # bfloat16 keeps 8 bits, and both round on the way

_log = logging.getLogger(__name__)


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
        product: torch.Tensor = self._multiply(x, weight.packed, shape, weight.absmax, BLOCK, "nf4")
        return product


class PackedBitsandbytesProduct:
    """bitsandbytes' kernel for processors with AVX512-BF16, over a layout of its own.

    Its scales are bfloat16, so its logits differ from those of the other products.
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
        return self._functional.QuantState(absmax, shape, self._code, BLOCK, "nf4", dtype)


class TritonProduct:
    """Our Triton kernel for the few rows of a decode step, bitsandbytes for the many of a prefill."""

    name = "triton"

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        from engine.kernels.nf4_tables import nf4_table
        from engine.kernels.triton_nf4 import MAX_ROWS, nf4_linear

        self._multiply, self._most_rows = nf4_linear, MAX_ROWS
        self._table = nf4_table(dtype, device)
        self._many_rows = BitsandbytesProduct()

    def arrange(self, weight: Nf4Weight) -> Nf4Weight:
        return weight

    def __call__(self, x: torch.Tensor, weight: Nf4Weight) -> torch.Tensor:
        if len(x) > self._most_rows:
            return self._many_rows(x, weight)
        out = x.new_empty(len(x), weight.rows)
        return self._multiply(x, weight.packed, weight.absmax, self._table, out)


class KernelProduct:
    """Our own C kernels for processors, on bitsandbytes' bytes in place (docs/performance.md, "Processors").

    Few rows are multiplied in 16-bit fixed point. Many go through bfloat16 where the processor multiplies it, which is
    what bitsandbytes computes all of them in; the logits of a whole starter differ from float32's by 4e-5 nats then.
    """

    def __init__(self, kernels: Nf4Kernels) -> None:
        self._kernels = kernels
        self._bf16_rows = _MANY_ROWS if kernels.instructions == "avx512_bf16" else None
        self.name = f"own kernels, {kernels.instructions}"
        kernels.set_threads(torch.get_num_threads())

    def arrange(self, weight: Nf4Weight) -> Nf4Weight:
        return replace(weight, form=self._kernels.matrix(weight.packed, weight.absmax, weight.columns))

    def __call__(self, x: torch.Tensor, weight: Nf4Weight) -> torch.Tensor:
        if self._bf16_rows is not None and len(x) >= self._bf16_rows:
            return self._kernels.product(x.to(torch.bfloat16), weight.form).to(x.dtype)
        return self._kernels.product(x.contiguous(), weight.form)


def choose_product(device: torch.device, dtype: torch.dtype, *, has_packed_kernel: bool) -> Nf4Product:
    """The product for a device; `has_packed_kernel` says whether bitsandbytes has its own for this processor."""
    if device.type == "cpu":
        kernels = load_kernels()
        if kernels is not None:
            return KernelProduct(kernels)
        _log.warning("bitsandbytes multiplies 4-bit weights: our own kernels are not in use, %s", kernels_fault())
        return PackedBitsandbytesProduct() if has_packed_kernel else BitsandbytesProduct()
    fault = triton_fault(device)
    if fault:
        _log.info("bitsandbytes multiplies alone: %s", fault)
        return BitsandbytesProduct()
    try:
        product = TritonProduct(device, dtype)
        error = _difference_from_bitsandbytes(product, device, dtype)
    except Exception as fault:  # noqa: BLE001 - whatever its compiler stumbles over: there is another product
        _log.warning("bitsandbytes multiplies alone: Triton's kernel can't be built (%s)", fault)
        return BitsandbytesProduct()
    if error > _MOST_DIFFERENCE:
        _log.warning("bitsandbytes multiplies alone: Triton's kernel is off by %.2g of the largest product", error)
        return BitsandbytesProduct()
    return product


def _difference_from_bitsandbytes(product: Nf4Product, device: torch.device, dtype: torch.dtype) -> float:
    """The largest difference on a small random matrix, relative to the largest product."""
    rows, columns = 256, 1024
    generator = torch.Generator(device).manual_seed(0)
    packed = torch.randint(256, (rows * columns // 2, 1), dtype=torch.uint8, device=device, generator=generator)
    absmax = torch.rand(rows * columns // BLOCK, device=device, generator=generator)
    weight = Nf4Weight(packed, absmax, rows, columns, None, product)
    x = torch.randn(4, columns, device=device, generator=generator).to(dtype)
    expected = BitsandbytesProduct()(x, weight).float()
    return float((product(x, weight).float() - expected).abs().max() / expected.abs().max())
