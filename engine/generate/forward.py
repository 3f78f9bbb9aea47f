"""The Llama forward: RMSNorm, rotary embedding, attention, SwiGLU, over fused weights and a preallocated KV cache.

T new tokens, H hidden, heads of D numbers, F intermediate. References: Touvron et al. 2023, section 2.2 (pre-norm,
SwiGLU, RoPE), arXiv 2302.13971; docs/performance.md.
"""

from collections.abc import Callable, Mapping

import torch

from engine.generate.kv_cache import KvCache
from engine.generate.linear import linear
from engine.generate.operations import Operations, Window
from engine.generate.weights import LlamaWeights

Carry = Callable[[torch.Tensor, torch.device], torch.Tensor]


def carry(x: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Move a tensor to another device, between two layers of a network that is spread over several GPUs."""
    return x.to(device)


def forward(
    weights: LlamaWeights,
    operations: Operations,
    x: torch.Tensor,
    cache: KvCache,
    windows: Mapping[torch.device, Window],
    last: int,
    carry: Carry = carry,
) -> torch.Tensor:
    """Read embedded tokens x [T, H] into a cache that has room; logits [last, vocab] after the last of them.

    Where the next layer is on another device, the residual stream goes there, one tensor [T, H].
    """
    at, delta = x.device, None
    for layer, kv in zip(weights.layers, cache.layers, strict=True):
        if layer.device != at:
            x, delta, at = carry(x if delta is None else x + delta, layer.device), None, layer.device
        window = windows[at]
        x, h = operations.add_norm(x, delta, layer.attention_norm)
        q = operations.rotate_and_store(linear(h, layer.qkv), kv, window)  # [T, heads, D]
        delta = linear(operations.attend(q, kv, window).to(x.dtype), layer.output)  # [T, H]
        x, h = operations.add_norm(x, delta, layer.mlp_norm)
        delta = linear(operations.gate(linear(h, layer.gate_up)), layer.down)  # [T, F] -> [T, H]
    x, delta = x[-last:], None if delta is None else delta[-last:]
    if weights.norm.device != at:
        x, delta = carry(x if delta is None else x + delta, weights.norm.device), None
    _, h = operations.add_norm(x, delta, weights.norm)
    return linear(h.to(weights.head.dtype), weights.head).float()
