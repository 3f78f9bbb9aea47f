"""The KV cache: keys and values of the tokens that were read, allocated ahead and never concatenated.

Memory is allocated in steps. Rows from `tokens` on are free: never written, or truncated.
"""

from dataclasses import dataclass

import torch

_STEP_TOKENS = 256


@dataclass(frozen=True, slots=True)
class KvLayout:
    """The shape and dtype of one token's keys and values, and the device of each layer."""

    devices: tuple[torch.device, ...]
    kv_heads: int
    head_dim: int
    dtype: torch.dtype
    most_tokens: int  # of context: a cache grows ahead of need, but not beyond it

    @property
    def bytes_per_token(self) -> int:
        return 2 * len(self.devices) * self.kv_heads * self.head_dim * self.dtype.itemsize


@dataclass(slots=True)
class LayerKv:
    """One layer's keys and values, each [capacity, kv_heads, head_dim]."""

    keys: torch.Tensor
    values: torch.Tensor


@dataclass(frozen=True, slots=True)
class KvRows:
    """Keys and values of consecutive tokens in main memory: [2, tokens, kv_heads, head_dim] for each layer."""

    layers: tuple[torch.Tensor, ...]

    @property
    def nbytes(self) -> int:
        return sum(layer.nbytes for layer in self.layers)


class KvCache:
    """Attributes: `layers`; `tokens`, how many were read; `moves`, how often memory was reallocated (captured graphs
    then hold the old one).
    """

    def __init__(self, layout: KvLayout) -> None:
        self._layout = layout
        self.layers = [LayerKv(*self._zeros(device, 0)) for device in layout.devices]
        self.tokens = 0
        self.moves = 0

    @property
    def capacity(self) -> int:
        return self.layers[0].keys.shape[0] if self.layers else 0

    @property
    def nbytes(self) -> int:
        return self.capacity * self._layout.bytes_per_token

    @torch.inference_mode()
    def reserve(self, tokens: int) -> None:
        """Make room for this many tokens. Grows layer by layer, so only one layer is held twice at a time."""
        if tokens <= self.capacity:
            return
        wanted = max(tokens, min(self.capacity + self.capacity // 4, self._layout.most_tokens))
        capacity = -(-wanted // _STEP_TOKENS) * _STEP_TOKENS
        for layer, device in zip(self.layers, self._layout.devices, strict=True):
            keys, values = self._zeros(device, capacity)
            keys[: self.tokens] = layer.keys[: self.tokens]
            layer.keys = keys
            values[: self.tokens] = layer.values[: self.tokens]
            layer.values = values
        self.moves += 1

    def truncate(self, tokens: int) -> None:
        """Forget all but the first `tokens` tokens."""
        self.tokens = min(self.tokens, tokens)

    @torch.inference_mode()
    def copy_out(self, start: int, stop: int) -> KvRows:
        """The rows [start, stop), copied to main memory."""
        return KvRows(
            tuple(torch.stack((layer.keys[start:stop], layer.values[start:stop])).cpu() for layer in self.layers)
        )

    @torch.inference_mode()
    def copy_in(self, start: int, rows: KvRows, skip: int, count: int) -> None:
        """Copy `count` rows, beginning at row `skip`, back to position `start`. The cache then ends after them."""
        self.reserve(start + count)
        for layer, pair in zip(self.layers, rows.layers, strict=True):
            layer.keys[start : start + count] = pair[0, skip : skip + count]
            layer.values[start : start + count] = pair[1, skip : skip + count]
        self.tokens = start + count

    def _zeros(self, device: torch.device, tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Zeros: a captured graph also reads rows that are not written yet and masks them, but NaN + (-inf) is still
        NaN.
        """
        shape = (tokens, self._layout.kv_heads, self._layout.head_dim)
        if device.type == "cpu":
            # The keys of one head are contiguous there, so attention reads memory in order.
            shape = (shape[1], shape[0], shape[2])
            keys, values = (torch.zeros(shape, dtype=self._layout.dtype) for _ in range(2))
            return keys.transpose(0, 1), values.transpose(0, 1)
        keys, values = (torch.zeros(shape, dtype=self._layout.dtype, device=device) for _ in range(2))
        return keys, values
