"""`Operations` by our Triton kernels, for the few rows of a decode step: ten launches a layer instead of thirty.

Positions and the attention's length are read on the device, so one captured graph serves every length.
"""

import torch

from engine.generate.kv_cache import KvLayout, LayerKv
from engine.generate.operations import Window
from engine.generate.rope import RopeTable
from engine.generate.weights import LlamaWeights
from engine.kernels.triton_attention import (
    AttentionScratch,
    attention_scratch,
    attention_splits,
    decode_attention,
    rope_append,
)
from engine.kernels.triton_rows import rms_norm, silu_mul


class TritonOperations:
    """For one device, contexts of at most `layout.most_tokens` and windows of at most `most_rows`."""

    def __init__(self, weights: LlamaWeights, layout: KvLayout, most_rows: int) -> None:
        self._heads, self._kv_heads, self._head_dim = weights.heads, weights.kv_heads, weights.head_dim
        self._norm_eps = weights.norm_eps
        device = weights.norm.device
        # Captured graphs keep the address of these tables, so they are made for all positions at once.
        table = RopeTable(weights.inverse_frequencies, weights.rope_scale, device)
        table.reach(layout.most_tokens)
        half = weights.head_dim // 2
        self._cosines, self._sines = table.cosines[:, :half].contiguous(), table.sines[:, half:].contiguous()
        self._multiprocessors = torch.cuda.get_device_properties(device).multi_processor_count
        self._most_rows = most_rows
        self._scratches: dict[int, AttentionScratch] = {}

    def open_moving_window(self, start: torch.Tensor, count: int, stop: int, dtype: torch.dtype) -> Window:
        """The window of `count` rows from the position in `start` [1] on."""
        return Window(start, stop, self._cosines, self._sines, None, is_causal=True)

    def add_norm(
        self, x: torch.Tensor, delta: torch.Tensor | None, weight: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return x, rms_norm(x, weight, self._norm_eps, torch.empty_like(x), delta)

    def rotate_and_store(self, qkv: torch.Tensor, kv: LayerKv, window: Window) -> torch.Tensor:
        q = qkv.new_empty(len(qkv), self._heads, self._head_dim)
        rope_append(qkv, window.cosines, window.sines, _position(window), kv.keys, kv.values, q)
        return q

    def attend(self, q: torch.Tensor, kv: LayerKv, window: Window) -> torch.Tensor:
        out = torch.empty_like(q)
        decode_attention(q, kv.keys, kv.values, _position(window), out, self._scratch(window.stop, q.device))
        return out.view(len(q), -1)

    def gate(self, gate_up: torch.Tensor) -> torch.Tensor:
        rows, width = gate_up.shape
        return silu_mul(gate_up, gate_up.new_empty(rows, width // 2))

    def _scratch(self, length: int, device: torch.device) -> AttentionScratch:
        """Room for partial results, one for all layers and graphs of as many splits."""
        splits = attention_splits(length, self._kv_heads, self._multiprocessors)
        if splits not in self._scratches:
            self._scratches[splits] = attention_scratch(self._most_rows, self._heads, self._head_dim, splits, device)
        return self._scratches[splits]


def _position(window: Window) -> torch.Tensor:
    if not isinstance(window.rows, torch.Tensor):
        raise TypeError("these kernels read the position on the device")
    return window.rows
