"""The conditions of the figures: processor or GPU, threads, versions, and this run's memory bandwidth."""

import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from app import __version__
from engine.models.processor import read_processor

_PACKAGES = ("torch", "transformers", "bitsandbytes", "triton")
_CPU_BYTES = 1 << 29  # far larger than a desktop's caches
_GPU_BYTES = 4 << 30


def describe_machine(device: torch.device) -> dict[str, object]:
    """The bench's first line."""
    processor = read_processor()
    line: dict[str, object] = {
        "row": "machine",
        "lacuna": __version__,
        "processor": processor.name,
        "cores": processor.cores,
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": str(device),
        "copy_gb_s": round(copy_gb_per_s(device), 1),
        "read_gb_s": round(read_gb_per_s(device), 1),
    }
    if device.type == "cuda":
        line["gpu"] = torch.cuda.get_device_name(device)
        line["cuda"] = torch.version.cuda
    return line | {name: _version(name) for name in _PACKAGES}


def copy_gb_per_s(device: torch.device) -> float:
    """Bytes read and written a second by torch's copy, best of five."""
    size_bytes = _GPU_BYTES if device.type == "cuda" else _CPU_BYTES
    source = torch.ones(size_bytes // 4, device=device)
    target = torch.empty_like(source)
    return 2 * size_bytes / _best_s(lambda: target.copy_(source), device) / 1e9


def read_gb_per_s(device: torch.device) -> float:
    """Bytes read a second by a sum, best of five."""
    size_bytes = _GPU_BYTES if device.type == "cuda" else _CPU_BYTES
    source = torch.ones(size_bytes // 4, device=device)
    return size_bytes / _best_s(source.sum, device) / 1e9


def synchronize(device: torch.device) -> None:
    """Wait until a device has finished its queued work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _best_s(run: Any, device: torch.device) -> float:
    run()
    times = []
    for _ in range(5):
        synchronize(device)
        start_s = time.perf_counter()
        run()
        synchronize(device)
        times.append(time.perf_counter() - start_s)
    return min(times)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
