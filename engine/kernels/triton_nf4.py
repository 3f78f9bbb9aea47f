"""Matrix products with NF4 weights for few rows (decode, verification of drafts), in Triton.

Bound by memory, so everything serves two ends: keep many wide loads in flight, and unpack with few instructions. The
product runs on the tensor cores with the weights as the left operand (16 columns of the layer are the 16 rows of an
instruction) and the rows of x padded to 8, so one row costs what eight cost and a weight costs no multiply of its own.
Each warp takes one block of 64 weights along K per step, `SPLIT` warps side by side share a row, and their sums meet
once, in a fixed order: results are reproducible.

Ways to unpack (`Unpacking`), compared by tests/gpu/bench_decode_kernels.py:
- lut32, lut16: byte -> two codes in one word of a table in shared memory, copied for each of 32 (16) lanes so that no
  two lanes of a warp (two at most) meet in one bank;
- prmt: the table lies in 8 registers and byte permutes pick from it;
- load: the table in global memory; the one way that Triton's interpreter and other makers' devices can run.
"""

from dataclasses import dataclass
from typing import Literal

import torch
import triton
import triton.language as tl

from engine.kernels.nf4_tables import code_scale
from engine.kernels.triton_overlap import launch_dependents, launch_options, wait_for_previous

Unpacking = Literal["lut32", "lut16", "prmt", "load"]
BLOCK = 64  # weights that share one absmax
MAX_ROWS = 16


@dataclass(frozen=True, slots=True)
class Nf4Config:
    """How one shape is cut: columns and K blocks per program, warps, pipeline depth, way to unpack."""

    block_n: int
    split: int
    warps: int
    stages: int
    unpacking: Unpacking


def _lut_asm(copies: int) -> tuple[str, str]:
    """PTX that fills the table in shared memory, and PTX that looks four bytes up in it.

    Triton keeps a tensor in the registers of a dot operand only through inline assembly with one operand, so the
    table's address can't be a second one: it lives in a register of the function's scope, which the first text
    declares.
    """
    shift = {32: 3, 16: 2}[copies]
    fill = f"""
        .shared .align 128 .b32 nf4_lut[{256 * copies}];
        .reg .b32 nf4_base;
        {{
        .reg .b32 i, a, d, v, w;
        .reg .b64 g;
        .reg .pred p;
        mov.u32 nf4_base, nf4_lut;
        mov.u32 d, %ntid.x;
        mov.u32 i, $2;
        FILL:
        shr.u32 a, i, {shift};
        mul.wide.u32 g, a, 4;
        add.u64 g, g, $1;
        ld.global.nc.b32 v, [g];
        mad.lo.u32 a, i, 16, nf4_base;
        add.u32 i, i, d;
        shr.u32 w, i, {shift};
        mul.wide.u32 g, w, 4;
        add.u64 g, g, $1;
        ld.global.nc.b32 w, [g];
        st.shared.v4.b32 [a], {{v, v, v, v}};
        mad.lo.u32 a, i, 16, nf4_base;
        add.u32 i, i, d;
        st.shared.v4.b32 [a], {{w, w, w, w}};
        setp.lt.u32 p, i, {64 * copies};
        @p bra FILL;
        bar.sync 0;
        mov.u32 v, %laneid;
        and.b32 v, v, {copies - 1};
        mad.lo.u32 nf4_base, v, 4, nf4_base;
        mov.u32 $0, nf4_base;
        }}
    """
    look_up = f"""
        {{
        .reg .b32 i0, i1, i2, i3, v0, v1, v2, v3;
        prmt.b32 i0, $4, 0, 0x4440;
        prmt.b32 i1, $4, 0, 0x4441;
        prmt.b32 i2, $4, 0, 0x4442;
        prmt.b32 i3, $4, 0, 0x4443;
        mad.lo.u32 i0, i0, {4 * copies}, nf4_base;
        mad.lo.u32 i1, i1, {4 * copies}, nf4_base;
        mad.lo.u32 i2, i2, {4 * copies}, nf4_base;
        mad.lo.u32 i3, i3, {4 * copies}, nf4_base;
        ld.shared.b32 v0, [i0];
        ld.shared.b32 v1, [i1];
        ld.shared.b32 v2, [i2];
        ld.shared.b32 v3, [i3];
        prmt.b32 $0, v0, v1, 0x5410;
        prmt.b32 $1, v2, v3, 0x5410;
        prmt.b32 $2, v0, v1, 0x7632;
        prmt.b32 $3, v2, v3, 0x7632;
        }}
    """
    return fill, look_up


