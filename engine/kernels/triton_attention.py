"""RoPE with the append to the KV cache, and attention of a few new rows over that cache, in Triton.

The position of the first new row is read on the device, so one captured graph serves every length up to the cache's
capacity. Attention is flash-decoding: each KV head's tokens are cut into a fixed number of splits whose length follows
from the position, each split leaves its maximum, its sum and its weighted values in float32, and a second kernel adds
them in a fixed order. All query heads of a KV head read its tokens once (grouped heads need no copies).
"""

from dataclasses import dataclass

import torch
import triton
import triton.language as tl

_LOG2_E = 1.4426950408889634
_MAX_SPLITS = 128


@triton.jit
def rope_append_kernel(
    qkv,
    cos,
    sin,
    position,
    k_cache,
    v_cache,
    q_out,
    query_heads,
    kv_heads,
    table_stride,
    HALF: tl.constexpr,
):
    """One program per new row and head; heads in the order of qkv: queries, keys, values."""
    dtype: tl.constexpr = q_out.dtype.element_ty
    row = tl.program_id(0)
    head = tl.program_id(1)
    token = tl.load(position).to(tl.int64) + row
    lane = tl.arange(0, HALF)
    source = qkv + (row * (query_heads + 2 * kv_heads) + head) * 2 * HALF + lane
    first = tl.load(source).to(tl.float32)
    second = tl.load(source + HALF).to(tl.float32)
    cache_row = token * kv_heads * 2 * HALF
    if head < query_heads + kv_heads:
        c = tl.load(cos + token * table_stride + lane).to(tl.float32)
        s = tl.load(sin + token * table_stride + lane).to(tl.float32)
        turned_first = (first * c - second * s).to(dtype)
        turned_second = (second * c + first * s).to(dtype)
        if head < query_heads:
            target = q_out + (row * query_heads + head) * 2 * HALF + lane
        else:
            target = k_cache + cache_row + (head - query_heads) * 2 * HALF + lane
        tl.store(target, turned_first)
        tl.store(target + HALF, turned_second)
    else:
        target = v_cache + cache_row + (head - query_heads - kv_heads) * 2 * HALF + lane
        tl.store(target, first.to(dtype))
        tl.store(target + HALF, second.to(dtype))


@triton.jit
def attend_split_kernel(
    q,
    k_cache,
    v_cache,
    position,
    part,
    statistics,
    rows,
    kv_heads,
    splits,
    scale_log2,
    GROUP: tl.constexpr,
    BLOCK_R: tl.constexpr,
    BLOCK_T: tl.constexpr,
    DIM: tl.constexpr,
    STAGES: tl.constexpr,
):
    """One program per KV head and split: all its query rows [rows * GROUP] over one range of tokens."""
    head = tl.program_id(0)
    split = tl.program_id(1)
    before = tl.load(position).to(tl.int32)
    length = before + rows
    blocks = tl.cdiv(tl.cdiv(length, splits), BLOCK_T)
    start = split * blocks * BLOCK_T
    end = tl.minimum(start + blocks * BLOCK_T, length)

    lane = tl.arange(0, DIM)
    query = tl.arange(0, BLOCK_R)
    row = query // GROUP
    query_head = head * GROUP + query % GROUP
    query_at = row * (kv_heads * GROUP) + query_head
    inside = row < rows
    queries = tl.load(q + query_at[:, None] * DIM + lane[None, :], mask=inside[:, None], other=0.0)
    stride = kv_heads * DIM
    highest = tl.full((BLOCK_R,), float("-inf"), tl.float32)
    total = tl.zeros((BLOCK_R,), tl.float32)
    values = tl.zeros((BLOCK_R, DIM), tl.float32)
    for token in tl.range(start, end, BLOCK_T, num_stages=STAGES):
        t = token + tl.arange(0, BLOCK_T)
        at = t.to(tl.int64) * stride + head * DIM
        keys = tl.load(k_cache + at[None, :] + lane[:, None], mask=(t < end)[None, :], other=0.0)
        score = tl.dot(queries, keys) * scale_log2
        seen = (t[None, :] <= before + row[:, None]) & (t < end)[None, :]
        score = tl.where(seen, score, float("-inf"))
        new_highest = tl.maximum(highest, tl.max(score, 1))
        # a range that ends before a row begins leaves that row's maximum at -inf: keep -inf - -inf out
        anchor = tl.where(new_highest == float("-inf"), 0.0, new_highest)
        weight = tl.exp2(score - anchor[:, None])
        shrink = tl.exp2(highest - anchor)
        total = total * shrink + tl.sum(weight, 1)
        v = tl.load(v_cache + at[:, None] + lane[None, :], mask=(t < end)[:, None], other=0.0)
        values = values * shrink[:, None] + tl.dot(weight.to(v.dtype), v)
        highest = new_highest
    slot = query_at * splits + split
    tl.store(part + slot[:, None] * DIM + lane[None, :], values, mask=inside[:, None])
    tl.store(statistics + slot * 2, highest, mask=inside)
    tl.store(statistics + slot * 2 + 1, total, mask=inside)


