"""Matrix products with NF4 weights for few rows (decode, verification of drafts), in Triton.

Bound by memory, so everything serves two ends: keep many wide loads in flight, and unpack with few instructions. The
product runs on the tensor cores with the weights as the left operand (16 columns of the layer are the 16 rows of an
instruction) and the rows of x padded to 8, so one row costs what eight cost and a weight costs no multiply of its own.
A step takes `split` blocks of 64 weights along K, shared out among the warps, whose sums meet once, in a fixed order:
results are reproducible.

Ways to unpack (`Unpacking`), compared by tests/gpu/bench_decode_kernels.py:
- prmt: the table lies in 8 registers and byte permutes pick from it (21 integer instructions for 8 weights);
- lut32: byte -> two codes in one word of a table in shared memory, copied for each of 32 lanes so that no two lanes
  of a warp meet in one bank (8 instructions and 4 loads, and the filling);
- both: every other word by one and by the other, since permutes and loads wait for different units;
- load: the table in global memory; the one way that Triton's interpreter can run.
"""

from dataclasses import dataclass
from typing import Literal

import torch
import triton
import triton.language as tl

from engine.kernels.nf4_tables import code_scale

Unpacking = Literal["prmt", "lut32", "both", "load"]
BLOCK = 64  # weights that share one absmax
MAX_ROWS = 16


@dataclass(frozen=True, slots=True)
class Nf4Config:
    """How one shape is cut: columns and K blocks per program and step, warps, pipeline depth, way to unpack.

    `wide` loads a column's bytes of one step as one piece of split * 32, which a warp copies row by row; without it
    each warp copies the 32 bytes of its own block from many rows.
    """

    block_n: int
    split: int
    warps: int
    stages: int
    unpacking: Unpacking
    wide: bool = False


# Triton keeps a tensor in the registers of a dot operand only through inline assembly with one operand, so what an
# unpacking needs besides (a table's address, its 8 registers) lives in registers of the function's scope, which the
# text that prepares declares. The first four weights of a group of eight go to the first output and the others to the
# second, two in a register as they lie in the bytes; `_PAIRS_ASM` sorts x likewise.

_FILL_ASM = """
        .shared .align 128 .b32 nf4_lut[8192];
        .reg .b32 nf4_base;
        {
        .reg .b32 i, a, c, d, v;
        .reg .b64 g;
        .reg .pred p;
        mov.u32 nf4_base, nf4_lut;
        mov.u32 d, %ntid.x;
        mov.u32 i, $2;
        FILL:
        setp.ge.u32 p, i, 256;
        @p bra FILLED;
        mul.wide.u32 g, i, 4;
        add.u64 g, g, $1;
        ld.global.nc.b32 v, [g];
        mad.lo.u32 a, i, 128, nf4_base;
        and.b32 c, i, 7;
        mad.lo.u32 a, c, 16, a;
        STORES
        add.u32 i, i, d;
        bra FILL;
        FILLED:
        bar.sync 0;
        mov.u32 v, %laneid;
        mad.lo.u32 nf4_base, v, 4, nf4_base;
        mov.u32 $0, nf4_base;
        }
"""


def _fill_asm() -> str:
    """PTX that fills the table in shared memory: a thread writes the 32 copies of each of its words.

    Eight neighbours start at eight different places of their copies, so that they don't meet in a bank.
    """
    stores = "".join(
        f"xor.b32 c, a, {16 * i};\n        st.shared.v4.b32 [c], {{v, v, v, v}};\n        " for i in range(8)
    )
    return _FILL_ASM.replace("STORES\n", stores.lstrip() + "\n")


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


def _look_up_asm(outputs: tuple[int, int, int, int], word: int) -> str:
    """PTX that looks the four bytes of one operand up in the table in shared memory."""
    lines = []
    for byte, output in enumerate(outputs):
        lines.append(f"prmt.b32 a, ${word}, 0, 0x444{byte};")
        lines.append("mad.lo.u32 a, a, 128, nf4_base;")
        lines.append(f"ld.shared.b32 ${output}, [a];")
    return "{\n.reg .b32 a;\n" + "\n".join(lines) + "\n}\n"


