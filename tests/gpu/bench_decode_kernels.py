"""Check the decode kernels on this GPU, then time them: python -m tests.gpu.bench_decode_kernels --out FILE
[--seconds 100]

Needs torch, triton and bitsandbytes, no network. Every variant is checked against the plain reference before it is
timed; one that fails is named and left out. Times are of CUDA graphs that go through weights larger than the L2
(microseconds per call, launch gaps included). JSON lines go to FILE as they come, a summary to standard output at the
end. Kernels are compiled by other processes meanwhile (Triton's cache on disk is shared).
"""

import argparse
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch

from engine.kernels import reference
from engine.kernels.nf4_tables import nf4_table
from engine.kernels.triton_attention import attention_scratch, attention_splits, decode_attention, rope_append
from engine.kernels.triton_nf4 import Nf4Config, choose_config, nf4_linear
from engine.kernels.triton_overlap import overlap_possible
from engine.kernels.triton_rows import rms_norm, silu_mul
from tests.gpu.decode_layers import (
    DEVICE,
    DTYPE,
    SHAPE_7B,
    SHAPE_34B,
    Nf4Weight,
    Shape,
    Stack,
    bnb_linear,
    random_weight,
)

_SHAPES = {f"{shape.name} {name}": size for shape in (SHAPE_7B, SHAPE_34B) for name, size in shape.linears().items()}
_SWEPT = ("7B o", "7B gate_up", "34B o", "34B gate_up")
# Dynamic shared memory above 48 KiB or with the table's 16 or 32 KiB below it: only then does Triton's launcher raise
# the function's limit far enough.
_CONFIGS = [
    Nf4Config(16, 4, 4, 4, "prmt"),
    Nf4Config(16, 8, 8, 4, "prmt"),
    Nf4Config(16, 8, 8, 6, "prmt"),
    Nf4Config(32, 4, 4, 4, "prmt"),
    Nf4Config(32, 8, 8, 3, "prmt"),
    Nf4Config(64, 4, 4, 4, "prmt"),
    Nf4Config(16, 8, 8, 5, "lut32"),
    Nf4Config(16, 16, 16, 4, "lut32"),
    Nf4Config(32, 4, 4, 7, "lut32"),
    Nf4Config(32, 8, 8, 4, "lut32"),
    Nf4Config(64, 4, 4, 5, "lut32"),
    Nf4Config(64, 8, 8, 4, "lut32"),
    Nf4Config(128, 4, 4, 4, "lut32"),
    Nf4Config(16, 8, 8, 5, "lut16"),
    Nf4Config(64, 4, 4, 5, "lut16"),
    Nf4Config(16, 8, 8, 4, "load"),
]
_FALLBACK = Nf4Config(16, 4, 4, 4, "load")
_TARGET_BYTES = 256 << 20  # several times any L2
_T = TypeVar("_T")


class Report:
    """Lines to a file and to standard output, and whether time is left."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._file = path.open("w")
        self._started = time.monotonic()
        self._seconds = seconds

    def line(self, row: str, **values: object) -> None:
        self._file.write(json.dumps({"row": row, "at_s": round(self.elapsed(), 1), **values}) + "\n")
        self._file.flush()

    def say(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def elapsed(self) -> float:
        return time.monotonic() - self._started

    def has_time(self) -> bool:
        return self.elapsed() < self._seconds


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


def machine(report: Report) -> float:
    """Print what this is; return the copy bandwidth, GB/s read and written."""
    import bitsandbytes
    import triton

    source = torch.empty(1 << 30, dtype=torch.uint8, device=DEVICE)
    target = torch.empty_like(source)
    copy_us = graph_us(lambda: [target.copy_(source) for _ in range(4)], 4)
    gbps = 2 * source.numel() / copy_us / 1000
    properties = torch.cuda.get_device_properties(DEVICE)
    values = {
        "device": properties.name,
        "multiprocessors": properties.multi_processor_count,
        "l2_mb": properties.L2_cache_size >> 20,
        "copy_gbps": round(gbps),
        "torch": torch.__version__,
        "triton": triton.__version__,
        "bitsandbytes": bitsandbytes.__version__,
    }
    report.line("machine", **values)
    report.say(json.dumps(values))
    return gbps


# ---- checks


def _worst(result: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest error relative to the size of the expected values."""
    return float((result.double() - expected.double()).abs().max() / expected.double().abs().max())


