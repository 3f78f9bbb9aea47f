"""What the decode kernels compute, written plainly in torch: what tests hold the kernels against."""

import torch

from engine.kernels.nf4_format import BLOCK
from engine.kernels.nf4_tables import NF4_CODES


def dequantize(packed: torch.Tensor, absmax: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """uint8 [N, K/2] and float32 [N * K/64] -> [N, K] in `dtype`, unrounded before it."""
    codes = torch.tensor(NF4_CODES, dtype=torch.float64, device=packed.device)
    indexes = torch.stack([packed >> 4, packed & 15], dim=-1).flatten(1).long()
    blocks = codes[indexes].view(packed.shape[0], -1, BLOCK) * absmax.view(packed.shape[0], -1, 1).double()
    return blocks.flatten(1).to(dtype)


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """transformers' LlamaRMSNorm: normalised in float32, rounded, then times the weight."""
    wide = x.float()
    normal = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return weight * normal.to(x.dtype)


def rope(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """x [M, H, D] turned by cos, sin [M, D/2], the two halves of a head being the two coordinates."""
    first, second = x.double().chunk(2, dim=-1)
    c, s = cos.double()[:, None], sin.double()[:, None]
    return torch.cat([first * c - second * s, second * c + first * s], dim=-1)


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """q [M, Hq, D] are the last M of the L rows of k, v [L, Hkv, D]; float64 [M, Hq, D]."""
    rows, heads, dim = q.shape
    group = heads // k.shape[1]
    keys = k.double().repeat_interleave(group, dim=1)
    values = v.double().repeat_interleave(group, dim=1)
    scores = torch.einsum("mhd,lhd->hml", q.double(), keys) / dim**0.5
    future = torch.ones(rows, k.shape[0], dtype=torch.bool, device=q.device).triu(k.shape[0] - rows + 1)
    weights = scores.masked_fill(future, float("-inf")).softmax(-1)
    return torch.einsum("hml,lhd->mhd", weights, values)


def silu_mul(gate_up: torch.Tensor) -> torch.Tensor:
    """[M, 2F] -> silu(first half) * second half, rounded after each as transformers' LlamaMLP does."""
    gate, up = gate_up.chunk(2, dim=-1)
    return torch.nn.functional.silu(gate) * up