def _permute_asm(outputs: tuple[int, int, int, int], word: int) -> str:
    """PTX that picks the codes of one operand's eight nibbles out of the 8 registers.

    A permute picks 4 bytes out of 8 by the low 3 bits of 4 nibbles; bit 3 then picks between two such results. That
    gives the low and the high bytes of four codes, the second weight of a byte before its first.
    """
    lines = [
        f"and.b32 s, ${word}, 0x77777777;",
        f"shr.u32 t, ${word}, 1;",
        "lop3.b32 t, t, 0x44444444, 0x32103210, 0xEA;",
    ]
    for first, second in (outputs[:2], outputs[2:]):
        if first == outputs[2]:
            lines += ["shr.u32 s, s, 16;", "shr.u32 t, t, 16;"]
        for plane, (a, b, c, d) in (("low", ("nfa", "nfb", "nfc", "nfd")), ("high", ("nfe", "nff", "nfg", "nfh"))):
            lines += [f"prmt.b32 a, {a}, {b}, s;", f"prmt.b32 b, {c}, {d}, s;", f"prmt.b32 {plane}, a, b, t;"]
        lines += [f"prmt.b32 ${first}, low, high, 0x4051;", f"prmt.b32 ${second}, low, high, 0x6273;"]
    return "{\n.reg .b32 s, t, a, b, low, high;\n" + "\n".join(lines) + "\n}\n"


_FILL = tl.constexpr(_fill_asm())
_PLANES = tl.constexpr(_PLANES_ASM)
_LOOK_UP = tl.constexpr(_look_up_asm((0, 1, 2, 3), 4))
_PERMUTE = tl.constexpr(_permute_asm((0, 1, 2, 3), 4))
_BOTH = tl.constexpr(_look_up_asm((0, 1, 4, 5), 8) + _permute_asm((2, 3, 6, 7), 9))
_FOUR_BYTES = tl.constexpr("=r,=r,=r,=r,r")
_EIGHT_BYTES = tl.constexpr("=r,=r,=r,=r,=r,=r,=r,=r,r,r")
_PAIRS_ASM = tl.constexpr("mov.b32 $0, $4; mov.b32 $1, $5; mov.b32 $2, $6; mov.b32 $3, $7;")
_FOUR_WORDS = tl.constexpr("=r,=r,=r,=r,r,r,r,r")


@triton.jit
def _prepare(table, THREADS: tl.constexpr, UNPACKING: tl.constexpr):
    """Put the table where the unpacking wants it; each thread runs the assembly once."""
    thread = tl.arange(0, THREADS)
    address = table.to(tl.int64, bitcast=True) + thread.to(tl.int64) * 0
    if UNPACKING == "prmt" or UNPACKING == "both":
        tl.inline_asm_elementwise(_PLANES, "=r,l", [address], dtype=tl.int32, is_pure=False, pack=1)
    if UNPACKING == "lut32" or UNPACKING == "both":
        tl.inline_asm_elementwise(_FILL, "=r,l,r", [address, thread], dtype=tl.int32, is_pure=False, pack=1)


@triton.jit
def _unpack(packed, words, table, dtype: tl.constexpr, UNPACKING: tl.constexpr):
    """uint8 [.., 32] and the words of x beside them, int32 [.., 32, M] -> two pairs of 16-bit operands to multiply.

    Which weights are in which pair is the unpacking's own affair, as long as x's are the same: a sum has no order.
    """
    if UNPACKING == "load":
        first, second = _halves(tl.load(table + packed.to(tl.int32)))
        x_first, x_second = _halves(words)
    else:
        if UNPACKING == "prmt":
            first, second = tl.inline_asm_elementwise(
                _PERMUTE, _FOUR_BYTES, [packed], dtype=(tl.int16, tl.int16), is_pure=True, pack=4
            )
        elif UNPACKING == "lut32":
            first, second = tl.inline_asm_elementwise(
                _LOOK_UP, _FOUR_BYTES, [packed], dtype=(tl.int16, tl.int16), is_pure=True, pack=4
            )
        else:
            first, second = tl.inline_asm_elementwise(
                _BOTH, _EIGHT_BYTES, [packed], dtype=(tl.int16, tl.int16), is_pure=True, pack=8
            )
        x_first, x_second = tl.inline_asm_elementwise(
            _PAIRS_ASM, _FOUR_WORDS, [words], dtype=(tl.int16, tl.int16), is_pure=True, pack=4
        )
    return (
        first.to(dtype, bitcast=True),
        second.to(dtype, bitcast=True),
        x_first.to(dtype, bitcast=True),
        x_second.to(dtype, bitcast=True),
    )


