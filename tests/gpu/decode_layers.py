"""A stack of Llama layers at true shapes, random NF4 weights; one decode step by torch and bitsandbytes, and by ours.

For timing only: few distinct weight sets are used in turn, together larger than the L2, so that a 34B fits in a second.
"""

from dataclasses import dataclass

import bitsandbytes
import torch
from bitsandbytes.functional import QuantState, get_4bit_type
from torch.nn import functional

from engine.kernels import reference
from engine.kernels.nf4_tables import nf4_table
from engine.kernels.triton_attention import attention_scratch, attention_splits, decode_attention, rope_append
from engine.kernels.triton_nf4 import Nf4Config, choose_config, nf4_linear
from engine.kernels.triton_rows import rms_norm, silu_mul

_EPS = 1e-5


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides the cost of a model's layers."""

    name: str
    layers: int
    hidden: int
    ffn: int
    heads: int
    kv_heads: int
    vocabulary: int

    def linears(self) -> dict[str, tuple[int, int]]:
        """(N, K) of the four fused products of a layer."""
        dim = self.hidden // self.heads
        return {
            "qkv": ((self.heads + 2 * self.kv_heads) * dim, self.hidden),
            "o": (self.hidden, self.hidden),
            "gate_up": (2 * self.ffn, self.hidden),
            "down": (self.hidden, self.ffn),
        }


SHAPE_7B = Shape("7B", 32, 4096, 11008, 32, 32, 32016)
SHAPE_34B = Shape("34B", 48, 8192, 22016, 64, 8, 32000)
DEVICE = torch.device("cuda")
DTYPE = torch.bfloat16


@dataclass(frozen=True, slots=True)
class Nf4Weight:
    """Random bytes as a weight [N, K]; absmax such that outputs keep the size of their inputs."""

    packed: torch.Tensor
    absmax: torch.Tensor
    state: QuantState


