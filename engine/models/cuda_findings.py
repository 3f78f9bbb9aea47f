"""Gathers facts about NVIDIA GPUs: from torch, from the driver (NVML), and from the PCI bus.

`find_cuda` only gathers; machine.py interprets, so that every state can be tested on any machine. NVML needs a working
driver; without one, the PCI bus and the kernel module's version line are read.
"""

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pynvml

_DRIVER_VERSION = Path("/proc/driver/nvidia/version")
_PCI_DEVICES = Path("/sys/bus/pci/devices")
_NVIDIA_VENDOR = "0x10de"
_DISPLAY_CLASS = "0x03"  # VGA and 3D controllers; a card's sound and USB functions have other PCI classes


@dataclass(frozen=True, slots=True)
class FoundGpu:
    """A GPU that CUDA lists. `has_kernels`: this torch has code for it. Free bytes count what torch would give back."""

    index: int
    name: str
    capability: tuple[int, int]
    has_kernels: bool
    multiprocessors: int
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class CudaFindings:
    """`said` is torch's first line about why CUDA did not start, "" where it said nothing.

    `driver_version` is "" where no driver is loaded; `cards` counts NVIDIA's display devices;
    `is_hidden`: CUDA_VISIBLE_DEVICES hides every GPU from this process.
    """

    has_cuda_build: bool
    said: str = ""
    driver_version: str = ""
    cards: int = 0
    is_hidden: bool = False
    gpus: tuple[FoundGpu, ...] = ()


def find_cuda() -> CudaFindings:
    """Gather the facts. Imports torch, and initialises CUDA if there is any."""
    import torch

    gpus, said = _start_cuda() if torch.version.cuda is not None else ((), "")
    driver_version, cards = ask_driver(pynvml)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return CudaFindings(
        has_cuda_build=torch.version.cuda is not None,
        said=said,
        driver_version=driver_version or _driver_version(_DRIVER_VERSION),
        cards=max(cards, count_cards(_PCI_DEVICES)),
        is_hidden=visible is not None and not re.match(r"\s*(\d|GPU-|MIG-)", visible),
        gpus=gpus,
    )


def has_kernels(capability: tuple[int, int], built_for: list[str]) -> bool:
    """Whether a torch built for these targets (`sm_80`, `compute_90`) has code for a GPU.

    Machine code runs on the same major version from its minor version on; `compute_` is compiled for anything later.
    """
    for target in built_for:
        kind, _, number = target.partition("_")
        digits = number.rstrip("af")
        if not digits.isdigit():
            continue
        version = (int(digits[:-1] or 0), int(digits[-1]))
        if version <= capability and (kind == "compute" or version[0] == capability[0]):
            return True
    return False


def ask_driver(nvml: Any) -> tuple[str, int]:
    """The driver's version and how many cards it has, as NVML tells; ("", 0) if it does not start."""
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return "", 0
    try:
        return str(nvml.nvmlSystemGetDriverVersion()), int(nvml.nvmlDeviceGetCount())
    except nvml.NVMLError:
        return "", 0
    finally:
        nvml.nvmlShutdown()


def count_cards(devices: Path) -> int:
    """NVIDIA display devices in a folder laid out as /sys/bus/pci/devices; 0 if there is no such folder."""
    return sum(
        _line(device / "vendor") == _NVIDIA_VENDOR and _line(device / "class").startswith(_DISPLAY_CLASS)
        for device in (devices.iterdir() if devices.is_dir() else ())
    )


def _driver_version(path: Path) -> str:
    """`550.54.15` out of the kernel module's own line about itself."""
    found = re.search(r"\b(\d{3,}\.\d+(?:\.\d+)?)\b", _line(path))
    return found.group(1) if found else ""


def _line(path: Path) -> str:
    try:
        return path.read_text(errors="replace").split("\n", 1)[0].strip()
    except OSError:
        return ""


def _start_cuda() -> tuple[tuple[FoundGpu, ...], str]:
    """The GPUs, or CUDA's message if it fails."""
    import torch

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if not available:
        return (), next((_first_line(str(item.message)) for item in caught), "")
    try:
        return tuple(_find_gpu(index) for index in range(torch.cuda.device_count())), ""
    except RuntimeError as error:
        return (), _first_line(str(error))


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0][:300]


def _find_gpu(index: int) -> FoundGpu:
    import torch

    properties = torch.cuda.get_device_properties(index)
    capability = (properties.major, properties.minor)
    free_bytes, total_bytes = torch.cuda.mem_get_info(index)
    return FoundGpu(
        index=index,
        name=properties.name,
        capability=capability,
        has_kernels=has_kernels(capability, torch.cuda.get_arch_list()),
        multiprocessors=properties.multi_processor_count,
        free_bytes=free_bytes + torch.cuda.memory_reserved(index),
        total_bytes=total_bytes,
    )