@triton.jit
def _halves(words):
    """int32 -> its low and its high 16 bits, int16."""
    return (words & 0xFFFF).to(tl.int16), (words >> 16).to(tl.int16)


@triton.jit
def _by_block(tile, BLOCK_N: tl.constexpr, SPLIT: tl.constexpr, WIDTH: tl.constexpr):
    """[N, SPLIT * WIDTH] -> [SPLIT, N, WIDTH]; costs nothing, the warps read shared memory in the new order."""
    return tl.permute(tl.reshape(tile, (BLOCK_N, SPLIT, WIDTH)), (1, 0, 2))


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
    WIDE: tl.constexpr,
):
    """x [rows, row_words] (two numbers a word), packed [columns, row_words] bytes, absmax [columns, row_blocks]."""
    dtype: tl.constexpr = out.dtype.element_ty
    first_column = tl.program_id(0) * BLOCK_N
    _prepare(table, WARPS * 32, UNPACKING)

    split = tl.arange(0, SPLIT)[:, None, None]
    n = tl.minimum(first_column + tl.arange(0, BLOCK_N), columns - 1)
    m = tl.arange(0, BLOCK_M)[None, None, :]
    byte = tl.arange(0, 32)
    x_at = x_words + m * row_words + (split * 32 + byte[None, :, None])
    if WIDE:
        piece = tl.arange(0, SPLIT * 32)[None, :]
        scale_split = tl.arange(0, SPLIT)[None, :]
        byte_split = piece // 32
        packed_at = packed + n[:, None] * row_words + piece
        absmax_at = absmax + n[:, None] * row_blocks + scale_split
    else:
        scale_split = split
        byte_split = split
        packed_at = packed + n[None, :, None] * row_words + (split * 32 + byte[None, None, :])
        absmax_at = absmax + n[None, :, None] * row_blocks + split
    total = tl.zeros((SPLIT, BLOCK_N, BLOCK_M), tl.float32)
    for block in tl.range(0, row_blocks, SPLIT, num_stages=STAGES):
        if EVEN_K:
            bytes_ = tl.load(packed_at + block * 32, eviction_policy="evict_first")
            words = tl.load(x_at + block * 32, mask=m < rows, other=0)
            scale = tl.load(absmax_at + block)
        else:
            left = row_blocks - block
            bytes_ = tl.load(packed_at + block * 32, mask=byte_split < left, other=0, eviction_policy="evict_first")
            words = tl.load(x_at + block * 32, mask=(split < left) & (m < rows), other=0)
            scale = tl.load(absmax_at + block, mask=scale_split < left, other=0.0)
        if WIDE:
            bytes_ = _by_block(bytes_, BLOCK_N, SPLIT, 32)
            scale = _by_block(scale, BLOCK_N, SPLIT, 1)
        first, second, x_first, x_second = _unpack(bytes_, words, table, dtype, UNPACKING)
        part = tl.dot(first, x_first)
        part = tl.dot(second, x_second, part)
        total += part * scale

    result = (tl.sum(total, 0) * unscale).to(dtype)
    n = first_column + tl.arange(0, BLOCK_N)[:, None]
    m = tl.arange(0, BLOCK_M)[None, :]
    at = m * columns + n
    mask = (n < columns) & (m < rows)
    if HAS_RESIDUAL:
        before = tl.load(residual + at, mask=mask, other=0.0)
        result = (before.to(tl.float32) + result.to(tl.float32)).to(dtype)
    tl.store(out + at, result, mask=mask)


