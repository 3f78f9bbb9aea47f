"""The Triton product on this GPU: right, and its microseconds beside bitsandbytes' and the bound of reading.

python -m tests.gpu.bench_nf4. Needs torch, triton and bitsandbytes, no network. Times are of CUDA graphs that go
through weights larger than the L2, launch gaps included. Whole steps: `python -m app.bench`.
"""

import sys
from collections.abc import Callable

import torch

from engine.generate.linear import Nf4Product, Nf4Weight
from engine.generate.products import BitsandbytesProduct, TritonProduct
from engine.kernels import reference
from engine.kernels.triton_nf4 import choose_warps

_SHAPES = {
    "7B qkv": (12288, 4096),
    "7B o": (4096, 4096),
    "7B gate_up": (22016, 4096),
    "7B down": (4096, 11008),
    "34B qkv": (10240, 8192),
    "34B o": (8192, 8192),
    "34B gate_up": (44032, 8192),
    "34B down": (8192, 22016),
}
_CHECKED = ((208, 2048), (72, 704), (33, 64), (4096, 11008))  # [columns, depth]
_TARGET_BYTES = 256 << 20  # several times any L2
_MOST_ERROR = 0.01  # of the largest value; 16 bits round by 0.004
_DEVICE = torch.device("cuda")


def random_weight(columns: int, depth: int, product: Nf4Product) -> Nf4Weight:
    """Random bytes as a weight whose outputs keep the size of their inputs."""
    packed = torch.randint(0, 256, (columns * depth // 2, 1), dtype=torch.uint8, device=_DEVICE)
    absmax = torch.rand(columns * depth // 64, device=_DEVICE) * (2.0 / depth**0.5)
    return product.arrange(Nf4Weight(packed, absmax, columns, depth, None, product))


def find_wrong() -> list[str]:
    """What is off, or differs from call to call: all ways to cut x, columns and depth, both dtypes."""
    wrong = []
    for dtype in (torch.bfloat16, torch.float16):
        product = TritonProduct(_DEVICE, dtype)
        for columns, depth in _CHECKED:
            weight = random_weight(columns, depth, product)
            matrix = reference.dequantize(weight.packed.view(columns, -1), weight.absmax, torch.float64)
            for rows in (1, 4, 8, 9, 16):
                x = torch.randn(rows, depth, device=_DEVICE).to(dtype)
                exact, ours = x.double() @ matrix.T, product(x, weight)
                error = float((ours.double() - exact).abs().max() / exact.abs().max())
                if not (error < _MOST_ERROR and torch.equal(ours, product(x, weight))):
                    wrong.append(f"{rows} rows, {columns} x {depth}, {dtype}: off by {error:.2g}")
    return wrong


def graph_us(calls: Callable[[], object], count: int) -> float:
    """Microseconds per call when the `count` calls that `calls` makes run as one CUDA graph; best of five replays."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        calls()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        calls()
    times = []
    for _ in range(6):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        graph.replay()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return min(times[1:]) * 1000 / count


def time_products(say: Callable[[str], object]) -> None:
    """One row of x through every shape."""
    source = torch.empty(1 << 30, dtype=torch.uint8, device=_DEVICE).view(torch.float32)
    gb_per_s = source.nbytes / graph_us(lambda: [source.sum() for _ in range(4)], 4) / 1000
    say(f"{torch.cuda.get_device_name()}, reading at {gb_per_s:.0f} GB/s; microseconds, one row, bfloat16")
    say(f"{'':12}{'warps':>8}{'ours':>8}{'bnb':>8}{'bound':>8}")
    ours, other = TritonProduct(_DEVICE, torch.bfloat16), BitsandbytesProduct()
    for name, (columns, depth) in _SHAPES.items():
        weight_bytes = columns * depth // 2 + columns * depth // 16
        weights = [random_weight(columns, depth, ours) for _ in range(max(2, -(-_TARGET_BYTES // weight_bytes)))]
        x = torch.randn(1, depth, device=_DEVICE, dtype=torch.bfloat16)
        found = [graph_us(lambda p=p, x=x, w=weights: [p(x, each) for each in w], len(weights)) for p in (ours, other)]
        found.append(weight_bytes / gb_per_s / 1000)
        say(f"{name:12}{choose_warps(columns, depth):8}" + "".join(f"{us:8.1f}" for us in found))


def main() -> int:
    """1 where a product is wrong."""
    torch.manual_seed(0)
    with torch.inference_mode():
        wrong = find_wrong()
        print("\n".join(wrong) or "right")  # noqa: T201
        time_products(lambda line: print(line, flush=True))  # noqa: T201
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