def random_weight(columns: int, depth: int) -> Nf4Weight:
    """A random NF4 weight in bitsandbytes' format, not nested."""
    packed = torch.randint(0, 256, (columns, depth // 2), dtype=torch.uint8, device=DEVICE)
    absmax = torch.rand(columns * depth // 64, device=DEVICE) * (2.0 / depth**0.5)
    code = get_4bit_type("nf4", device="cuda")
    state = QuantState(absmax, torch.Size((columns, depth)), code, 64, "nf4", DTYPE)
    return Nf4Weight(packed, absmax, state)


def bnb_linear(x: torch.Tensor, weight: Nf4Weight) -> torch.Tensor:
    """bitsandbytes' own product."""
    return bitsandbytes.matmul_4bit(x, weight.packed.view(-1, 1).t(), weight.state)


class Stack:
    """Weights, KV cache and buffers for steps of `rows` tokens at `position` in a cache of `capacity`."""

    def __init__(self, shape: Shape, rows: int, position: int, capacity: int, sets: int = 8) -> None:
        self.shape = shape
        self.rows = rows
        self.weights = [{name: random_weight(*size) for name, size in shape.linears().items()} for _ in range(sets)]
        hidden, dim = shape.hidden, shape.hidden // shape.heads
        self.dim = dim
        self.norm = torch.rand(hidden, device=DEVICE).to(DTYPE)
        self.lm_head = torch.randn(shape.vocabulary, hidden, device=DEVICE, dtype=DTYPE) * hidden**-0.5
        self.position = torch.tensor([position], device=DEVICE, dtype=torch.int32)
        self.places = position + torch.arange(rows, device=DEVICE)
        angles = torch.arange(capacity, device=DEVICE)[:, None] / 1e6 ** (
            torch.arange(0, dim, 2, device=DEVICE)[None] / dim
        )
        self.cos, self.sin = angles.cos(), angles.sin()
        cache = (sets, capacity, shape.kv_heads, dim)
        self.keys = torch.randn(cache, device=DEVICE, dtype=DTYPE)
        self.values = torch.randn(cache, device=DEVICE, dtype=DTYPE)
        self.x = torch.randn(rows, hidden, device=DEVICE, dtype=DTYPE)
        self.step_x = torch.empty_like(self.x)
        self.normal = torch.empty_like(self.x)
        linears = shape.linears()
        self.qkv = torch.empty(rows, linears["qkv"][0], device=DEVICE, dtype=DTYPE)
        self.q = torch.empty(rows, shape.heads, dim, device=DEVICE, dtype=DTYPE)
        self.attended = torch.empty_like(self.q)
        self.gate_up = torch.empty(rows, 2 * shape.ffn, device=DEVICE, dtype=DTYPE)
        self.product = torch.empty(rows, shape.ffn, device=DEVICE, dtype=DTYPE)
        count = torch.cuda.get_device_properties(DEVICE).multi_processor_count
        self.configs: dict[str, Nf4Config] = {name: choose_config(*size, count) for name, size in linears.items()}
        self.table = nf4_table(DTYPE, DEVICE)
        splits = attention_splits(capacity, shape.kv_heads, count)
        self.scratch = attention_scratch(rows, shape.heads, dim, splits, DEVICE)
        self.seen = torch.arange(capacity, device=DEVICE)[None, :] <= self.places[:, None]

    def bytes_per_step(self) -> int:
        """Bytes that one step must read: weights with absmax, lm_head, keys and values."""
        weights = sum(n * k // 2 + n * k // 16 for n, k in self.shape.linears().values())
        length = int(self.places[-1]) + 1
        cached = 4 * length * self.shape.kv_heads * self.dim
        return self.shape.layers * (weights + cached) + self.lm_head.numel() * 2

    def torch_step(self) -> torch.Tensor:
        """Torch operations and bitsandbytes' products."""
        x = self.x
        for layer in range(self.shape.layers):
            at = layer % len(self.weights)
            x = self._torch_layer(x, self.weights[at], self.keys[at], self.values[at])
        return functional.linear(reference.rms_norm(x, self.norm, _EPS), self.lm_head)

    def _torch_layer(
        self, x: torch.Tensor, weights: dict[str, Nf4Weight], keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        heads, kv_heads = self.shape.heads, self.shape.kv_heads
        qkv = bnb_linear(reference.rms_norm(x, self.norm, _EPS), weights["qkv"]).view(self.rows, -1, self.dim)
        cos = self.cos[self.places].to(DTYPE)[:, None].repeat(1, 1, 2)
        sin = self.sin[self.places].to(DTYPE)[:, None].repeat(1, 1, 2)
        qk = qkv[:, : heads + kv_heads]
        first, second = qk.chunk(2, dim=-1)
        qk = qk * cos + torch.cat((-second, first), dim=-1) * sin
        keys.index_copy_(0, self.places, qk[:, heads:])
        values.index_copy_(0, self.places, qkv[:, heads + kv_heads :])
        q, k, v = (t.transpose(0, 1)[None] for t in (qk[:, :heads], keys, values))
        attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=self.seen, enable_gqa=kv_heads != heads)
        x = x + bnb_linear(attended[0].transpose(0, 1).reshape(self.rows, -1), weights["o"])
        gate_up = bnb_linear(reference.rms_norm(x, self.norm, _EPS), weights["gate_up"])
        return x + bnb_linear(reference.silu_mul(gate_up), weights["down"])

    def triton_step(self) -> torch.Tensor:
        """Our kernels."""
        self.step_x.copy_(self.x)
        for layer in range(self.shape.layers):
            at = layer % len(self.weights)
            self._triton_layer(self.weights[at], self.keys[at], self.values[at])
        rms_norm(self.step_x, self.norm, _EPS, self.normal)
        return functional.linear(self.normal, self.lm_head)

    def _triton_layer(self, weights: dict[str, Nf4Weight], keys: torch.Tensor, values: torch.Tensor) -> None:
        x = self.step_x

        def product(name: str, source: torch.Tensor, out: torch.Tensor, residual: torch.Tensor | None = None) -> None:
            weight = weights[name]
            nf4_linear(source, weight.packed, weight.absmax, self.table, out, self.configs[name], residual)

        rms_norm(x, self.norm, _EPS, self.normal)
        product("qkv", self.normal, self.qkv)
        rope_append(self.qkv, self.cos, self.sin, self.position, keys, values, self.q)
        decode_attention(self.q, keys, values, self.position, self.attended, self.scratch)
        product("o", self.attended.view(self.rows, -1), x, x)
        rms_norm(x, self.norm, _EPS, self.normal)
        product("gate_up", self.normal, self.gate_up)
        silu_mul(self.gate_up, self.product)
        product("down", self.product, x, x)
