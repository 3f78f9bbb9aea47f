"""The Triton kernels compiled for real GPUs, which needs none: nothing spills, and the loads are wide.

The product's speed hangs on Triton keeping the unpacked weights in the registers of a dot operand. When an upgrade
breaks that, it still computes the right thing, only slowly; so what the compiler made of it is looked at here.
"""

from typing import Any

import pytest

triton = pytest.importorskip("triton", reason="triton is not installed: the GPU kernels were not compiled")

from triton.backends.compiler import GPUTarget  # noqa: E402 - only where triton is
from triton.compiler import ASTSource  # noqa: E402

from engine.kernels import triton_attention, triton_nf4, triton_rows  # noqa: E402
from engine.kernels.triton_nf4 import BLOCK, FILL_ASM, LOOK_UP_ASM, TABLE_BYTES, cut_rows  # noqa: E402

_NF4 = {
    "x_words": "*i32",
    "packed": "*u8",
    "absmax": "*fp32",
    "table": "*i32",
    "out": "*bf16",
    **dict.fromkeys(("rows", "columns", "row_words", "row_blocks"), "i32"),
    "unscale": "fp32",
}
_ATTEND = {
    **dict.fromkeys(("q", "k_cache", "v_cache"), "*bf16"),
    "position": "*i64",
    **dict.fromkeys(("part", "statistics"), "*fp32"),
    **dict.fromkeys(("rows", "kv_heads", "splits"), "i32"),
    "scale_log2": "fp32",
}


def _compile(
    kernel: Any,
    signature: dict[str, str],
    constants: dict[str, Any],
    capability: int,
    *,
    unaligned: str = "",
    **options: Any,
) -> Any:
    """As Triton's launcher would for sizes that are multiples of 16; `unaligned` names one that isn't."""
    places = {name: (kernel.arg_names.index(name),) for name, kind in signature.items() if kind[0] in "*i"}
    aligned = {place: [["tt.divisibility", 16]] for name, place in places.items() if name != unaligned}
    source = ASTSource(kernel, {**signature, **dict.fromkeys(constants, "constexpr")}, constants, aligned)
    return triton.compile(
        source, target=GPUTarget("cuda", capability, 32), options={"enable_fp_fusion": True, **options}
    )


def _product(warps: int, capability: int, rows: int = 1, depth: int = 4096) -> Any:
    block_m, stages = cut_rows(rows)
    blocks = depth // BLOCK
    constants = {
        "WARPS": warps,
        "STAGES": stages,
        "BLOCK_M": block_m,
        "EVEN_K": blocks % 8 == 0,
        "BLOCK_N": 32,
        "SPLIT": 8,
        "FILL": FILL_ASM,
        "LOOK_UP": LOOK_UP_ASM,
        "INTERPRETED": False,
    }
    constants |= {name: 1 for name, size in (("rows", rows), ("row_blocks", blocks)) if size == 1}
    signature = {name: kind for name, kind in _NF4.items() if name not in constants}
    unaligned = "" if blocks % 16 == 0 else "row_blocks"
    return _compile(triton_nf4.nf4_kernel, signature, constants, capability, unaligned=unaligned, num_warps=warps)


@pytest.mark.parametrize("warps", [4, 8])
@pytest.mark.parametrize("capability", [80, 90, 120])
def test_product_unpacks_in_registers_and_loads_sixteen_bytes(warps: int, capability: int) -> None:
    compiled = _product(warps, capability)
    loop = compiled.asm["ttgir"].split("scf.for")[1].split("scf.yield")[0]
    assert "convert_layout" not in loop
    assert "local_alloc" not in loop
    unpacked = [line for line in loop.splitlines() if "elementwise_inline_asm" in line]
    assert len(unpacked) == 2  # of weights and of x; both take four neighbours along K from a register's neighbours
    assert all("kWidth = 4" in line for line in unpacked)
    assert "mma.sync.aligned.m16n8k16" in compiled.asm["ptx"]
    assert any("cp.async" in line and "0x10" in line for line in compiled.asm["ptx"].splitlines())


@pytest.mark.parametrize("rows", [1, 8, 16])
@pytest.mark.parametrize(("warps", "depth"), [(4, 64), (4, 4096), (8, 8192), (8, 11008)])
def test_product_fits_beside_its_table(warps: int, depth: int, rows: int) -> None:
    """On GeForce cards, and through Triton's launcher, which raises a function's limit only for more than 48 KiB."""
    dynamic = _product(warps, 90, rows, depth).metadata.shared
    assert dynamic + TABLE_BYTES <= 99 << 10
    assert dynamic > 48 << 10 or dynamic + TABLE_BYTES <= 48 << 10


@pytest.mark.parametrize("rows", [1, 8])
def test_attention_pipelines_keys_and_values(rows: int) -> None:
    constants = {"GROUP": 8, "BLOCK_R": max(16, 8 * rows), "BLOCK_T": 64, "DIM": 128, "STAGES": 3}
    compiled = _compile(triton_attention.attend_split_kernel, _ATTEND, constants, 90, num_warps=4, num_stages=3)
    assert any("cp.async" in line and "0x10" in line for line in compiled.asm["ptx"].splitlines())


@pytest.mark.parametrize("capability", [80, 90])
def test_small_kernels_compile(capability: int) -> None:
    norm = {"x": "*bf16", "delta": "*bf16", "weight": "*bf16", "out": "*bf16", "width": "i32", "eps": "fp32"}
    _compile(triton_rows.rms_norm_kernel, norm, {"BLOCK": 4096, "HAS_DELTA": True}, capability, num_warps=8)
    gated = {"gate_up": "*bf16", "out": "*bf16", "width": "i32"}
    _compile(triton_rows.silu_mul_kernel, gated, {"BLOCK": 256}, capability, num_warps=2)
    rope = {
        "qkv": "*bf16",
        **dict.fromkeys(("cos", "sin"), "*fp32"),
        "position": "*i32",
        **dict.fromkeys(("k_cache", "v_cache", "q_out"), "*bf16"),
        **dict.fromkeys(("query_heads", "kv_heads", "table_stride"), "i32"),
    }
    _compile(triton_attention.rope_append_kernel, rope, {"HALF": 64}, capability, num_warps=1)
    combine = {"part": "*fp32", "statistics": "*fp32", "out": "*bf16", "splits": "i32"}
    _compile(triton_attention.combine_kernel, combine, {"BLOCK_S": 16, "DIM": 128}, capability, num_warps=4)
