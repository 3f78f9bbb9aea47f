"""The products and the quantizer against bitsandbytes and float64, on every instruction set that this machine has.

`test_sanitized` runs this file once more with a library that the sanitizers watch, named in NF4_TEST_LIBRARY.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.kernels import nf4
from engine.kernels.nf4 import Nf4Kernels, open_library, supported_paths
from tests.rounding import in_float32

ALL_PATHS = ("avx512_bf16", "avx512", "avx2", "portable")
FACTOR = 3e-4  # the relative error that the products keep to
EXAMPLES = 4 if "NF4_TEST_LIBRARY" in os.environ else 25
PLENTY = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small products: where other programs want the cores, two threads wait for each other at every call."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=ALL_PATHS)
def kernels(request: pytest.FixtureRequest) -> Nf4Kernels:
    path = Path(os.environ.get("NF4_TEST_LIBRARY", nf4.LIBRARY))
    if not path.exists():
        pytest.skip("the kernels were not compiled: there was no C compiler")
    library = open_library(path)
    found = {name: number for number, name in supported_paths(library)}
    if request.param not in found:
        pytest.skip(f"this processor has no {request.param}: that path was not tested")
    return Nf4Kernels(library, found[request.param], request.param)


def quantized(n: int, k: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Packed bytes, absmax, and the weights that they stand for in float64."""
    weights = torch.randn(n, k, generator=torch.Generator().manual_seed(seed))
    packed, state = quantize_4bit(weights, quant_type="nf4", blocksize=64)
    return packed, state.absmax, dequantize_4bit(packed, state).double()


def activations(rows: int, k: int, seed: int, *, has_outliers: bool) -> torch.Tensor:
    x = torch.randn(rows, k, generator=torch.Generator().manual_seed(seed))
    if has_outliers:
        x[:, [0, k // 2, k - 1]] *= 100
    return x


def term_sizes(x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """How large the terms of each output are together, float64: what its error is a share of. A sum of few outputs may
    cancel, in any arithmetic.
    """
    return x.double().norm(dim=1, keepdim=True) * weights.norm(dim=1)


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.double() - expected).norm() / expected.norm())


@PLENTY
@given(
    rows=st.integers(1, 21),
    n=st.integers(1, 70),
    blocks=st.integers(1, 35),
    seed=st.integers(0, 999),
    has_outliers=st.booleans(),
)
def test_product_of_any_shape_is_near_float64(
    kernels: Nf4Kernels, rows: int, n: int, blocks: int, seed: int, has_outliers: bool
) -> None:
    packed, absmax, weights = quantized(n, blocks * 64, seed)
    x = activations(rows, blocks * 64, seed, has_outliers=has_outliers)
    error = (kernels.multiply(x, packed, absmax).double() - x.double() @ weights.T).abs()
    assert float((error / term_sizes(x, weights)).max()) < FACTOR


@pytest.mark.parametrize("has_outliers", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 8, 17, 160])
@pytest.mark.parametrize(("n", "k"), [(64, 4096), (24, 11008), (704, 256)])
def test_relative_error_keeps_to_the_target(
    kernels: Nf4Kernels, n: int, k: int, rows: int, *, has_outliers: bool
) -> None:
    packed, absmax, weights = quantized(n, k)
    x = activations(rows, k, 1, has_outliers=has_outliers)
    assert relative_error(kernels.multiply(x, packed, absmax), x.double() @ weights.T) < FACTOR


@pytest.mark.parametrize("rows", [1, 5, 160])
def test_bf16_activations_lose_only_what_rounding_the_result_loses(kernels: Nf4Kernels, rows: int) -> None:
    packed, absmax, weights = quantized(96, 1088)
    x = activations(rows, 1088, 2, has_outliers=True).bfloat16()
    found = kernels.multiply(x, packed, absmax)
    assert found.dtype == torch.bfloat16
    assert relative_error(found, x.double() @ weights.T) < 3e-3


def test_leading_dimensions_and_a_given_result_are_kept(kernels: Nf4Kernels) -> None:
    packed, absmax, _ = quantized(48, 128)
    x = activations(6, 128, 3, has_outliers=False)
    out = torch.empty(2, 3, 48)
    assert kernels.multiply(x.view(2, 3, 128), packed.view(48, 64), absmax, out) is out
    torch.testing.assert_close(out.view(6, 48), kernels.multiply(x, packed, absmax), rtol=0, atol=0)


