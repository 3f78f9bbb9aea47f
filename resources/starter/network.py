"""The base's layers as training runs them: samples end to end in one row, weights frozen, what is learned merged in.

Merging the adapter into bfloat16 weights once per step makes it free in the forward pass, and no gradient of a frozen
weight is ever computed: four operations per weight and token instead of six.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from bitsandbytes import functional as bitsandbytes
from torch import Tensor
from torch.nn import functional

from engine.models.quantize import quantize_nf4
from resources.starter.adapter import Adapter

HEADS, KEY_HEADS, WIDTH = 9, 3, 64
EPSILON, ROPE_BASE = 1e-5, 100_000.0
ROUND_EVERY = 4  # updates
SLICE = 512  # positions whose logits exist at the same time: 48,928 pieces each
SPELLED_OUT_UP_TO = 768
LAYER_PARTS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class _Linear(torch.autograd.Function):
    """A product with merged weights whose gradient reaches only the input and the two factors of the adapter."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight, a, b)
        return functional.linear(x, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x, weight, a, b = ctx.saved_tensors
        narrow_a, narrow_b = a.to(x.dtype), b.to(x.dtype)
        of_a = (gradient @ narrow_b).t() @ x
        of_b = gradient.t() @ (x @ narrow_a.t())
        return (gradient @ weight) if ctx.needs_input_grad[0] else None, None, of_a.float(), of_b.float()


def _normed(x: Tensor, weight: Tensor) -> Tensor:
    wide = x.float()
    scaled = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + EPSILON)
    return (scaled * weight).to(torch.bfloat16)


