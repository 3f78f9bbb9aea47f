"""The warps chosen for the products of Code Llama and of larger Llamas."""

import pytest

triton = pytest.importorskip("triton", reason="triton is not installed: the choice of warps was not checked")

from engine.kernels.triton_nf4 import choose_warps  # noqa: E402 - only where triton is


@pytest.mark.parametrize(("columns", "depth"), [(4096, 11008), (5120, 13824), (8192, 22016), (8192, 28672)])
def test_deep_products_of_few_columns_get_eight_warps(columns: int, depth: int) -> None:
    assert choose_warps(columns, depth) == 8


@pytest.mark.parametrize(
    ("columns", "depth"),
    [(12288, 4096), (4096, 4096), (22016, 4096), (10240, 8192), (8192, 8192), (44032, 8192), (1024, 4096)],
)
def test_other_products_get_four(columns: int, depth: int) -> None:
    assert choose_warps(columns, depth) == 4
