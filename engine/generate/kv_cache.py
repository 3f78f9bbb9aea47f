"""The KV cache: keys and values of the tokens that were read, allocated ahead and never concatenated.

Memory is taken in steps; what lies behind `tokens` is room, or what was cut off and may be overwritten.
"""

from dataclasses import dataclass

import torch

_STEP_TOKENS = 256


@dataclass(frozen=True, slots=True)
class KvLayout:
    """What one token's keys and values are, and on which device each layer keeps them."""

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
    """Keys and values of some neighbouring tokens in main memory, [2, tokens, kv_heads, head_dim] for each layer."""

    layers: tuple[torch.Tensor, ...]

    @property
    def nbytes(self) -> int:
        return sum(layer.nbytes for layer in self.layers)


class KvCache:
    """Attributes: `layers`; `tokens`, how many are read; `moves`, how often memory was taken anew (graphs hold it)."""

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
        """Have room for so many tokens. Grows layer by layer, so that only one layer is there twice for a moment."""
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
        """Put `count` rows, from the one at `skip` on, back to where position `start` is, and end behind them."""
        self.reserve(start + count)
        for layer, pair in zip(self.layers, rows.layers, strict=True):
            layer.keys[start : start + count] = pair[0, skip : skip + count]
            layer.values[start : start + count] = pair[1, skip : skip + count]
        self.tokens = start + count

    def _zeros(self, device: torch.device, tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Zeros and not whatever was there: behind its mask a captured graph looks at rows that are not written yet,
        and a mask does not make a number of what is none.
        """
        shape = (tokens, self._layout.kv_heads, self._layout.head_dim)
        if device.type == "cpu":
            # A head's keys lie together there, and attention streams through them.
            shape = (shape[1], shape[0], shape[2])
            keys, values = (torch.zeros(shape, dtype=self._layout.dtype) for _ in range(2))
            return keys.transpose(0, 1), values.transpose(0, 1)
        keys, values = (torch.zeros(shape, dtype=self._layout.dtype, device=device) for _ in range(2))
        return keys, values
