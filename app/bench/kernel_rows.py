"""Our NF4 products on the processor beside bitsandbytes' and torch's. Each call reads other weights, so from memory.

`python -m app.bench.kernel_rows` measures these rows alone; LACUNA_NF4_PATH selects an instruction set.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch.nn import functional

from app.bench.machine import describe_machine, read_gb_per_s
from app.bench.row import Row, interleaved, less_is_better, more_is_better, not_measured
from engine.generate.linear import Nf4Product, Nf4Weight
from engine.generate.products import BitsandbytesProduct, PackedBitsandbytesProduct
from engine.kernels.nf4 import Nf4Kernels, kernels_fault, load_kernels

SHAPES = ((4096, 4096), (11008, 4096), (4096, 11008))  # of a 7B, [rows, columns]
_TOKENS = (1, 4, 16, 64, 256)
_BYTES = 600_000_000  # of weights used in turn, far more than any cache holds
_READ_SHARE = 0.75
_FOUR_ROWS = 1.6
_QUANTIZED_PER_S = 100.0
_PLAIN_LOOP_GOAL, _PACKED_GOAL, _PREFILL_GOAL, _ALTERNATING_GOAL = 20.0, 1.0, 0.9, 0.95


def measure() -> Iterator[Row]:
    """The rows. Measure on an otherwise idle machine."""
    kernels = load_kernels()
    if kernels is None:
        yield not_measured("product", "NF4", kernels_fault())
        return
    has_packed = kernels.instructions == "avx512_bf16"
    other: Nf4Product = PackedBitsandbytesProduct() if has_packed else BitsandbytesProduct()
    for rows, columns in SHAPES:
        yield from _shape_rows(kernels, other, rows, columns)
    yield _alternating_row(kernels)
    yield from _quantizer_rows(kernels)


class _Matrices:
    """Random weights of one shape, more than a cache holds, handed in turn to our product and the other."""

    def __init__(self, kernels: Nf4Kernels, other: Nf4Product, rows: int, columns: int) -> None:
        self.gb = (rows * columns / 2 + rows * columns / 16) / 1e9  # codes and scales
        self._turn = 0
        self._ours, self._others = [], []
        for _ in range(max(2, round(_BYTES / 1e9 / self.gb))):
            packed = torch.randint(0, 256, (rows * columns // 2, 1), dtype=torch.uint8)
            absmax = torch.rand(rows * columns // 64) * 0.1
            self._ours.append(kernels.matrix(packed, absmax, columns))
            self._others.append(other.arrange(Nf4Weight(packed, absmax, rows, columns, None, other)))
        self._kernels, self._other = kernels, other

    def ours_s(self, x: torch.Tensor) -> float:
        matrix = self._ours[self._next()]
        return _seconds(lambda: self._kernels.product(x, matrix))

    def other_s(self, x: torch.Tensor) -> float:
        weight = self._others[self._next()]
        return _seconds(lambda: self._other(x, weight))

    def _next(self) -> int:
        self._turn = (self._turn + 1) % len(self._ours)
        return self._turn


def _shape_rows(kernels: Nf4Kernels, other: Nf4Product, rows: int, columns: int) -> Iterator[Row]:
    matrices, model = _Matrices(kernels, other, rows, columns), f"NF4 {rows}x{columns}"
    dtype = torch.bfloat16 if kernels.instructions == "avx512_bf16" else torch.float32
    note = f"{kernels.instructions}, {str(dtype).removeprefix('torch.')}"
    goal = _PACKED_GOAL if isinstance(other, PackedBitsandbytesProduct) else _PLAIN_LOOP_GOAL
    with torch.inference_mode():
        seconds = {}
        for tokens in _TOKENS:
            x = torch.randn(tokens, columns).to(dtype)
            pairs = 25 if tokens < 16 else 5
            ours_s, other_s = interleaved(partial(matrices.ours_s, x), partial(matrices.other_s, x), pairs)
            seconds[tokens] = ours_s
            wanted = goal if tokens == 1 or goal == _PACKED_GOAL else None
            name = f"rows {tokens}"
            figures = (matrices.gb / ours_s, matrices.gb / other_s)
            yield more_is_better(name, model, "GB/s", *figures, other.name, wanted, f"{note}, {ours_s * 1000:.2f} ms")
        x = torch.randn(1, columns).to(dtype)
        device = torch.device("cpu")
        ours_s, read = interleaved(lambda: matrices.ours_s(x), lambda: read_gb_per_s(device))
        yield more_is_better(
            "read share", model, "GB/s", matrices.gb / ours_s, read, "reading memory", _READ_SHARE, note
        )
        four_rows = seconds[4] / seconds[1]
        yield less_is_better("four rows", model, "x one row", four_rows, _FOUR_ROWS, "the goal itself", 1.0, note)
        yield _prefill_row(matrices, rows, columns, model, note, dtype)


def _prefill_row(matrices: _Matrices, rows: int, columns: int, model: str, note: str, dtype: torch.dtype) -> Row:
    """256 tokens at once, beside torch's float32 product over unquantized weights."""
    weight = torch.randn(rows, columns)
    x = torch.randn(256, columns)
    ours_s, other_s = interleaved(
        lambda: matrices.ours_s(x.to(dtype)), lambda: _seconds(lambda: functional.linear(x, weight))
    )
    gflop = 2 * 256 * rows * columns / 1e9
    figures = (gflop / ours_s, gflop / other_s)
    return more_is_better("prefill", model, "GFLOP/s", *figures, "torch float32", _PREFILL_GOAL, note)