_PLANES_ASM = """
        .reg .b32 nfa, nfb, nfc, nfd, nfe, nff, nfg, nfh;
        {
        .reg .b32 l;
        .reg .b64 g;
        mov.u32 l, %laneid;
        mul.wide.u32 g, l, 32;
        add.u64 g, g, $1;
        ld.global.nc.v4.b32 {nfa, nfb, nfc, nfd}, [g + 1024];
        ld.global.nc.v4.b32 {nfe, nff, nfg, nfh}, [g + 1040];
        mov.u32 $0, nfa;
        }
"""

# A permute picks 4 bytes out of 8 by the low 3 bits of 4 nibbles; bit 3 then picks between two such results.
_PERMUTE_ASM = """
        {
        .reg .b32 s, sh, t, th, v, a, b, lo0, hi0, lo1, hi1;
        and.b32 s, $4, 0x77777777;
        shr.u32 v, $4, 1;
        lop3.b32 t, v, 0x44444444, 0x32103210, 0xEA;
        shr.u32 sh, s, 16;
        shr.u32 th, t, 16;
        prmt.b32 a, nfa, nfb, s;
        prmt.b32 b, nfc, nfd, s;
        prmt.b32 lo0, a, b, t;
        prmt.b32 a, nfe, nff, s;
        prmt.b32 b, nfg, nfh, s;
        prmt.b32 hi0, a, b, t;
        prmt.b32 a, nfa, nfb, sh;
        prmt.b32 b, nfc, nfd, sh;
        prmt.b32 lo1, a, b, th;
        prmt.b32 a, nfe, nff, sh;
        prmt.b32 b, nfg, nfh, sh;
        prmt.b32 hi1, a, b, th;
        prmt.b32 $0, lo0, hi0, 0x7351;
        prmt.b32 $1, lo1, hi1, 0x7351;
        prmt.b32 $2, lo0, hi0, 0x6240;
        prmt.b32 $3, lo1, hi1, 0x6240;
        }
"""

_FILL_32 = tl.constexpr(_lut_asm(32)[0])
_LOOK_UP_32 = tl.constexpr(_lut_asm(32)[1])
_FILL_16 = tl.constexpr(_lut_asm(16)[0])
_LOOK_UP_16 = tl.constexpr(_lut_asm(16)[1])
_PLANES = tl.constexpr(_PLANES_ASM)
_PERMUTE = tl.constexpr(_PERMUTE_ASM)
_FOUR_BYTES = tl.constexpr("=r,=r,=r,=r,r")


@triton.jit
def _prepare(table, THREADS: tl.constexpr, UNPACKING: tl.constexpr):
    """Put the table where the unpacking wants it; each thread runs the assembly once."""
    thread = tl.arange(0, THREADS)
    address = table.to(tl.int64, bitcast=True) + thread.to(tl.int64) * 0
    if UNPACKING == "lut32":
        tl.inline_asm_elementwise(_FILL_32, "=r,l,r", [address, thread], dtype=tl.int32, is_pure=False, pack=1)
    elif UNPACKING == "lut16":
        tl.inline_asm_elementwise(_FILL_16, "=r,l,r", [address, thread], dtype=tl.int32, is_pure=False, pack=1)
    elif UNPACKING == "prmt":
        tl.inline_asm_elementwise(_PLANES, "=r,l", [address], dtype=tl.int32, is_pure=False, pack=1)


