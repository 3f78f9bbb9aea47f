"""The operations between the matrix products, in plain torch: norm, rotary embedding, attention, gate.

`forward.py` is written against this interface.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn import functional

from engine.generate.kv_cache import LayerKv
from engine.generate.rope import RopeTable, rotate
from engine.generate.weights import LlamaWeights


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens that one forward reads, on one device: their `rows` in the cache, and what belongs to them.

    They do not attend to row `stop` or later ones. `rows` is a tensor if a captured graph must read it again at each
    replay.
    `cosines`, `sines` [tokens, 1, head_dim]; `mask` [tokens, stop] is added to the scores, None where each token sees
    all of these rows (one token) or where attention is causal by itself (`is_causal`).
    """

    rows: slice | torch.Tensor
    stop: int
    cosines: torch.Tensor
    sines: torch.Tensor
    mask: torch.Tensor | None
    is_causal: bool


@dataclass(frozen=True, slots=True)
class Branches:
    """Several continuations of one text, read as a batch: `count` rows, one for each, at the `step`-th token after the
    `shared` tokens that all of them see. The rows of one step are contiguous in the cache.
    """

    count: int
    shared: int
    step: int


class Operations(Protocol):
    """The steps between two products. T tokens, H hidden, D head_dim."""

    def add_norm(
        self, x: torch.Tensor, delta: torch.Tensor | None, weight: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(x + delta, RMSNorm of it), all [T, H]."""
        ...

    def rotate_and_store(self, qkv: torch.Tensor, kv: LayerKv, window: Window) -> torch.Tensor:
        """Queries [T, heads, D] out of qkv [T, (heads + 2 kv_heads) D]; keys and values go into the cache."""
        ...

    def attend(self, q: torch.Tensor, kv: LayerKv, window: Window) -> torch.Tensor:
        """q [T, heads, D] over what its tokens may see in the cache -> [T, heads * D]."""
        ...

    def gate(self, gate_up: torch.Tensor) -> torch.Tensor:
        """SwiGLU's middle: [T, 2 F] -> silu(first half) * second half, [T, F]."""
        ...


class TorchOperations:
    """`Operations` in eager torch, for any device and any number of tokens; contexts are of at most `most_tokens`."""

    def __init__(self, weights: LlamaWeights, most_tokens: int) -> None:
        self._most_tokens = most_tokens
        self._heads, self._kv_heads, self._head_dim = weights.heads, weights.kv_heads, weights.head_dim
        self._norm_eps = weights.norm_eps
        self._tables = {
            device: RopeTable(weights.inverse_frequencies, weights.rope_scale, device)
            for device in set(weights.devices)
        }

    def open_window(
        self, start: int, count: int, device: torch.device, dtype: torch.dtype, branches: Branches | None = None
    ) -> Window:
        """The window of the next `count` tokens on a device, once for all its layers; `dtype` is the activations'."""
        stop = start + count
        table = self._tables[device]
        table.reach(stop)
        if branches is None:
            cosines, sines = table.cosines[start:stop], table.sines[start:stop]
        else:
            position = branches.shared + branches.step
            cosines = table.cosines[position].expand(count, -1)
            sines = table.sines[position].expand(count, -1)
        is_causal = count > 1 and branches is None and (start == 0 or _has_flash(device))
        mask = None
        if branches is not None:
            mask = branch_mask(branches, device, dtype)
        elif count > 1 and not is_causal:
            mask = torch.full((count, stop), -torch.inf, device=device, dtype=dtype).triu(start + 1)
        cosines, sines = cosines.to(dtype).unsqueeze(1), sines.to(dtype).unsqueeze(1)
        return Window(slice(start, stop), stop, cosines, sines, mask, is_causal)

    def open_moving_window(self, start: torch.Tensor, count: int, stop: int, dtype: torch.dtype) -> Window:
        """The same where the first row stands in `start` [1] on the device; `stop` bounds the rows that are looked at.

        A captured graph holds on to the table's memory, so the table is made for the whole context at once.
        """
        rows = start + torch.arange(count, device=start.device)
        table = self._tables[start.device]
        table.reach(self._most_tokens)
        cosines, sines = (side.index_select(0, rows).to(dtype).unsqueeze(1) for side in (table.cosines, table.sines))
        hidden = torch.arange(stop, device=start.device) > rows.unsqueeze(1)  # [count, stop]
        mask = torch.zeros(count, stop, dtype=dtype, device=start.device).masked_fill_(hidden, -torch.inf)
        return Window(rows, stop, cosines, sines, mask, is_causal=False)

    def add_norm(
        self, x: torch.Tensor, delta: torch.Tensor | None, weight: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if delta is not None:
            x = x + delta
        return x, functional.rms_norm(x, weight.shape, weight, self._norm_eps)

    def rotate_and_store(self, qkv: torch.Tensor, kv: LayerKv, window: Window) -> torch.Tensor:
        by_head = qkv.view(len(qkv), -1, self._head_dim)
        turning = self._heads + self._kv_heads
        turned, values = rotate(by_head[:, :turning], window.cosines, window.sines), by_head[:, turning:]
        kv.keys[window.rows] = turned[:, self._heads :]
        kv.values[window.rows] = values
        return turned[:, : self._heads]

    def attend(self, q: torch.Tensor, kv: LayerKv, window: Window) -> torch.Tensor:
        keys, values = kv.keys[: window.stop], kv.values[: window.stop]
        q = q.to(keys.dtype)
        if window.is_causal and _has_flash(q.device):
            return attend_by_flash(q, keys, values)
        return attend_in_groups(q, keys, values, window.mask, is_causal=window.is_causal)

    def gate(self, gate_up: torch.Tensor) -> torch.Tensor:
        gate, up = gate_up.chunk(2, dim=-1)
        return functional.silu(gate) * up


def attend_in_groups(
    q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None, *, is_causal: bool = False
) -> torch.Tensor:
    """q [T, heads, D], keys and values [n, kv_heads, D] -> [T, heads * D].

    Heads that share keys are stacked as rows of one query, so keys are never repeated. torch's own grouped attention
    copies them for each head as soon as there is a mask (docs/performance.md, "A decode step").
    """
    tokens, heads, head_dim = q.shape
    kv_heads = keys.shape[1]
    group = heads // kv_heads
    if is_causal and group > 1:
        mask = torch.full((tokens, tokens), -torch.inf, device=q.device, dtype=q.dtype).triu(1)
        is_causal = False
    rows = q.view(tokens, kv_heads, group, head_dim).permute(1, 2, 0, 3).reshape(1, kv_heads, group * tokens, head_dim)
    if mask is not None and group > 1:
        mask = mask.repeat(group, 1)
    out = functional.scaled_dot_product_attention(
        rows,
        keys.transpose(0, 1).unsqueeze(0),
        values.transpose(0, 1).unsqueeze(0),
        attn_mask=mask,
        is_causal=is_causal,
    )  # [1, kv_heads, group * T, D]
    return out.view(kv_heads, group, tokens, head_dim).permute(2, 0, 1, 3).reshape(tokens, heads * head_dim)


def branch_mask(branches: Branches, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """[count, shared + count * (step + 1)]: each continuation sees what all share and every `count`-th row after it."""
    own = torch.eye(branches.count, dtype=torch.bool, device=device).repeat(1, branches.step + 1)
    shared = torch.ones(branches.count, branches.shared, dtype=torch.bool, device=device)
    mask = torch.zeros(branches.count, branches.shared + own.shape[1], dtype=dtype, device=device)
    return mask.masked_fill_(torch.cat((shared, own), dim=1).logical_not(), -torch.inf)


def attend_by_flash(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """q [T, heads, D], the T new tokens last among the n of keys and values [n, kv_heads, D] -> [T, heads * D].

    No mask is built, which would take hundreds of megabytes for a chunk. torch's flash kernel aligns the causal
    triangle at the lower right, but torch's public function uses it for square inputs only
    (docs/performance.md, "A decode step").
    """
    out: torch.Tensor = torch.ops.aten._scaled_dot_product_flash_attention(
        q.transpose(0, 1).unsqueeze(0),
        keys.transpose(0, 1).unsqueeze(0),
        values.transpose(0, 1).unsqueeze(0),
        0.0,
        True,
    )[0]  # [1, heads, T, D]
    return out[0].transpose(0, 1).flatten(1)


def _has_flash(device: torch.device) -> bool:
    """Whether torch's flash kernel runs there: since Ampere."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)
