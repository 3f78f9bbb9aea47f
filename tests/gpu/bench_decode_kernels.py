"""Check the decode kernels on this GPU, then time them: python -m tests.gpu.bench_decode_kernels --out FILE
[--seconds 60]

Needs torch, triton and bitsandbytes, no network. Every configuration of the product is checked against the plain
reference before it is timed; one that fails is named and left out. Times are of CUDA graphs that go through weights
larger than the L2 (microseconds per call, launch gaps included). JSON lines go to FILE as they come, tables to standard
output. Kernels are compiled by other processes meanwhile (Triton's cache on disk is shared).
"""

import argparse
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch

from engine.kernels import reference
from engine.kernels.nf4_tables import nf4_table
from engine.kernels.triton_attention import attention_scratch, attention_splits, decode_attention, rope_append
from engine.kernels.triton_nf4 import Nf4Config, choose_config, nf4_linear
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
# With a table in shared memory the dynamic rest must be above 48 KiB: only then does Triton's launcher raise the
# function's limit so far that both fit. That leaves a multiprocessor two programs.
_CHOSEN = [Nf4Config(32, 4, 4, 4, "prmt"), Nf4Config(16, 4, 4, 4, "prmt"), Nf4Config(32, 8, 8, 4, "lut32")]
_CANDIDATES = [
    # the three chosen, but a warp copies pieces of 128 (256) bytes of four (two) columns instead of 32 bytes of 16
    *(replace(config, wide=True) for config in _CHOSEN),
    # two blocks per warp and step: half the barriers, twice the bytes in flight
    Nf4Config(32, 8, 4, 4, "prmt", wide=True),
    Nf4Config(16, 8, 4, 4, "prmt", wide=True),
    # the same with two warps to a barrier: 16/8/8 took 45 us where 16/4/4 took 36
    Nf4Config(32, 4, 2, 4, "prmt", wide=True),
    Nf4Config(16, 4, 2, 4, "prmt", wide=True),
    # four blocks per warp and step, 512 bytes of a column
    Nf4Config(16, 16, 4, 3, "prmt", wide=True),
    # for o and down, which have one program for a multiprocessor: it alone must keep enough in flight
    Nf4Config(32, 16, 8, 4, "prmt", wide=True),
    Nf4Config(32, 8, 4, 4, "lut32", wide=True),
    # permutes and table share the unpacking
    Nf4Config(32, 8, 4, 4, "both", wide=True),
    Nf4Config(32, 8, 8, 4, "both", wide=True),
]
_CONFIGS = _CHOSEN + _CANDIDATES
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
    """Print what this is; return the bandwidth of reading, GB/s."""
    import bitsandbytes
    import triton

    source = torch.empty(1 << 30, dtype=torch.uint8, device=DEVICE)
    target = torch.empty_like(source)
    copy_us = graph_us(lambda: [target.copy_(source) for _ in range(4)], 4)
    read_us = graph_us(lambda: [source.view(torch.float32).sum() for _ in range(4)], 4)
    read_gbps = source.numel() / read_us / 1000
    properties = torch.cuda.get_device_properties(DEVICE)
    values = {
        "device": properties.name,
        "multiprocessors": properties.multi_processor_count,
        "l2_mb": properties.L2_cache_size >> 20,
        "copy_gbps": round(2 * source.numel() / copy_us / 1000),
        "read_gbps": round(read_gbps),
        "torch": torch.__version__,
        "triton": triton.__version__,
        "bitsandbytes": bitsandbytes.__version__,
    }
    report.line("machine", **values)
    report.say(json.dumps(values))
    return read_gbps


# ---- checks