@triton.jit
def _unpack(packed, table, dtype: tl.constexpr, UNPACKING: tl.constexpr):
    """uint8 [...] -> codes of the first and of the second weights of each byte, 16-bit [...]."""
    if UNPACKING == "lut32":
        even, odd = tl.inline_asm_elementwise(
            _LOOK_UP_32, _FOUR_BYTES, [packed], dtype=(tl.int16, tl.int16), is_pure=True, pack=4
        )
    elif UNPACKING == "lut16":
        even, odd = tl.inline_asm_elementwise(
            _LOOK_UP_16, _FOUR_BYTES, [packed], dtype=(tl.int16, tl.int16), is_pure=True, pack=4
        )
    elif UNPACKING == "prmt":
        even, odd = tl.inline_asm_elementwise(
            _PERMUTE, _FOUR_BYTES, [packed], dtype=(tl.int16, tl.int16), is_pure=True, pack=4
        )
    else:
        even, odd = _halves(tl.load(table + packed.to(tl.int32)))
    return even.to(dtype, bitcast=True), odd.to(dtype, bitcast=True)


@triton.jit
def _halves(words):
    """int32 -> its low and its high 16 bits, int16."""
    return (words & 0xFFFF).to(tl.int16), (words >> 16).to(tl.int16)


@triton.jit
def _prefetch(packed, first, columns, row_bytes, THREADS: tl.constexpr, BLOCK_N: tl.constexpr):
    """Ask for this program's weights while the kernel in front is still running (sm_90: one request per row)."""
    thread = tl.arange(0, THREADS)
    row = tl.minimum(first + thread % BLOCK_N, columns - 1).to(tl.int64)
    address = packed.to(tl.int64, bitcast=True) + row * row_bytes
    size = row_bytes + thread * 0
    tl.inline_asm_elementwise(
        """
        {
        .reg .pred p;
        setp.lt.u32 p, $2, $4;
        @p cp.async.bulk.prefetch.L2.global [$1], $3;
        mov.u32 $0, 0;
        }
        """,
        "=r,l,r,r,r",
        [address, thread, size, thread * 0 + BLOCK_N],
        dtype=tl.int32,
        is_pure=False,
        pack=1,
    )


@triton.jit
def nf4_kernel(
    x_words,
    packed,
    absmax,
    table,
    residual,
    out,
    rows,
    columns,
    row_words,
    row_blocks,
    unscale,
    BLOCK_N: tl.constexpr,
    SPLIT: tl.constexpr,
    WARPS: tl.constexpr,
    STAGES: tl.constexpr,
    BLOCK_M: tl.constexpr,
    EVEN_K: tl.constexpr,
    HAS_RESIDUAL: tl.constexpr,
    UNPACKING: tl.constexpr,
    OVERLAP: tl.constexpr,
    PREFETCH: tl.constexpr,
):
    """x [rows, row_words] (two numbers a word), packed [columns, row_words] bytes, absmax [columns, row_blocks]."""
    dtype: tl.constexpr = out.dtype.element_ty
    first = tl.program_id(0) * BLOCK_N
    if OVERLAP:
        launch_dependents()
    if PREFETCH:
        _prefetch(packed, first, columns, row_words, WARPS * 32, BLOCK_N)
    _prepare(table, WARPS * 32, UNPACKING)
    if OVERLAP:
        wait_for_previous()

    split = tl.arange(0, SPLIT)[:, None, None]
    n = tl.minimum(first + tl.arange(0, BLOCK_N), columns - 1)[None, :, None]
    m = tl.arange(0, BLOCK_M)[None, None, :]
    byte = tl.arange(0, 32)
    packed_at = packed + n * row_words + (split * 32 + byte[None, None, :])
    x_at = x_words + m * row_words + (split * 32 + byte[None, :, None])
    absmax_at = absmax + n * row_blocks + split
    total = tl.zeros((SPLIT, BLOCK_N, BLOCK_M), tl.float32)
    for block in tl.range(0, row_blocks, SPLIT, num_stages=STAGES):
        if EVEN_K:
            bytes_ = tl.load(packed_at + block * 32, eviction_policy="evict_first")
            words = tl.load(x_at + block * 32, mask=m < rows, other=0)
            scale = tl.load(absmax_at + block)
        else:
            inside = split < row_blocks - block
            bytes_ = tl.load(packed_at + block * 32, mask=inside, other=0, eviction_policy="evict_first")
            words = tl.load(x_at + block * 32, mask=inside & (m < rows), other=0)
            scale = tl.load(absmax_at + block, mask=inside, other=0.0)
        even, odd = _unpack(bytes_, table, dtype, UNPACKING)
        x_even, x_odd = _halves(words)
        part = tl.dot(even, x_even.to(dtype, bitcast=True))
        part = tl.dot(odd, x_odd.to(dtype, bitcast=True), part)
        total += part * scale

    result = (tl.sum(total, 0) * unscale).to(dtype)
    n = first + tl.arange(0, BLOCK_N)[:, None]
    m = tl.arange(0, BLOCK_M)[None, :]
    at = m * columns + n
    mask = (n < columns) & (m < rows)
    if HAS_RESIDUAL:
        before = tl.load(residual + at, mask=mask, other=0.0)
        result = (before.to(tl.float32) + result.to(tl.float32)).to(dtype)
    tl.store(out + at, result, mask=mask)