def _nf4_error(
    config: Nf4Config,
    rows: int,
    columns: int,
    depth: int,
    dtype: torch.dtype,
    overlap: bool = False,
    residual: bool = False,
) -> float:
    packed = torch.randint(0, 256, (columns, depth // 2), dtype=torch.uint8, device=DEVICE)
    absmax = torch.rand(columns * depth // 64, device=DEVICE)
    x = torch.randn(rows, depth, device=DEVICE).to(dtype)
    before = torch.randn(rows, columns, device=DEVICE).to(dtype)
    table = nf4_table(dtype, DEVICE)
    results = []
    for _ in range(2):
        out = before.clone()
        nf4_linear(x, packed, absmax, table, out, config, out if residual else None, overlap=overlap, prefetch=overlap)
        results.append(out)
    if not torch.equal(*results):
        return float("inf")
    exact = x.double() @ reference.dequantize(packed, absmax, torch.float64).T
    return _worst(results[0], exact + before.double() if residual else exact)


def check_nf4(report: Report) -> set[Nf4Config]:
    """The configurations whose results are right."""
    right = set()
    for config in _CONFIGS:
        cases: list[tuple[Any, ...]] = [(1, 208, 2048, DTYPE), (5, 208, 2048, DTYPE)]
        if config in (_CONFIGS[1], _CONFIGS[6], _CONFIGS[13]):
            cases += [(8, 72, 704, DTYPE), (11, 64, 1024, DTYPE), (1, 208, 2048, torch.float16)]
            cases += [(1, 208, 2048, DTYPE, overlap, True) for overlap in (False, overlap_possible(DEVICE))]
        errors = [
            _attempt(report, f"nf4 {config} {case}", lambda c=config, k=case: _nf4_error(c, *k)) for case in cases
        ]
        report.line("check_nf4", config=str(config), errors=errors)
        if all(error is not None and error < 0.01 for error in errors):
            right.add(config)
        else:
            report.say(f"WRONG {config}: {errors}")
    report.say(f"nf4: {len(right)} of {len(_CONFIGS)} configurations right")
    return right


def check_small(report: Report) -> None:
    """RMSNorm, SwiGLU, RoPE and attention against the reference."""
    for overlap in (False, True) if overlap_possible(DEVICE) else (False,):
        for name, check in (("rms_norm", _rms_error), ("silu_mul", _silu_error)):
            report.say(f"{name} overlap={overlap}: error {_attempt(report, name, lambda c=check, o=overlap: c(o))}")
        for case in (
            (1, 32, 32, 128, 0),
            (1, 32, 32, 128, 777),
            (5, 64, 8, 128, 1500),
            (8, 64, 8, 128, 63),
            (2, 8, 4, 64, 300),
        ):
            errors = _attempt(report, f"attention {case}", lambda k=case, o=overlap: _attention_errors(*k, o))
            report.say(f"rope, attention {case} overlap={overlap}: errors {errors}")


def _rms_error(overlap: bool) -> float:
    x, delta = torch.randn(5, 8192, device=DEVICE, dtype=DTYPE), torch.randn(5, 8192, device=DEVICE, dtype=DTYPE)
    weight, out = torch.rand(8192, device=DEVICE).to(DTYPE), torch.empty(5, 8192, device=DEVICE, dtype=DTYPE)
    expected = reference.rms_norm(x + delta, weight, 1e-5)
    total = x + delta
    rms_norm(x, weight, 1e-5, out, delta, overlap=overlap)
    return max(_worst(out, expected), _worst(x, total))


def _silu_error(overlap: bool) -> float:
    gate_up = torch.randn(3, 22016, device=DEVICE, dtype=DTYPE) * 3
    out = torch.empty(3, 11008, device=DEVICE, dtype=DTYPE)
    return _worst(silu_mul(gate_up, out, overlap=overlap), reference.silu_mul(gate_up))


def _attention_errors(rows: int, heads: int, kv_heads: int, dim: int, position: int, overlap: bool) -> list[float]:
    capacity = 2048
    qkv = torch.randn(rows, (heads + 2 * kv_heads) * dim, device=DEVICE, dtype=DTYPE)
    keys, values = (torch.randn(capacity, kv_heads, dim, device=DEVICE, dtype=DTYPE) for _ in range(2))
    angle = torch.rand(capacity, dim // 2, device=DEVICE) * 6
    at = torch.tensor([position], device=DEVICE)
    q = torch.empty(rows, heads, dim, device=DEVICE, dtype=DTYPE)
    rope_append(qkv, angle.cos(), angle.sin(), at, keys, values, q, overlap=overlap)
    here = slice(position, position + rows)
    parts = qkv.view(rows, -1, dim)
    turned = reference.rope(parts[:, : heads + kv_heads], angle[here].cos(), angle[here].sin())
    count = torch.cuda.get_device_properties(DEVICE).multi_processor_count
    scratch = attention_scratch(rows, heads, dim, attention_splits(capacity, kv_heads, count), DEVICE)
    out = decode_attention(q, keys, values, at, torch.empty_like(q), scratch, overlap=overlap)
    expected = reference.attention(q, keys[: here.stop], values[: here.stop])
    return [
        _worst(q, turned[:, :heads]),
        _worst(keys[here], turned[:, heads:]),
        _worst(values[here], parts[:, heads + kv_heads :]),
        _worst(out, expected),
    ]


def _attempt(report: Report, what: str, run: Callable[[], _T]) -> _T | None:
    """The result, or None and a word about the failure: one broken variant must not end the run."""
    try:
        return run()
    except Exception as error:  # noqa: BLE001 - whatever a compiler or a driver may raise
        report.line("failed", what=what, error=traceback.format_exc()[-2000:])
        report.say(f"FAILED {what}: {type(error).__name__}: {str(error)[:300]}")
        return None


# ---- times


def _weights(columns: int, depth: int) -> list[Nf4Weight]:
    count = max(2, -(-_TARGET_BYTES // (columns * depth // 2)))
    return [random_weight(columns, depth) for _ in range(count)]


def _moved_bytes(columns: int, depth: int) -> int:
    return columns * depth // 2 + columns * depth // 16


def time_bnb(report: Report, name: str, weights: list[Nf4Weight], rows: int) -> float | None:
    """bitsandbytes' product, microseconds."""
    columns, depth = _SHAPES[name]
    x = torch.randn(rows, depth, device=DEVICE, dtype=DTYPE)
    us = _attempt(report, f"bnb {name}", lambda: graph_us(lambda: [bnb_linear(x, w) for w in weights], len(weights)))
    report.line("bnb", shape=name, rows=rows, us=us, gbps=us and _moved_bytes(columns, depth) / us / 1000)
    return us


def time_nf4(
    report: Report,
    name: str,
    weights: list[Nf4Weight],
    rows: int,
    config: Nf4Config,
    overlap: bool = False,
    prefetch: bool = False,
) -> float | None:
    """Our product, microseconds."""
    columns, depth = _SHAPES[name]
    x = torch.randn(rows, depth, device=DEVICE, dtype=DTYPE)
    out = torch.empty(rows, columns, device=DEVICE, dtype=DTYPE)
    table = nf4_table(DTYPE, DEVICE)

    def calls() -> None:
        for w in weights:
            nf4_linear(x, w.packed, w.absmax, table, out, config, overlap=overlap, prefetch=prefetch)

    us = _attempt(report, f"nf4 {name} {config}", lambda: graph_us(calls, len(weights)))
    gbps = us and _moved_bytes(columns, depth) / us / 1000
    report.line("nf4", shape=name, rows=rows, config=str(config), overlap=overlap, prefetch=prefetch, us=us, gbps=gbps)
    return us


def sweep(report: Report, right: set[Nf4Config], copy_gbps: float) -> dict[str, Nf4Config]:
    """Time all right configurations on the swept shapes and the best of those on the others; return the best."""
    best: dict[str, Nf4Config] = {}
    leaders: list[Nf4Config] = []
    for name in (*_SWEPT, *(n for n in _SHAPES if n not in _SWEPT)):
        if not report.has_time():
            report.say(f"out of time before {name}")
            break
        weights = _weights(*_SHAPES[name])
        tried = [c for c in _CONFIGS if c in right] if name in _SWEPT else leaders
        tried = [c for c in tried if _SHAPES[name][1] // 64 >= c.split]
        times = {c: us for c in tried if (us := time_nf4(report, name, weights, 1, c)) is not None}
        ranked = sorted(times, key=lambda c: times[c])
        best[name] = ranked[0] if ranked else _FALLBACK
        leaders += [c for c in ranked[:4] if name in _SWEPT and c not in leaders]
        fast = "  ".join(f"{c.block_n}/{c.split}/{c.stages}/{c.unpacking} {times[c]:.1f}" for c in ranked[:6])
        report.say(f"{name:12} {_SHAPES[name]}  us: {fast}")
        _rows_table(report, name, weights, best[name], copy_gbps)
    return best


def _rows_table(report: Report, name: str, weights: list[Nf4Weight], config: Nf4Config, copy_gbps: float) -> None:
    moved = _moved_bytes(*_SHAPES[name])
    bound = moved / copy_gbps / 1000
    cells = []
    for rows in (1, 2, 4, 5, 8):
        bnb = time_bnb(report, name, weights, rows)
        ours = time_nf4(report, name, weights, rows, config)
        cells.append(f"M={rows}: {bnb or 0:.1f}/{ours or 0:.1f}")
    for prefetch in (False, True) if overlap_possible(DEVICE) else ():
        us = time_nf4(report, name, weights, 1, config, overlap=True, prefetch=prefetch)
        cells.append(f"{'prefetch' if prefetch else 'overlap'}: {us or 0:.1f}")
    cells.append(f"bound {bound:.1f}")
    report.say(f"    bnb/ours us  {'  '.join(cells)}")


def time_small(report: Report) -> None:
    """The kernels between the products, microseconds each, hot in the L2."""
    for shape in (SHAPE_7B, SHAPE_34B):
        for overlap in (False, True) if overlap_possible(DEVICE) else (False,):
            norm, silu = _small_us(shape, overlap)
            report.line("small", model=shape.name, overlap=overlap, rms_norm_us=norm, silu_mul_us=silu)
            report.say(f"{shape.name} overlap={overlap} us: rms_norm {norm:.1f}  silu_mul {silu:.1f}")


def _small_us(shape: Shape, overlap: bool) -> tuple[float, float]:
    x = torch.randn(1, shape.hidden, device=DEVICE, dtype=DTYPE)
    out, weight = torch.empty_like(x), torch.rand(shape.hidden, device=DEVICE).to(DTYPE)
    gate_up = torch.randn(1, 2 * shape.ffn, device=DEVICE, dtype=DTYPE)
    product = torch.empty(1, shape.ffn, device=DEVICE, dtype=DTYPE)
    norm = graph_us(lambda: [rms_norm(x, weight, 1e-5, out, overlap=overlap) for _ in range(50)], 50)
    return norm, graph_us(lambda: [silu_mul(gate_up, product, overlap=overlap) for _ in range(50)], 50)


def time_attention(report: Report, copy_gbps: float) -> None:
    """Attention at several lengths; the bound is the reading of keys and values."""
    count = torch.cuda.get_device_properties(DEVICE).multi_processor_count
    for shape in (SHAPE_7B, SHAPE_34B):
        for rows, length in ((1, 512), (1, 4096), (1, 16384), (1, 65536), (5, 4096)):
            bound = length * shape.kv_heads * (shape.hidden // shape.heads) * 4 / copy_gbps / 1000
            usual = attention_splits(length, shape.kv_heads, count)
            cells = []
            for splits in (max(1, usual // 2), usual, usual * 2):
                us = _attempt(report, "attention", lambda a=(shape, rows, length, splits): _attention_us(*a))
                report.line(
                    "attention", model=shape.name, rows=rows, length=length, splits=splits, us=us, bound_us=bound
                )
                cells.append(f"{splits} splits {us or 0:.1f}")
            report.say(f"attention {shape.name} M={rows} L={length}: us {'  '.join(cells)}  bound {bound:.1f}")


def _attention_us(shape: Shape, rows: int, length: int, splits: int) -> float:
    dim = shape.hidden // shape.heads
    sets = max(1, min(16, _TARGET_BYTES // (length * shape.kv_heads * dim * 4)))
    keys, values = (torch.randn(sets, length, shape.kv_heads, dim, device=DEVICE, dtype=DTYPE) for _ in range(2))
    q = torch.randn(rows, shape.heads, dim, device=DEVICE, dtype=DTYPE)
    out, at = torch.empty_like(q), torch.tensor([length - rows], device=DEVICE, dtype=torch.int32)
    scratch = attention_scratch(rows, shape.heads, dim, splits, DEVICE)

    def calls() -> None:
        for i in range(16):
            decode_attention(q, keys[i % sets], values[i % sets], at, out, scratch)

    return graph_us(calls, 16)


def time_stack(report: Report, shape: Shape, best: dict[str, Nf4Config], copy_gbps: float) -> None:
    """A whole step as one graph: torch and bitsandbytes, our kernels, our kernels overlapped."""
    for rows in (1, 4):
        _time_stack_of(report, Stack(shape, rows, 512, 1024), best, copy_gbps)
        torch.cuda.empty_cache()


def _time_stack_of(report: Report, stack: Stack, best: dict[str, Nf4Config], copy_gbps: float) -> None:
    name, rows = stack.shape.name, stack.rows
    stack.configs = {linear: best.get(f"{name} {linear}", config) for linear, config in stack.configs.items()}
    expected, ours = stack.torch_step(), stack.triton_step(overlap=False)
    report.say(f"{name} M={rows} logits: error {_worst(ours, expected):.4f} of the largest")
    ways: dict[str, Callable[[], object]] = {
        "torch+bnb": stack.torch_step,
        "triton": lambda: stack.triton_step(overlap=False),
    }
    if overlap_possible(DEVICE):
        ways["triton overlapped"] = lambda: stack.triton_step(overlap=True)
        ways["triton prefetched"] = lambda: stack.triton_step(overlap=True, prefetch=True)
        different = _worst(stack.triton_step(overlap=True, prefetch=True), ours)
        report.say(f"{name} M={rows} overlapped against not: {different:.6f}")
    bound = stack.bytes_per_step() / copy_gbps / 1000
    for way, step in ways.items():
        us = _attempt(report, f"stack {name} {way}", lambda s=step: graph_us(s, 1))
        if us is not None:
            report.line("stack", model=name, rows=rows, way=way, us=us, bound_us=bound)
            report.say(f"{name} M={rows} {way:18} {us:8.0f} us/step  {1e6 / us:6.0f} /s  {bound / us:.0%} of copy")


# ---- compiling


def _compile_share(share: int, shares: int) -> None:
    """Launch every `shares`-th kernel once, so that its binary is in Triton's cache."""
    jobs = [(c, rows, "7B o", False, False) for rows in (1, 4) for c in _CONFIGS]
    jobs += [(c, 1, "7B down", False, False) for c in _CONFIGS[:12]]
    if overlap_possible(DEVICE):
        jobs += [(c, 1, "7B o", prefetch, True) for c in _CONFIGS[:12] for prefetch in (False, True)]
    for config, rows, name, prefetch, overlap in jobs[share::shares]:
        columns, depth = _SHAPES[name]
        packed = torch.empty(columns, depth // 2, dtype=torch.uint8, device=DEVICE)
        absmax = torch.zeros(columns * depth // 64, device=DEVICE)
        x, out = (torch.zeros(rows, size, device=DEVICE, dtype=DTYPE) for size in (depth, columns))
        try:
            table = nf4_table(DTYPE, DEVICE)
            nf4_linear(x, packed, absmax, table, out, config, overlap=overlap, prefetch=prefetch)
        except Exception as error:  # noqa: BLE001 - the check in the main process reports it
            sys.stderr.write(f"compile {config}: {error!r}\n")


def _start_compilers() -> list[subprocess.Popen[bytes]]:
    shares = max(1, min(8, (os.cpu_count() or 2) // 2))
    command = [sys.executable, "-m", "tests.gpu.bench_decode_kernels", "--out", os.devnull]
    return [
        subprocess.Popen([*command, "--compile", f"{i}/{shares}"], stderr=subprocess.DEVNULL) for i in range(shares)
    ]


def main() -> int:
    """Run the checks and times that fit into the seconds given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=100)
    parser.add_argument("--compile", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    if arguments.compile:
        share, shares = arguments.compile.split("/")
        _compile_share(int(share), int(shares))
        return 0
    report = Report(arguments.out, arguments.seconds)
    compilers = _start_compilers()
    copy_gbps = machine(report)
    check_small(report)
    for compiler in compilers:
        compiler.wait()
    report.say(f"compiled after {report.elapsed():.0f} s")
    right = check_nf4(report)
    report.say(f"checked after {report.elapsed():.0f} s")
    best = sweep(report, right, copy_gbps)
    report.say(f"swept after {report.elapsed():.0f} s")
    count = torch.cuda.get_device_properties(DEVICE).multi_processor_count
    for name, config in best.items():
        report.say(f"best {name:12} {config}   table says {choose_config(*_SHAPES[name], count)}")
    sections: list[tuple[str, Callable[[], None]]] = [
        ("stack 7B", lambda: time_stack(report, SHAPE_7B, best, copy_gbps)),
        ("stack 34B", lambda: time_stack(report, SHAPE_34B, best, copy_gbps)),
        ("attention", lambda: time_attention(report, copy_gbps)),
        ("small kernels", lambda: time_small(report)),
    ]
    for what, section in sections:
        if report.has_time():
            _attempt(report, what, section)
        else:
            report.say(f"out of time before {what}")
    report.say(f"done after {report.elapsed():.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