def _worst(result: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest error relative to the size of the expected values."""
    return float((result.double() - expected.double()).abs().max() / expected.double().abs().max())


def _nf4_error(
    config: Nf4Config, rows: int, columns: int, depth: int, dtype: torch.dtype, residual: bool = False
) -> float:
    packed = torch.randint(0, 256, (columns, depth // 2), dtype=torch.uint8, device=DEVICE)
    absmax = torch.rand(columns * depth // 64, device=DEVICE)
    x = torch.randn(rows, depth, device=DEVICE).to(dtype)
    before = torch.randn(rows, columns, device=DEVICE).to(dtype)
    table = nf4_table(dtype, DEVICE)
    results = []
    for _ in range(2):
        out = before.clone()
        nf4_linear(x, packed, absmax, table, out, config, out if residual else None)
        results.append(out)
    if not torch.equal(*results):
        return float("inf")
    exact = x.double() @ reference.dequantize(packed, absmax, torch.float64).T
    return _worst(results[0], exact + before.double() if residual else exact)


def check_nf4(report: Report) -> list[Nf4Config]:
    """The configurations whose results are right."""
    right = []
    for config in _CONFIGS:
        cases: list[tuple[Any, ...]] = [(1, 208, 2048, DTYPE), (4, 208, 2048, DTYPE), (1, 4096, 11008, DTYPE)]
        if config in _CHOSEN:
            cases += [(8, 72, 704, DTYPE), (11, 64, 1024, DTYPE), (1, 208, 2048, torch.float16)]
            cases += [(1, 208, 2048, DTYPE, True)]
        errors = [
            _attempt(report, f"nf4 {config} {case}", lambda c=config, k=case: _nf4_error(c, *k)) for case in cases
        ]
        report.line("check_nf4", config=str(config), errors=errors)
        if all(error is not None and error < 0.01 for error in errors):
            right.append(config)
        else:
            report.say(f"WRONG {config}: {errors}")
    report.say(f"nf4: {len(right)} of {len(_CONFIGS)} configurations right, {report.elapsed():.0f} s")
    return right


def check_small(report: Report) -> None:
    """RMSNorm, SwiGLU, RoPE and attention against the reference."""
    errors = [_attempt(report, "rms_norm", _rms_error), _attempt(report, "silu_mul", _silu_error)]
    for case in ((1, 32, 32, 128, 0), (5, 64, 8, 128, 1500), (8, 64, 8, 128, 63), (2, 8, 4, 64, 300)):
        found = _attempt(report, f"attention {case}", lambda k=case: _attention_errors(*k))
        errors += [None] if found is None else found
    wrong = [error for error in errors if error is None or error > 0.01]
    report.line("check_small", errors=errors)
    report.say(f"small kernels, attention: {'right' if not wrong else f'WRONG {errors}'}")


def _rms_error() -> float:
    x, delta = torch.randn(5, 8192, device=DEVICE, dtype=DTYPE), torch.randn(5, 8192, device=DEVICE, dtype=DTYPE)
    weight, out = torch.rand(8192, device=DEVICE).to(DTYPE), torch.empty(5, 8192, device=DEVICE, dtype=DTYPE)
    expected = reference.rms_norm(x + delta, weight, 1e-5)
    total = x + delta
    rms_norm(x, weight, 1e-5, out, delta)
    return max(_worst(out, expected), _worst(x, total))


def _silu_error() -> float:
    gate_up = torch.randn(3, 22016, device=DEVICE, dtype=DTYPE) * 3
    out = torch.empty(3, 11008, device=DEVICE, dtype=DTYPE)
    return _worst(silu_mul(gate_up, out), reference.silu_mul(gate_up))


def _attention_errors(rows: int, heads: int, kv_heads: int, dim: int, position: int) -> list[float]:
    capacity = 2048
    qkv = torch.randn(rows, (heads + 2 * kv_heads) * dim, device=DEVICE, dtype=DTYPE)
    keys, values = (torch.randn(capacity, kv_heads, dim, device=DEVICE, dtype=DTYPE) for _ in range(2))
    angle = torch.rand(capacity, dim // 2, device=DEVICE) * 6
    at = torch.tensor([position], device=DEVICE)
    q = torch.empty(rows, heads, dim, device=DEVICE, dtype=DTYPE)
    rope_append(qkv, angle.cos(), angle.sin(), at, keys, values, q)
    here = slice(position, position + rows)
    parts = qkv.view(rows, -1, dim)
    turned = reference.rope(parts[:, : heads + kv_heads], angle[here].cos(), angle[here].sin())
    count = torch.cuda.get_device_properties(DEVICE).multi_processor_count
    scratch = attention_scratch(rows, heads, dim, attention_splits(capacity, kv_heads, count), DEVICE)
    out = decode_attention(q, keys, values, at, torch.empty_like(q), scratch)
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


def time_bnb(report: Report, name: str, weights: list[Nf4Weight]) -> float | None:
    """bitsandbytes' product of one row, microseconds."""
    x = torch.randn(1, _SHAPES[name][1], device=DEVICE, dtype=DTYPE)
    us = _attempt(report, f"bnb {name}", lambda: graph_us(lambda: [bnb_linear(x, w) for w in weights], len(weights)))
    report.line("bnb", shape=name, us=us)
    return us


def time_nf4(report: Report, name: str, weights: list[Nf4Weight], config: Nf4Config) -> float | None:
    """Our product of one row, microseconds."""
    columns, depth = _SHAPES[name]
    x = torch.randn(1, depth, device=DEVICE, dtype=DTYPE)
    out = torch.empty(1, columns, device=DEVICE, dtype=DTYPE)
    table = nf4_table(DTYPE, DEVICE)

    def calls() -> None:
        for w in weights:
            nf4_linear(x, w.packed, w.absmax, table, out, config)

    us = _attempt(report, f"nf4 {name} {config}", lambda: graph_us(calls, len(weights)))
    report.line("nf4", shape=name, config=str(config), us=us)
    return us


def sweep(report: Report, right: list[Nf4Config], read_gbps: float) -> dict[str, Nf4Config]:
    """Time all right configurations on all shapes, one row; return the best of each."""
    times: dict[str, dict[Nf4Config, float]] = {}
    bnb: dict[str, float] = {}
    for name, size in _SHAPES.items():
        if not report.has_time():
            report.say(f"out of time before {name}")
            break
        weights = _weights(*size)
        bnb[name] = time_bnb(report, name, weights) or 0.0
        times[name] = {c: us for c in right if (us := time_nf4(report, name, weights, c)) is not None}
    best = {name: min(found, key=lambda c: found[c]) for name, found in times.items() if found}
    count = torch.cuda.get_device_properties(DEVICE).multi_processor_count
    _say_row(report, "microseconds, one row", list(best))
    for config in right:
        cells = []
        for name in best:
            mark = "*" if config == best[name] else "c" if config == choose_config(*_SHAPES[name], count) else " "
            cells.append(f"{times[name].get(config, 0):.1f}{mark}")
        shape = f"{config.block_n}/{config.split}/{config.warps}/{config.stages}"
        _say_row(report, f"{shape} {config.unpacking}{' wide' if config.wide else ''}", cells)
    _say_row(report, "bitsandbytes", [f"{bnb[name]:.1f} " for name in best])
    _say_row(report, "bound (reading)", [f"{_moved_bytes(*_SHAPES[name]) / read_gbps / 1000:.1f} " for name in best])
    report.say(f"(* best, c chosen by choose_config where another is best) {report.elapsed():.0f} s")
    return best


def _say_row(report: Report, title: str, cells: list[str]) -> None:
    report.say(f"{title:24}" + "".join(f"{cell:>13}" for cell in cells))


def time_attention(report: Report, read_gbps: float) -> None:
    """Attention of one row at one length; the bound is the reading of keys and values."""
    count = torch.cuda.get_device_properties(DEVICE).multi_processor_count
    length = 4096
    for shape in (SHAPE_7B, SHAPE_34B):
        bound = length * shape.kv_heads * (shape.hidden // shape.heads) * 4 / read_gbps / 1000
        us = _attention_us(shape, 1, length, attention_splits(length, shape.kv_heads, count))
        report.line("attention", model=shape.name, length=length, us=us, bound_us=bound)
        report.say(f"attention {shape.name} L={length}: {us:.1f} us, bound {bound:.1f}")


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


def time_stack(report: Report, shape: Shape, best: dict[str, Nf4Config], read_gbps: float) -> None:
    """A whole step as one graph: torch and bitsandbytes, our kernels as chosen, our kernels at their best."""
    for rows in (1, 4):
        stack = Stack(shape, rows, 512, 1024)
        chosen = stack.configs
        found = {linear: best.get(f"{shape.name} {linear}", config) for linear, config in chosen.items()}
        ways: dict[str, tuple[dict[str, Nf4Config], Callable[[], torch.Tensor]]] = {
            "torch+bnb": (chosen, stack.torch_step),
            "chosen": (chosen, stack.triton_step),
            "best": (found, stack.triton_step),
        }
        bound = stack.bytes_per_step() / read_gbps / 1000
        expected = stack.torch_step()
        for way, (configs, step) in ways.items():
            stack.configs = configs
            us = _attempt(report, f"stack {shape.name} {way}", lambda s=step: graph_us(s, 1))
            if us is not None:
                error = _worst(step(), expected)
                report.line("stack", model=shape.name, rows=rows, way=way, us=us, bound_us=bound, error=error)
                report.say(
                    f"{shape.name} M={rows} {way:10} {us:7.0f} us/step {1e6 / us:5.0f} /s  {bound / us:.0%} of reading"
                    f"  logits off by {error:.4f}"
                )
        del stack
        torch.cuda.empty_cache()


# ---- compiling


def _compile_share(share: int, shares: int) -> None:
    """Launch every `shares`-th kernel once, so that its binary is in Triton's cache."""
    depths = [depth for _, depth in (SHAPE_7B.linears()["o"], SHAPE_7B.linears()["down"], SHAPE_34B.linears()["down"])]
    jobs = [(config, 1, depth, False) for depth in depths for config in _CONFIGS]
    jobs += [(config, 4, 2048, False) for config in _CONFIGS]
    jobs += [(config, rows, depth, True) for config in _CHOSEN for depth in depths for rows in (1, 4)]
    for config, rows, depth, residual in jobs[share::shares]:
        packed = torch.empty(64, depth // 2, dtype=torch.uint8, device=DEVICE)
        absmax = torch.zeros(64 * depth // 64, device=DEVICE)
        x, out = (torch.zeros(rows, size, device=DEVICE, dtype=DTYPE) for size in (depth, 64))
        try:
            nf4_linear(x, packed, absmax, nf4_table(DTYPE, DEVICE), out, config, out if residual else None)
        except Exception as error:  # noqa: BLE001 - the check in the main process reports it
            sys.stderr.write(f"compile {config}: {error!r}\n")


def _start_compilers() -> list[subprocess.Popen[bytes]]:
    shares = max(1, min(12, (os.cpu_count() or 2) - 2))
    command = [sys.executable, "-m", "tests.gpu.bench_decode_kernels", "--out", os.devnull]
    return [
        subprocess.Popen([*command, "--compile", f"{i}/{shares}"], stderr=subprocess.DEVNULL) for i in range(shares)
    ]


def main() -> int:
    """Run the checks and times that fit into the seconds given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--compile", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    if arguments.compile:
        share, shares = arguments.compile.split("/")
        _compile_share(int(share), int(shares))
        return 0
    report = Report(arguments.out, arguments.seconds)
    compilers = _start_compilers()
    read_gbps = machine(report)
    check_small(report)
    for compiler in compilers:
        compiler.wait()
    report.say(f"compiled after {report.elapsed():.0f} s")
    best = sweep(report, check_nf4(report), read_gbps)
    sections: list[tuple[str, Callable[[], None]]] = [
        ("stack 7B", lambda: time_stack(report, SHAPE_7B, best, read_gbps)),
        ("stack 34B", lambda: time_stack(report, SHAPE_34B, best, read_gbps)),
        ("attention", lambda: time_attention(report, read_gbps)),
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