def test_rows_do_not_depend_on_their_neighbours(kernels: Nf4Kernels) -> None:
    packed, absmax, weights = quantized(40, 448)
    x = activations(11, 448, 4, has_outliers=False)
    together = kernels.multiply(x, packed, absmax)
    alone = torch.cat([kernels.multiply(row.view(1, -1), packed, absmax) for row in x])
    for found in (together, alone):
        error = (found.double() - x.double() @ weights.T).abs()
        assert float((error / term_sizes(x, weights)).max()) < FACTOR


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("rows", [1, 4])
def test_what_is_no_number_spoils_its_own_row_only(kernels: Nf4Kernels, rows: int, bad: float) -> None:
    packed, absmax, _ = quantized(32, 256)
    x = activations(rows + 1, 256, 5, has_outliers=False)
    x[0, 70] = bad
    out = kernels.multiply(x, packed, absmax)
    assert not out[0].isfinite().any()
    assert out[1:].isfinite().all()


def test_zero_tiny_and_huge_activations_and_scales(kernels: Nf4Kernels) -> None:
    packed, absmax, weights = quantized(16, 192)
    assert kernels.multiply(torch.zeros(3, 192), packed, absmax).eq(0).all()
    assert kernels.multiply(torch.full((1, 192), 1e-40), packed, absmax).abs().max() < 1e-28
    assert kernels.multiply(torch.ones(1, 192), packed, torch.zeros_like(absmax)).eq(0).all()
    huge = kernels.multiply(torch.full((1, 192), 1e30), packed, absmax)
    assert relative_error(huge / 1e30, torch.ones(1, 192).double() @ weights.T) < FACTOR
    large_scales = kernels.multiply(torch.ones(1, 192), packed, absmax * 1e35)
    assert relative_error(large_scales.double() / 1e35, torch.ones(1, 192).double() @ weights.T) < FACTOR
    assert not kernels.multiply(torch.ones(1, 192), packed, absmax * float("inf")).isfinite().any()


@PLENTY
@given(n=st.integers(1, 40), blocks=st.integers(1, 9), seed=st.integers(0, 99))
def test_unpacked_weights_are_those_of_bitsandbytes(kernels: Nf4Kernels, n: int, blocks: int, seed: int) -> None:
    packed, absmax, weights = quantized(n, blocks * 64, seed)
    assert torch.equal(kernels.unpack(packed, absmax, torch.empty(n, blocks * 64)).double(), weights)
    as_bf16 = kernels.unpack(packed, absmax, torch.empty(n, blocks * 64, dtype=torch.bfloat16))
    assert torch.equal(as_bf16, weights.float().bfloat16())


@PLENTY
@given(
    blocks=st.integers(1, 300),
    exponent=st.integers(-45, 38),
    seed=st.integers(0, 9999),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float16]),
)
def test_quantizer_gives_the_bits_of_bitsandbytes(
    kernels: Nf4Kernels, blocks: int, exponent: int, seed: int, dtype: torch.dtype
) -> None:
    random = torch.Generator().manual_seed(seed)
    weights = (torch.randn(blocks, 64, generator=random) * 10.0**exponent).to(dtype)
    expected, state = quantize_4bit(weights, quant_type="nf4", blocksize=64)
    packed, absmax = kernels.quantize(weights)
    assert torch.equal(packed, expected.view(-1))
    assert torch.equal(absmax, state.absmax)


@pytest.mark.parametrize("value", [0.0, -0.0, 1e-45, 3e38, float("inf"), float("-inf"), float("nan")])
def test_quantizer_treats_odd_values_like_bitsandbytes(kernels: Nf4Kernels, value: float) -> None:
    weights = torch.linspace(-1, 1, 128).view(2, 64)
    weights[0, 5] = value
    for block in (weights, torch.full((1, 64), value)):
        expected, state = quantize_4bit(block, quant_type="nf4", blocksize=64)
        packed, absmax = kernels.quantize(block)
        assert torch.equal(packed, expected.view(-1))
        torch.testing.assert_close(absmax, state.absmax, rtol=0, atol=0, equal_nan=True)