def choose_config(columns: int, depth: int, multiprocessors: int) -> Nf4Config:
    """The cut for a weight of `columns` x `depth` on a device of so many multiprocessors.

    Few columns: narrow programs, 8 warps along K, so that every multiprocessor has work. Many: wide ones, whose x and
    table serve more weights.
    """
    split = 8 if depth // BLOCK % 8 == 0 else 4
    if columns >= 64 * 2 * multiprocessors:
        return Nf4Config(64, 4, 4, 5, "lut32")
    if columns >= 32 * 2 * multiprocessors:
        return Nf4Config(32, split, split, 4, "prmt")
    return Nf4Config(16, split, split, 5, "prmt")


def nf4_linear(
    x: torch.Tensor,
    packed: torch.Tensor,
    absmax: torch.Tensor,
    table: torch.Tensor,
    out: torch.Tensor,
    config: Nf4Config,
    residual: torch.Tensor | None = None,
    overlap: bool = False,
    prefetch: bool = False,
) -> torch.Tensor:
    """out [M, N] = x [M, K] @ W^T (+ residual [M, N], after rounding to the dtype, as an eager sum would).

    x, out, residual: bfloat16 or float16, contiguous, M <= 16; `out` may be `residual`. packed: bitsandbytes' bytes,
    uint8 [N, K/2], the high nibble first. absmax: float32 [N, K/64], not nested. table: `nf4_table(x.dtype, x.device)`.
    `overlap` lets the kernel start while the one in front of it on the stream still runs (sm_90 and newer).
    Allocates nothing and reads nothing on the host, so it can be captured once a first call has compiled it.
    """
    rows, depth = x.shape
    columns = out.shape[1]
    if rows > MAX_ROWS or depth % BLOCK:
        raise ValueError(
            f"nf4_linear takes at most {MAX_ROWS} rows and a depth divisible by {BLOCK}, not {rows}, {depth}"
        )
    blocks = depth // BLOCK
    nf4_kernel[(triton.cdiv(columns, config.block_n),)](
        x.view(torch.int32),
        packed,
        absmax,
        table,
        out if residual is None else residual,
        out,
        rows,
        columns,
        depth // 2,
        blocks,
        1.0 / code_scale(x.dtype),
        BLOCK_N=config.block_n,
        SPLIT=config.split,
        WARPS=config.warps,
        STAGES=config.stages,
        BLOCK_M=8 if rows <= 8 else 16,
        EVEN_K=blocks % config.split == 0,
        HAS_RESIDUAL=residual is not None,
        UNPACKING=config.unpacking,
        OVERLAP=overlap,
        PREFETCH=overlap and prefetch,
        num_warps=config.warps,
        num_stages=config.stages,
        **launch_options(overlap),
    )
    return out
