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
from engine.kernels.triton_nf4 import Nf4Config, block_of_rows, choose_config  # noqa: E402

_NF4 = {
    "x_words": "*i32",
    "packed": "*u8",
    "absmax": "*fp32",
    "table": "*i32",
    **dict.fromkeys(("residual", "out"), "*bf16"),
    **dict.fromkeys(("columns", "row_words", "row_blocks"), "i32"),
    "unscale": "fp32",
}
_ATTEND = {
    **dict.fromkeys(("q", "k_cache", "v_cache"), "*bf16"),
    "position": "*i64",
    **dict.fromkeys(("part", "statistics"), "*fp32"),
    **dict.fromkeys(("rows", "kv_heads", "splits"), "i32"),
    "scale_log2": "fp32",
}


def _compile(kernel: Any, signature: dict[str, str], constants: dict[str, Any], capability: int, **options: Any) -> Any:
    aligned = {(i,): [["tt.divisibility", 16]] for i, kind in enumerate(signature.values()) if kind[0] in "*i"}
    source = ASTSource(kernel, {**signature, **dict.fromkeys(constants, "constexpr")}, constants, aligned)
    return triton.compile(
        source, target=GPUTarget("cuda", capability, 32), options={"enable_fp_fusion": True, **options}
    )


def _product(config: Nf4Config, capability: int, rows: int = 1) -> Any:
    block_m, stages = block_of_rows(config, rows)
    constants = {
        "rows": 1,
        "BLOCK_N": config.block_n,
        "SPLIT": config.split,
        "WARPS": config.warps,
        "STAGES": stages,
        "BLOCK_M": block_m,
        "EVEN_K": True,
        "HAS_RESIDUAL": True,
        "UNPACKING": config.unpacking,
        "WIDE": config.wide,
    }
    options = {"num_warps": config.warps, "num_stages": stages}
    return _compile(triton_nf4.nf4_kernel, _NF4, constants, capability, **options)


@pytest.mark.parametrize(
    "config",
    [
        Nf4Config(32, 4, 4, 4, "prmt"),
        Nf4Config(32, 8, 8, 4, "lut32"),
        Nf4Config(32, 4, 4, 4, "prmt", wide=True),
        Nf4Config(32, 8, 4, 3, "both", wide=True),
    ],
    ids=str,
)
@pytest.mark.parametrize("capability", [80, 90, 120])
def test_product_unpacks_in_registers_and_loads_sixteen_bytes(config: Nf4Config, capability: int) -> None:
    compiled = _product(config, capability)
    loop = compiled.asm["ttgir"].split("scf.for")[1].split("scf.yield")[0]
    assert "convert_layout" not in loop
    assert "local_alloc" not in loop
    unpacked = [line for line in loop.splitlines() if "elementwise_inline_asm" in line]
    assert len(unpacked) == 2  # of weights and of x; both take four neighbours along K from a register's neighbours
    assert all("kWidth = 4" in line for line in unpacked)
    assert "mma.sync.aligned.m16n8k16" in compiled.asm["ptx"]
    assert any("cp.async" in line and "0x10" in line for line in compiled.asm["ptx"].splitlines())


_SHAPES = [(4096, 4096), (10240, 8192), (8192, 22016)]  # one for each configuration that is chosen on an H200


@pytest.mark.parametrize("rows", [8, 16])
@pytest.mark.parametrize(("columns", "depth"), _SHAPES)
def test_chosen_products_fit_beside_their_table(columns: int, depth: int, rows: int) -> None:
    """On GeForce cards, and through Triton's launcher, which raises a function's limit only for more than 48 KiB."""
    config = choose_config(columns, depth, 132)
    dynamic = _product(config, 90, rows).metadata.shared
    table = 0 if config.unpacking == "prmt" else 32 << 10
    assert dynamic + table <= 99 << 10
    assert dynamic > 48 << 10 or dynamic + table <= 48 << 10


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