def test_quantizer_decides_the_midpoints_like_bitsandbytes(kernels: Nf4Kernels) -> None:
    from bitsandbytes.backends.default.ops import _get_4bit_quantize_bounds

    bounds, _ = _get_4bit_quantize_bounds("nf4", torch.device("cpu"))
    near = torch.stack([bounds, torch.nextafter(bounds, bounds + 1), torch.nextafter(bounds, bounds - 1)]).view(-1)
    weights = torch.cat([torch.tensor([1.0]), near, torch.zeros(18)]).view(1, 64)
    assert torch.equal(kernels.quantize(weights)[0], quantize_4bit(weights, quant_type="nf4")[0].view(-1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x": torch.ones(1, 192)}, "no whole number of rows"),
        ({"x": torch.ones(1, 128).double()}, "contiguous float32 or bfloat16"),
        ({"x": torch.ones(128, 2)[:, 0].view(1, 128)}, "strides"),
        ({"x": torch.tensor(1.0)}, "no whole number of rows"),
        ({"packed": torch.zeros(32 * 64)}, "packed"),
        ({"packed": torch.zeros(64, 64, dtype=torch.uint8)[:, ::2]}, "packed"),
        ({"absmax": torch.ones(63)}, "a buffer is not as long"),
        ({"absmax": torch.ones(64).bfloat16()}, "absmax"),
        ({"x": torch.ones(1, 96), "packed": torch.zeros(96, dtype=torch.uint8)}, "multiple of 64"),
        ({"x": torch.ones(1, 0)}, "no whole number of rows"),
        ({"out": torch.empty(1, 31)}, "out is"),
        ({"out": torch.empty(1, 32, dtype=torch.bfloat16)}, "out"),
    ],
)
def test_wrong_arguments_are_refused_with_a_sentence(
    kernels: Nf4Kernels, change: dict[str, torch.Tensor], said: str
) -> None:
    packed, absmax, _ = quantized(32, 128)
    arguments = {"x": torch.ones(1, 128), "packed": packed.view(-1), "absmax": absmax} | change
    with pytest.raises(ValueError, match=said):
        kernels.multiply(**arguments)
    assert kernels.multiply(torch.ones(1, 128), packed, absmax).isfinite().all()


def test_activations_of_another_width_than_the_matrix_are_refused(kernels: Nf4Kernels) -> None:
    packed, absmax, _ = quantized(32, 128)
    matrix = kernels.matrix(packed, absmax, 128)
    for x in (torch.ones(2, 64), torch.tensor(1.0), torch.ones(1, 256)):
        with pytest.raises(ValueError, match="should end in 128"):
            kernels.product(x, matrix)
    assert kernels.product(torch.ones(0, 128), matrix).shape == (0, 32)


def test_address_that_is_not_aligned_is_refused(kernels: Nf4Kernels) -> None:
    packed, absmax, _ = quantized(1, 64)
    memory = torch.zeros(64 * 4 + 1, dtype=torch.uint8)
    shifted = torch.frombuffer(memory.numpy().data, dtype=torch.float32, offset=1, count=64).view(1, 64)
    with pytest.raises(ValueError, match="aligned"):
        kernels.multiply(shifted, packed, absmax)


def test_quantizer_refuses_what_is_no_multiple_of_a_block(kernels: Nf4Kernels) -> None:
    with pytest.raises(ValueError, match="multiple of 64"):
        kernels.quantize(torch.ones(65))


@pytest.mark.parametrize("threads", [0, -1, 100_000])
def test_impossible_numbers_of_threads_are_refused(kernels: Nf4Kernels, threads: int) -> None:
    before = torch.get_num_threads()
    with pytest.raises(ValueError, match="threads"):
        kernels.set_threads(threads)
    assert torch.get_num_threads() == before


def test_threads_are_those_of_torch(kernels: Nf4Kernels) -> None:
    kernels.set_threads(2)
    assert torch.get_num_threads() == 2


def test_result_does_not_depend_on_the_threads(kernels: Nf4Kernels) -> None:
    """Each output is one thread's; torch's own product, behind which the portable path stands, may sum otherwise."""
    packed, absmax, weights = quantized(300, 320)
    x = activations(5, 320, 6, has_outliers=False)
    alone = kernels.multiply(x, packed, absmax)
    kernels.set_threads(3)
    difference = (kernels.multiply(x, packed, absmax).double() - alone.double()).abs()
    allowed = 2 * in_float32(320) if kernels.instructions == "portable" else 0.0
    assert float((difference / term_sizes(x, weights)).max()) <= allowed