# Measured on one H200 (132 multiprocessors; Triton 3.6, one row, microseconds,
# before a byte's two codes stayed together):
#                          prmt 32/4  prmt 16/4  lut32 32/8
#   7B  qkv 12288 x  4096       20.1       21.4        23.7
#       o    4096 x  4096        9.9       10.3        10.2
#       gate_up 22016 x 4096    33.9       36.0        43.5
#       down 4096 x 11008       21.6       21.5        20.0
#   34B qkv 10240 x  8192       35.1       32.4        35.5
#       o    8192 x  8192       26.8       27.9        25.4
#       gate_up 44032 x 8192   106.9      116.0       123.4
#       down 8192 x 22016       64.7       66.3        55.1
_USUAL = Nf4Config(32, 4, 4, 4, "prmt")
_NARROW = Nf4Config(16, 4, 4, 4, "prmt")
_DEEP = Nf4Config(32, 8, 8, 4, "lut32")
_NARROW_COST = 1.12  # what narrow programs cost per column where they bring no better balance, from the figures above


def choose_config(columns: int, depth: int, multiprocessors: int) -> Nf4Config:
    """The cut for a weight of `columns` x `depth` on a device of so many multiprocessors.

    Few and long programs leave a multiprocessor idle while it waits, and amortise filling a table: 8 warps each.
    Otherwise 16 columns a program where they share out more evenly (34B's qkv: 5 x 16 instead of 3 x 32 on the busiest
    multiprocessor), else 32. The shapes of 13B and 70B follow the same rule, unmeasured.
    """

    def busiest(config: Nf4Config) -> int:
        programs = triton.cdiv(columns, config.block_n)
        return int(triton.cdiv(programs, multiprocessors)) * config.block_n

    if depth >= 8192 and busiest(_DEEP) <= 2 * _DEEP.block_n:
        return _DEEP
    return _NARROW if busiest(_NARROW) * _NARROW_COST < busiest(_USUAL) else _USUAL


def block_of_rows(config: Nf4Config, rows: int) -> tuple[int, int]:
    """Rows of x as they are padded, and stages: with 16 rows x takes twice the shared memory, so one stage less.

    Both fit into the 99 KiB that a program may have on GeForce cards.
    """
    return (8, config.stages) if rows <= 8 else (16, config.stages - 1)


def nf4_linear(
    x: torch.Tensor,
    packed: torch.Tensor,
    absmax: torch.Tensor,
    table: torch.Tensor,
    out: torch.Tensor,
    config: Nf4Config,
    residual: torch.Tensor | None = None,
) -> torch.Tensor:
    """out [M, N] = x [M, K] @ W^T (+ residual [M, N], after rounding to the dtype, as an eager sum would).

    x, out, residual: bfloat16 or float16, contiguous, M <= 16; `out` may be `residual`. packed: bitsandbytes' bytes,
    uint8 [N, K/2], the high nibble first. absmax: float32 [N, K/64], not nested. table: `nf4_table(x.dtype, x.device)`.
    Allocates nothing and reads nothing on the host, so it can be captured once a first call has compiled it.
    """
    rows, depth = x.shape
    columns = out.shape[1]
    if rows > MAX_ROWS or depth % BLOCK:
        raise ValueError(
            f"nf4_linear takes at most {MAX_ROWS} rows and a depth divisible by {BLOCK}, not {rows}, {depth}"
        )
    blocks = depth // BLOCK
    block_m, stages = block_of_rows(config, rows)
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
        STAGES=stages,
        BLOCK_M=block_m,
        EVEN_K=blocks % config.split == 0,
        HAS_RESIDUAL=residual is not None,
        UNPACKING=config.unpacking,
        WIDE=config.wide,
        num_warps=config.warps,
        num_stages=stages,
        enable_fp_fusion=True,  # Triton 3.9 warns where nothing is said of it
    )
    return out
