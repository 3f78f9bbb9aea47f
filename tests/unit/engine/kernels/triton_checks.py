"""The Triton kernels under Triton's interpreter, against float64: run by test_triton_interpreted.py in a process of
its own.

The interpreter has no bfloat16 products (it multiplies their bits), so numbers are float16 here; the kernels take the
dtype from their tensors. Inline assembly can't run either: see test_triton_assembly.py.
"""

import pytest
import torch
import triton
import triton.language as tl

from engine.kernels import reference
from engine.kernels.nf4_tables import nf4_table
from engine.kernels.triton_attention import attention_scratch, decode_attention, rope_append
from engine.kernels.triton_nf4 import nf4_linear
from engine.kernels.triton_rows import rms_norm, silu_mul

_CPU = torch.device("cpu")


@triton.jit
def _loop_kernel(out, count):  # noqa: ANN001, ANN202 - an annotation would mean a compile-time constant
    for i in tl.range(0, count):
        tl.store(out, i)


try:
    _loop_kernel[(1,)](torch.zeros(1), 2)
except triton.runtime.errors.InterpreterError as error:
    # Triton 3.6 turns one-element arrays into loop bounds, which NumPy 2.4 refuses; 3.9 does not.
    pytest.skip(f"this version's interpreter can't run a loop: {error}", allow_module_level=True)

_HALF = torch.float16


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    torch.manual_seed(0)


def _close(result: torch.Tensor, expected: torch.Tensor, tolerance: float = 1e-3) -> None:
    assert torch.isfinite(result).all()
    worst = (result.double() - expected.double()).abs().max() / expected.double().abs().max()
    assert worst <= tolerance, f"off by {worst} of the largest value"


@pytest.mark.parametrize(
    ("rows", "columns", "depth"),
    [
        (1, 64, 1024),
        (1, 40, 704),  # columns and K blocks that fill no program and no step
        (3, 16, 64),  # one block
        (8, 70, 256),
        (9, 33, 576),
        (16, 16, 512),
        (1, 8, 8192),
    ],
)
def test_product_agrees_with_dequantized_weights(rows: int, columns: int, depth: int) -> None:
    packed = torch.randint(0, 256, (columns, depth // 2), dtype=torch.uint8)
    absmax = torch.rand(columns * depth // 64)
    x = torch.randn(rows, depth).to(_HALF)
    guarded = torch.full((rows + 1, columns), 7.0, dtype=_HALF)
    out = nf4_linear(x, packed, absmax, nf4_table(_HALF, _CPU), guarded[:rows])
    _close(out, x.double() @ reference.dequantize(packed, absmax, torch.float64).T)
    assert (guarded[rows] == 7.0).all(), "wrote behind its output"


@pytest.mark.parametrize(("rows", "depth"), [(17, 64), (1, 96)])
def test_product_refuses_what_it_cannot_cut(rows: int, depth: int) -> None:
    packed, absmax = torch.zeros(16, depth // 2, dtype=torch.uint8), torch.zeros(16 * depth // 64)
    x, out = torch.zeros(rows, depth, dtype=_HALF), torch.zeros(rows, 16, dtype=_HALF)
    with pytest.raises(ValueError, match="at most 16 rows and a depth divisible by 64"):
        nf4_linear(x, packed, absmax, nf4_table(_HALF, _CPU), out)


@pytest.mark.parametrize("width", [64, 100])
def test_norm_rounds_as_transformers_does(width: int) -> None:
    x, delta = torch.randn(3, width).to(_HALF), torch.randn(3, width).to(_HALF)
    weight = torch.randn(width).to(_HALF)
    total = x + delta
    out = rms_norm(x, weight, 1e-5, torch.empty_like(x), delta)
    assert torch.equal(x, total), "the residual stream must carry the sum"
    _close(out, reference.rms_norm(total, weight, 1e-5))
    untouched = total.clone()
    rms_norm(total, weight, 1e-5, out)
    assert torch.equal(total, untouched)


def test_gated_product_agrees_over_a_ragged_width() -> None:
    gate_up = torch.randn(3, 600).to(_HALF) * 4
    _close(silu_mul(gate_up, torch.empty(3, 300, dtype=_HALF)), reference.silu_mul(gate_up))


@pytest.mark.parametrize(("heads", "kv_heads", "dim"), [(2, 2, 64), (4, 1, 64), (4, 2, 128)])
@pytest.mark.parametrize("table_columns", ["half", "whole"])
def test_rope_turns_and_appends_at_the_position_and_nowhere_else(
    heads: int, kv_heads: int, dim: int, table_columns: str
) -> None:
    rows, capacity, at = 3, 12, 5
    qkv = torch.randn(rows, (heads + 2 * kv_heads) * dim).to(_HALF)
    keys, values = torch.randn(2, capacity, kv_heads, dim).to(_HALF)
    before = keys.clone(), values.clone()
    angle = torch.rand(capacity, dim // 2) * 6
    table = angle if table_columns == "half" else angle.repeat(1, 2)
    q = torch.empty(rows, heads, dim, dtype=_HALF)
    rope_append(qkv, table.cos(), table.sin(), torch.tensor([at]), keys, values, q)
    parts = qkv.view(rows, -1, dim)
    here = slice(at, at + rows)
    turned = reference.rope(parts[:, : heads + kv_heads], angle[here].cos(), angle[here].sin())
    _close(q, turned[:, :heads])
    _close(keys[here], turned[:, heads:])
    assert torch.equal(values[here], parts[:, heads + kv_heads :])
    for cache, old in zip((keys, values), before, strict=True):
        assert torch.equal(cache[:at], old[:at])
        assert torch.equal(cache[here.stop :], old[here.stop :])


@pytest.mark.parametrize(("rows", "heads", "kv_heads", "dim"), [(1, 2, 2, 64), (5, 6, 2, 64), (2, 2, 1, 128)])
@pytest.mark.parametrize("position", [0, 63, 64, 127, 190, 255])
def test_attention_agrees_at_every_border_of_its_splits(
    rows: int, heads: int, kv_heads: int, dim: int, position: int
) -> None:
    capacity, splits = 272, 3
    q = torch.randn(rows, heads, dim).to(_HALF)
    keys, values = torch.randn(2, capacity, kv_heads, dim).to(_HALF)
    length = position + rows
    keys[length:], values[length:] = float("nan"), float("nan")  # what lies behind the last row is never read
    scratch = attention_scratch(rows, heads, dim, splits, _CPU)
    scratch.part.fill_(float("nan"))
    scratch.statistics.fill_(float("nan"))
    out = decode_attention(q, keys, values, torch.tensor([position]), torch.empty_like(q), scratch)
    _close(out, reference.attention(q, keys[:length], values[:length]), 2e-3)


def test_attention_of_large_scores_stays_finite() -> None:
    q = torch.full((1, 1, 64), 60.0, dtype=_HALF)
    keys = torch.randn(100, 1, 64).to(_HALF) * 30
    values = torch.randn(100, 1, 64).to(_HALF)
    scratch = attention_scratch(1, 1, 64, 2, _CPU)
    out = decode_attention(q, keys, values, torch.tensor([99]), torch.empty_like(q), scratch)
    _close(out, reference.attention(q, keys, values), 2e-3)
