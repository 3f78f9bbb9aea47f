"""Matrix products with NF4 weights for few rows (decode, verification of drafts), in Triton.

Bound by memory, so everything serves two ends: keep many wide loads in flight, and unpack with few instructions. The
product runs on the tensor cores with the weights as the left operand (16 columns of the layer are the 16 rows of an
instruction) and the rows of x padded to 8, so one row costs what eight cost and a weight costs no multiply of its own.
A program makes 32 columns, in steps of 8 blocks of 64 weights along K, shared out among its warps, whose sums meet
once, in a fixed order: results are reproducible.

A byte becomes the two codes of its weights by one load from a table in shared memory, which is there 32 times so that
no two lanes of a warp meet in one bank: 8 instructions and 4 loads for 8 weights.
"""

import torch
import triton
import triton.language as tl

from engine.kernels.nf4_format import BLOCK
from engine.kernels.nf4_tables import code_scale

MAX_ROWS = 16
TABLE_BYTES = 32 << 10  # of shared memory, beside what Triton counts

_COLUMNS = 32  # per program
_SPLIT = 8  # blocks along K per step

# Triton keeps a tensor in the registers of a dot operand only through inline assembly with one operand, so the table's
# address lives in a register of the function's scope, declared where the table is filled. A thread writes the 32 copies
# of each of its words; eight neighbours start at eight different places, so that they don't meet in a bank.
_FILL_LOOP = """
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
_STORES = [f"xor.b32 c, a, {16 * i};\n        st.shared.v4.b32 [c], {{v, v, v, v}};" for i in range(8)]
_LOOK_UPS = [
    f"prmt.b32 a, $4, 0, 0x444{i};\nmad.lo.u32 a, a, 128, nf4_base;\nld.shared.b32 ${i}, [a];" for i in range(4)
]

FILL_ASM = _FILL_LOOP.replace("STORES", "\n        ".join(_STORES))
LOOK_UP_ASM = "\n".join(["{", ".reg .b32 a;", *_LOOK_UPS, "}"])


@triton.jit
def _fill(table, THREADS: tl.constexpr, ASM: tl.constexpr):
    """Copy the table into shared memory; each thread runs the assembly once."""
    thread = tl.arange(0, THREADS)
    address = table.to(tl.int64, bitcast=True) + thread.to(tl.int64) * 0
    tl.inline_asm_elementwise(ASM, "=r,l,r", [address, thread], dtype=tl.int32, is_pure=False, pack=1)


@triton.jit
def _unpack(packed, words, table, dtype: tl.constexpr, LOOK_UP: tl.constexpr, INTERPRETED: tl.constexpr):
    """uint8 [.., 32] and the words of x beside them, int32 [.., 32, M] -> two pairs of 16-bit operands to multiply.

    Of four bytes the first two go to the first pair and the others to the second, two codes in a register; so do the
    words of x. Which weights are in which pair doesn't matter: a sum has no order.
    """
    if INTERPRETED:
        codes = tl.load(table + packed.to(tl.int32))
        first, second = (codes & 0xFFFF).to(tl.int16), (codes >> 16).to(tl.int16)
        x_first, x_second = (words & 0xFFFF).to(tl.int16), (words >> 16).to(tl.int16)
    else:
        first, second = tl.inline_asm_elementwise(
            LOOK_UP, "=r,=r,=r,=r,r", [packed], dtype=(tl.int16, tl.int16), is_pure=True, pack=4
        )
        x_first, x_second = tl.inline_asm_elementwise(
            "mov.b32 $0, $4; mov.b32 $1, $5; mov.b32 $2, $6; mov.b32 $3, $7;",
            "=r,=r,=r,=r,r,r,r,r",
            [words],
            dtype=(tl.int16, tl.int16),
            is_pure=True,
            pack=4,
        )
    return (
        first.to(dtype, bitcast=True),
        second.to(dtype, bitcast=True),
        x_first.to(dtype, bitcast=True),
        x_second.to(dtype, bitcast=True),
    )


@triton.jit
def _by_block(tile, SPLIT: tl.constexpr):
    """[N, SPLIT * width] -> [SPLIT, N, width]; costs nothing, the warps read shared memory in the new order."""
    return tl.permute(tl.reshape(tile, (tile.shape[0], SPLIT, tile.shape[1] // SPLIT)), (1, 0, 2))


@triton.jit
def nf4_kernel(
    x_words,
    packed,
    absmax,
    table,
    out,
    rows,
    columns,
    row_words,
    row_blocks,
    unscale,
    WARPS: tl.constexpr,
    STAGES: tl.constexpr,
    BLOCK_M: tl.constexpr,
    EVEN_K: tl.constexpr,
    BLOCK_N: tl.constexpr = _COLUMNS,
    SPLIT: tl.constexpr = _SPLIT,
    FILL: tl.constexpr = FILL_ASM,
    LOOK_UP: tl.constexpr = LOOK_UP_ASM,
    INTERPRETED: tl.constexpr = triton.knobs.runtime.interpret,
):
    """x [rows, row_words] (two numbers a word), packed [columns, row_words] bytes, absmax [columns, row_blocks].

    Constants are defaults, not globals: of a global Triton asks at every launch whether it changed (5 of 13 us).
    INTERPRETED: Triton's interpreter, in which the tests run this on a processor, knows no assembly; it looks codes up
    in global memory.
    """
    dtype: tl.constexpr = out.dtype.element_ty
    first_column = tl.program_id(0) * BLOCK_N
    if not INTERPRETED:
        _fill(table, WARPS * 32, FILL)

    split = tl.arange(0, SPLIT)[:, None, None]
    scale_split = tl.arange(0, SPLIT)[None, :]
    piece = tl.arange(0, SPLIT * 32)[None, :]  # a column's bytes of one step, which a warp copies row by row
    n = tl.minimum(first_column + tl.arange(0, BLOCK_N), columns - 1)[:, None]
    m = tl.arange(0, BLOCK_M)[None, None, :]
    x_at = x_words + m * row_words + (split * 32 + tl.arange(0, 32)[None, :, None])
    packed_at = packed + n * row_words + piece
    absmax_at = absmax + n * row_blocks + scale_split
    total = tl.zeros((SPLIT, BLOCK_N, BLOCK_M), tl.float32)
    for block in tl.range(0, row_blocks, SPLIT, num_stages=STAGES):  # said here it holds for absmax too
        if EVEN_K:
            bytes_ = tl.load(packed_at + block * 32, eviction_policy="evict_first")
            words = tl.load(x_at + block * 32, mask=m < rows, other=0)
            scale = tl.load(absmax_at + block)
        else:
            left = row_blocks - block
            bytes_ = tl.load(packed_at + block * 32, mask=piece // 32 < left, other=0, eviction_policy="evict_first")
            words = tl.load(x_at + block * 32, mask=(split < left) & (m < rows), other=0)
            scale = tl.load(absmax_at + block, mask=scale_split < left, other=0.0)
        bytes_, scale = _by_block(bytes_, SPLIT), _by_block(scale, SPLIT)
        first, second, x_first, x_second = _unpack(bytes_, words, table, dtype, LOOK_UP, INTERPRETED)
        part = tl.dot(first, x_first)
        part = tl.dot(second, x_second, part)
        total += part * scale

    n = first_column + tl.arange(0, BLOCK_N)[:, None]
    m = tl.arange(0, BLOCK_M)[None, :]
    result = (tl.sum(total, 0) * unscale).to(dtype)
    tl.store(out + m * columns + n, result, mask=(n < columns) & (m < rows))


def choose_warps(columns: int, depth: int) -> int:
    """Warps per program for a weight of `columns` x `depth`.

    Few and long programs leave a multiprocessor idle while it waits: 8 warps each. Measured on one H200 (Triton 3.6,
    bfloat16, one row, microseconds; the bound is reading at 4346 GB/s); other cards and shapes follow unmeasured.
                                ours  bitsandbytes  bound
      7B  qkv     12288 x  4096   16.0      26.3       6.5
          o        4096 x  4096    7.7      10.6       2.2
          gate_up 22016 x  4096   27.2      42.7      11.7
          down     4096 x 11008   14.8      24.8       5.8   (16.4 by 4 warps)
      34B qkv     10240 x  8192   25.3      40.6      10.9
          o        8192 x  8192   17.3      35.8       8.7   (19.6 by 8 warps)
          gate_up 44032 x  8192   83.4     156.7      46.7
          down     8192 x 22016   41.1      91.9      23.3   (43.1 by 4 warps)
    """
    return 8 if depth >= 8192 and columns <= depth // 2 else 4


def cut_rows(rows: int) -> tuple[int, int]:
    """Rows of x as they are padded, and pipeline stages: with 16 rows x takes twice the shared memory, so one less.

    Both fit into the 99 KiB that a program may have on GeForce cards, the table included.
    """
    return (8, 4) if rows <= 8 else (16, 3)


def nf4_linear(
    x: torch.Tensor, packed: torch.Tensor, absmax: torch.Tensor, table: torch.Tensor, out: torch.Tensor
) -> torch.Tensor:
    """out [M, N] = x [M, K] @ W^T.

    x, out: bfloat16 or float16, contiguous, M <= 16. packed: bitsandbytes' bytes, uint8 [N, K/2], the high nibble
    first. absmax: float32 [N, K/64], not nested. table: `nf4_table(x.dtype, x.device)`. Allocates nothing and reads
    nothing on the host, so it can be captured once a first call has compiled it.
    """
    rows, depth = x.shape
    columns = out.shape[1]
    if rows > MAX_ROWS or depth % BLOCK:
        raise ValueError(
            f"nf4_linear takes at most {MAX_ROWS} rows and a depth divisible by {BLOCK}, not {rows}, {depth}"
        )
    blocks = depth // BLOCK
    warps, (block_m, stages) = choose_warps(columns, depth), cut_rows(rows)
    nf4_kernel[(-(-columns // _COLUMNS),)](
        x.view(torch.int32),
        packed,
        absmax,
        table,
        out,
        rows,
        columns,
        depth // 2,
        blocks,
        1.0 / code_scale(x.dtype),
        warps,
        stages,
        block_m,
        blocks % _SPLIT == 0,
        num_warps=warps,
        enable_fp_fusion=True,  # Triton 3.9 warns where nothing is said of it
    )
    return out