def _added_and_normed(x: Tensor, y: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    total = x + y
    return total, _normed(total, weight)


def _gated(gate: Tensor, up: Tensor) -> Tensor:
    return (functional.silu(gate.float()) * up.float()).to(torch.bfloat16)


def _turned(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    wide = x.float()
    first, second = wide[..., : WIDTH // 2], wide[..., WIDTH // 2 :]
    turned = torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1)
    return turned.to(torch.bfloat16)


def _softmaxed(scores: Tensor, hidden: Tensor) -> Tensor:
    return torch.softmax((scores.float() * WIDTH**-0.5).masked_fill(hidden, float("-inf")), dim=-1).to(torch.bfloat16)


class Network:
    """The model on one device. `refresh` merges the adapter; `loss` may then be called until the next update.

    `rounded`: it computes with the weights that NF4 leaves, so that what is learned makes up for what rounding costs;
    gradients pass through the rounding as if it were not there.
    """

    def __init__(
        self,
        weights: dict[str, Tensor],
        adapter: Adapter,
        device: torch.device,
        *,
        compiled: bool,
        rounded: bool = True,
    ) -> None:
        self._adapter, self._device = adapter, device
        self._weights = {name: weight.to(device) for name, weight in weights.items()}
        self._layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("model.layers."))
        self._merged: dict[str, Tensor] = {}
        self._rounding: dict[str, Tensor] | None = {} if rounded else None
        self._refreshed = 0
        wrap: Callable[..., Any] = (lambda f: torch.compile(f, dynamic=False)) if compiled else (lambda f: f)
        self._normed, self._added, self._gated = wrap(_normed), wrap(_added_and_normed), wrap(_gated)
        self._turned = wrap(_turned)

    def refresh(self) -> None:
        """Merges the adapter as it is now; its gradients are collected from here on."""
        for name in self._adapter.names:
            a, b = self._adapter.factors(name)
            with torch.no_grad():
                merged = torch.addmm(self._weights[f"{name}.weight"].float(), b, a)
                self._merged[name] = (merged + self._rounding_of(name, merged)).to(torch.bfloat16)
        self._refreshed += 1

    def _rounding_of(self, name: str, merged: Tensor) -> Tensor | float:
        """What NF4 changes in a weight, as it was a few updates ago: near enough, and it costs next to nothing."""
        if self._rounding is None:
            return 0.0
        if self._refreshed % ROUND_EVERY == 0:
            packed, state = quantize_nf4(merged, torch.bfloat16)
            rounded = bitsandbytes.dequantize_4bit(packed, state).float()
            self._rounding[name] = (rounded - merged).to(torch.bfloat16)
        return self._rounding[name]

    def loss(self, ids: Tensor, weights: Tensor, lengths: Sequence[int]) -> Tensor:
        """The weighted sum of the losses of a row of samples with these lengths (weights say what counts)."""
        hidden = self._hidden(ids, lengths)
        counted = torch.nonzero(weights[1:] > 0).flatten()
        rows, following, scale = hidden[counted], ids[counted + 1], weights[counted + 1]
        total = torch.zeros((), device=self._device)
        for at in range(0, len(counted), SLICE):
            part = slice(at, at + SLICE)
            each = functional.cross_entropy(self._logits(rows[part]), following[part], reduction="none")
            total = total + (each * scale[part]).sum()
        return total

    def _logits(self, hidden: Tensor) -> Tensor:
        embedding = self._weights["model.embed_tokens.weight"]
        logits = functional.linear(hidden, embedding).float()
        marks = functional.linear(hidden, self._adapter.rows.to(torch.bfloat16)).float()
        added: Tensor = logits.index_add(1, self._adapter.row_ids, marks)
        return added

    def _hidden(self, ids: Tensor, lengths: Sequence[int]) -> Tensor:
        x = functional.embedding(ids, self._weights["model.embed_tokens.weight"])
        x = x + self._adapter.rows_of(ids).to(torch.bfloat16)
        cosine, sine = self._rope(lengths)
        normed: Tensor = self._normed(x, self._norm("model.layers.0.input_layernorm"))
        for layer in range(self._layers):
            at = f"model.layers.{layer}"
            attended = self._attention(normed, f"{at}.self_attn", cosine, sine, lengths)
            x, normed = self._added(x, attended, self._norm(f"{at}.post_attention_layernorm"))
            gate, up = self._linear(normed, f"{at}.mlp.gate_proj"), self._linear(normed, f"{at}.mlp.up_proj")
            down = self._linear(self._gated(gate, up), f"{at}.mlp.down_proj")
            last = layer == self._layers - 1
            after = "model.norm" if last else f"model.layers.{layer + 1}.input_layernorm"
            x, normed = self._added(x, down, self._norm(after))
        return normed

    def _norm(self, name: str) -> Tensor:
        return self._weights[f"{name}.weight"]

    def _linear(self, x: Tensor, name: str) -> Tensor:
        a, b = self._adapter.factors(name)
        if not a.requires_grad:
            return functional.linear(x, self._merged[name])
        result: Tensor = _Linear.apply(x, self._merged[name], a, b)  # type: ignore[no-untyped-call]
        return result

    def _attention(self, x: Tensor, at: str, cosine: Tensor, sine: Tensor, lengths: Sequence[int]) -> Tensor:
        query = self._turned(self._linear(x, f"{at}.q_proj").view(-1, HEADS, WIDTH), cosine, sine)
        key = self._turned(self._linear(x, f"{at}.k_proj").view(-1, KEY_HEADS, WIDTH), cosine, sine)
        value = self._linear(x, f"{at}.v_proj").view(-1, KEY_HEADS, WIDTH)
        parts = zip(*(torch.split(each, list(lengths)) for each in (query, key, value)), strict=True)
        attended = torch.cat([_attend(q, k, v) for q, k, v in parts])
        return self._linear(attended.reshape(-1, HEADS * WIDTH), f"{at}.o_proj")

    def _rope(self, lengths: Sequence[int]) -> tuple[Tensor, Tensor]:
        positions = torch.cat([torch.arange(length, device=self._device) for length in lengths]).float()
        rates = ROPE_BASE ** (-torch.arange(0, WIDTH, 2, device=self._device).float() / WIDTH)
        angles = positions[:, None, None] * rates
        return angles.cos(), angles.sin()


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention within one sample: [tokens, heads, width]."""
    tokens = query.size(0)
    if query.device.type != "cpu" or tokens > SPELLED_OUT_UP_TO:
        q, k, v = (x.transpose(0, 1)[None] for x in (query, key, value))
        fused = functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return fused[0].transpose(0, 1)
    groups = HEADS // KEY_HEADS
    q = query.view(tokens, KEY_HEADS, groups, WIDTH).permute(1, 2, 0, 3).reshape(KEY_HEADS, groups * tokens, WIDTH)
    scores = q @ key.permute(1, 2, 0)
    future = torch.ones(tokens, tokens, dtype=torch.bool, device=query.device).triu(1)
    weights = _softmaxed(scores.view(KEY_HEADS, groups, tokens, tokens), future)
    mixed = weights.view(KEY_HEADS, groups * tokens, tokens) @ value.transpose(0, 1)
    return mixed.view(KEY_HEADS, groups, tokens, WIDTH).permute(2, 0, 1, 3).reshape(tokens, HEADS, WIDTH)