@triton.jit
def combine_kernel(part, statistics, out, splits, BLOCK_S: tl.constexpr, DIM: tl.constexpr):
    """One program per query row and head: its splits' partial results, weighed by their maxima."""
    row = tl.program_id(0)
    s = tl.arange(0, BLOCK_S)
    lane = tl.arange(0, DIM)
    mask = s < splits
    slot = row * splits + s
    highest = tl.load(statistics + slot * 2, mask=mask, other=float("-inf"))
    total = tl.load(statistics + slot * 2 + 1, mask=mask, other=0.0)
    weight = tl.exp2(highest - tl.max(highest, 0))
    values = tl.load(part + slot[:, None] * DIM + lane[None, :], mask=mask[:, None], other=0.0)
    result = tl.sum(values * weight[:, None], 0) / tl.sum(total * weight, 0)
    tl.store(out + row * DIM + lane, result.to(out.dtype.element_ty))


@dataclass(frozen=True, slots=True)
class AttentionScratch:
    """Room for the partial results of one shape; reusable by every layer.

    part: float32 [rows * heads * splits * dim]; statistics: float32 [rows * heads * splits * 2].
    """

    part: torch.Tensor
    statistics: torch.Tensor
    splits: int


def attention_splits(capacity: int, kv_heads: int, multiprocessors: int) -> int:
    """Splits that fill the device twice without making them shorter than 64 tokens at full capacity."""
    wanted = triton.cdiv(2 * multiprocessors, kv_heads)
    return int(max(1, min(wanted, triton.cdiv(capacity, 64), _MAX_SPLITS)))


def attention_scratch(rows: int, heads: int, dim: int, splits: int, device: torch.device) -> AttentionScratch:
    """Allocate the scratch for up to `rows` new rows."""
    part = torch.empty(rows * heads * splits * dim, dtype=torch.float32, device=device)
    return AttentionScratch(part, torch.empty(rows * heads * splits * 2, dtype=torch.float32, device=device), splits)


def rope_append(
    qkv: torch.Tensor,
    cos: torch.Tensor,
    sin: torch.Tensor,
    position: torch.Tensor,
    k_cache: torch.Tensor,
    v_cache: torch.Tensor,
    q_out: torch.Tensor,
) -> None:
    """Turn the queries and keys of M new rows by their positions, and write keys and values into the cache.

    qkv [M, (Hq + 2 Hkv) * D]: all query heads, then key heads, then value heads. cos, sin [positions, D/2 or D], any
    float dtype (only the first D/2 columns are read). position: an int32 or int64 tensor on the device, where row 0
    stands. k_cache, v_cache [capacity, Hkv, D], contiguous; q_out [M, Hq, D]. Computed in float32, rounded once.
    """
    rows, query_heads, dim = q_out.shape
    kv_heads = k_cache.shape[1]
    rope_append_kernel[(rows, query_heads + 2 * kv_heads)](
        qkv,
        cos,
        sin,
        position,
        k_cache,
        v_cache,
        q_out,
        query_heads,
        kv_heads,
        cos.shape[1],
        HALF=dim // 2,
        num_warps=1,
        enable_fp_fusion=True,
    )


def decode_attention(
    q: torch.Tensor,
    k_cache: torch.Tensor,
    v_cache: torch.Tensor,
    position: torch.Tensor,
    out: torch.Tensor,
    scratch: AttentionScratch,
) -> torch.Tensor:
    """out [M, Hq, D] = attention of M new rows, causal among themselves, over the cache up to and with each row.

    q [M, Hq, D]; k_cache, v_cache [capacity, Hkv, D] already hold the M new rows at `position`.. (see `rope_append`).
    D is 64 or 128. Each of the grid's splits takes ceil((position + M) / splits) tokens, rounded up to its block.
    """
    rows, query_heads, dim = q.shape
    kv_heads = k_cache.shape[1]
    group = query_heads // kv_heads
    block_r = max(16, triton.next_power_of_2(rows * group))
    attend_split_kernel[(kv_heads, scratch.splits)](
        q,
        k_cache,
        v_cache,
        position,
        scratch.part,
        scratch.statistics,
        rows,
        kv_heads,
        scratch.splits,
        _LOG2_E / dim**0.5,
        GROUP=group,
        BLOCK_R=block_r,
        BLOCK_T=64,
        DIM=dim,
        STAGES=3,
        num_warps=4,
        num_stages=3,
        enable_fp_fusion=True,
    )
    combine_kernel[(rows * query_heads,)](
        scratch.part,
        scratch.statistics,
        out,
        scratch.splits,
        BLOCK_S=triton.next_power_of_2(scratch.splits),
        DIM=dim,
        num_warps=4,
        enable_fp_fusion=True,
    )
    return out
