"""The small kernels of a decode step that work on rows: RMSNorm (with the residual sum in front) and SwiGLU, in Triton.

They round where transformers' eager modules round, so that only the order of a sum differs.
"""

import torch
import triton
import triton.language as tl


@triton.jit
def rms_norm_kernel(x, delta, weight, out, width, eps, BLOCK: tl.constexpr, HAS_DELTA: tl.constexpr):
    """One program per row of x [rows, width]."""
    dtype: tl.constexpr = out.dtype.element_ty
    column = tl.arange(0, BLOCK)
    mask = column < width
    at = tl.program_id(0) * width + column
    factor = tl.load(weight + column, mask=mask, other=0.0)
    row = tl.load(x + at, mask=mask, other=0.0).to(tl.float32)
    if HAS_DELTA:
        row = (row + tl.load(delta + at, mask=mask, other=0.0).to(tl.float32)).to(dtype)
        tl.store(x + at, row, mask=mask)
        row = row.to(tl.float32)
    mean_square = tl.sum(row * row, 0) / width
    normal = (row * tl.rsqrt(mean_square + eps)).to(dtype)
    tl.store(out + at, (factor.to(tl.float32) * normal.to(tl.float32)).to(dtype), mask=mask)


@triton.jit
def silu_mul_kernel(gate_up, out, width, BLOCK: tl.constexpr):
    """gate_up [rows, 2 * width] -> out [rows, width]; one program per row and block of columns."""
    dtype: tl.constexpr = out.dtype.element_ty
    row = tl.program_id(0)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = column < width
    at = gate_up + row * 2 * width + column
    gate = tl.load(at, mask=mask, other=0.0).to(tl.float32)
    up = tl.load(at + width, mask=mask, other=0.0).to(tl.float32)
    active = (gate / (1.0 + tl.exp(-gate))).to(dtype)
    tl.store(out + row * width + column, (active.to(tl.float32) * up).to(dtype), mask=mask)


def rms_norm(
    x: torch.Tensor, weight: torch.Tensor, eps: float, out: torch.Tensor, delta: torch.Tensor | None = None
) -> torch.Tensor:
    """out [M, H] = RMSNorm(x [M, H]) * weight [H]; with `delta` [M, H], x += delta comes first and is written back."""
    rows, width = x.shape
    rms_norm_kernel[(rows,)](
        x,
        x if delta is None else delta,
        weight,
        out,
        width,
        eps,
        BLOCK=triton.next_power_of_2(width),
        HAS_DELTA=delta is not None,
        num_warps=8 if width >= 2048 else 4,
        enable_fp_fusion=True,
    )
    return out


def silu_mul(gate_up: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """out [M, F] = silu(gate_up[:, :F]) * gate_up[:, F:]."""
    rows, width = out.shape
    block = 256
    silu_mul_kernel[(rows, triton.cdiv(width, block))](
        gate_up, out, width, BLOCK=block, num_warps=2, enable_fp_fusion=True
    )
    return out