def _alternating_row(kernels: Nf4Kernels) -> Row:
    """Alternating our product with torch's costs no more than each alone, since both share one OpenMP thread pool."""
    rows, columns, times = 512, 512, 200  # both matrices fit the cache, so threads are measured and not memory
    packed, absmax = kernels.quantize(torch.randn(rows, columns))
    matrix, x = kernels.matrix(packed, absmax, columns), torch.randn(1, columns)
    dense = torch.randn(rows, columns)

    def ours() -> None:
        kernels.product(x, matrix)

    def torchs() -> None:
        functional.linear(x, dense)

    def repeated(*parts: Callable[[], None]) -> float:
        def run() -> None:
            for _ in range(times):
                for part in parts:
                    part()

        return _seconds(run) / times * 1e6

    with torch.inference_mode():
        both, apart = interleaved(lambda: repeated(ours, torchs), lambda: repeated(ours) + repeated(torchs), 9)
    note = f"{torch.get_num_threads()} threads, {kernels.instructions}, {rows}x{columns} each"
    return less_is_better(
        "alternating", "NF4 and dense", "us", both, apart, "each alone, added", _ALTERNATING_GOAL, note
    )


def _quantizer_rows(kernels: Nf4Kernels) -> Iterator[Row]:
    from bitsandbytes.functional import quantize_4bit

    weights = torch.randn(4096, 4096).bfloat16()
    millions = weights.numel() / 1e6
    ours, other = interleaved(
        lambda: millions / _seconds(lambda: kernels.quantize(weights)),
        lambda: millions / _seconds(lambda: quantize_4bit(weights, quant_type="nf4", blocksize=64)),
        3,
    )
    note = f"from bfloat16, goal {_QUANTIZED_PER_S:.0f}"
    yield more_is_better("quantizer", "NF4", "M weights/s", ours, other, "bitsandbytes", None, note)
    yield more_is_better("quantizer", "NF4", "M weights/s", ours, _QUANTIZED_PER_S, "the goal itself", 1.0, note)


def _seconds(run: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    run()
    return time.perf_counter() - start_s


def main() -> int:
    """Print the rows as JSON lines; the exit code is always 0, since figures decide nothing."""
    sys.stdout.write(json.dumps(describe_machine(torch.device("cpu"))) + "\n")
    for row in measure():
        sys.stdout.write(json.dumps(row.as_dict()) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
