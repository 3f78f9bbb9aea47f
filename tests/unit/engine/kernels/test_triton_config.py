"""The cuts chosen for the products of Code Llama: the fastest measured, and even shares where nothing was measured."""

from math import ceil

import pytest

triton = pytest.importorskip("triton", reason="triton is not installed: the choice of cuts was not checked")

from engine.kernels.triton_nf4 import Nf4Config, choose_config  # noqa: E402 - only where triton is

_WIDTH_32, _WIDTH_16 = Nf4Config(32, 4, 4, 4, "prmt"), Nf4Config(16, 4, 4, 4, "prmt")
_DEEP = Nf4Config(32, 8, 8, 4, "lut32")


@pytest.mark.parametrize(
    ("columns", "depth", "fastest"),
    [
        (12288, 4096, _WIDTH_32),
        (4096, 4096, _WIDTH_32),
        (22016, 4096, _WIDTH_32),
        (4096, 11008, _DEEP),  # 32/4/4/7 lut32 was as fast
        (10240, 8192, _WIDTH_16),
        (8192, 8192, _DEEP),
        (44032, 8192, _WIDTH_32),
        (8192, 22016, _DEEP),
    ],
)
def test_measured_shapes_get_their_fastest_cut(columns: int, depth: int, fastest: Nf4Config) -> None:
    assert choose_config(columns, depth, 132) == fastest


@pytest.mark.parametrize(
    ("columns", "depth"), [(15360, 5120), (5120, 5120), (27648, 5120), (57344, 8192), (1024, 4096)]
)
@pytest.mark.parametrize("multiprocessors", [28, 84, 108, 132, 170])
def test_no_other_width_shares_out_much_more_evenly(columns: int, depth: int, multiprocessors: int) -> None:
    def busiest(width: int) -> int:
        return ceil(ceil(columns / width) / multiprocessors) * width

    chosen = choose_config(columns, depth, multiprocessors).block_n
    assert busiest(chosen) <= 1.13 * min(busiest(16), busiest(32))
