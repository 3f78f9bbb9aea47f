"""What this computer's processor and memory are. Instruction sets and cores are read where Linux tells them."""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

import psutil

_CPU_INFO = Path("/proc/cpuinfo")
_TOPOLOGY = Path("/sys/devices/system/cpu")


@dataclass(frozen=True, slots=True)
class Processor:
    """`flags` are the instruction sets' names in /proc/cpuinfo; `cores` are physical ones this process may use."""

    name: str
    flags: frozenset[str]
    cores: int


def read_processor() -> Processor:
    """The processor of this computer."""
    try:
        info = _CPU_INFO.read_text(errors="replace")
    except OSError:
        info = ""
    name = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    flags = re.search(r"^flags\s*:\s*(.+)$", info, re.MULTILINE)
    return Processor(
        name=name.group(1).strip() if name else platform.processor() or platform.machine(),
        flags=frozenset(flags.group(1).split()) if flags else frozenset(),
        cores=_physical_cores(),
    )


def available_bytes() -> int:
    """Memory that programs can still take, caches given back included."""
    return psutil.virtual_memory().available


def memory_bytes() -> int:
    """All of this computer's memory."""
    return psutil.virtual_memory().total


def own_bytes() -> int:
    """Memory that this process holds and files don't back: what is resident, less what is shared with files."""
    held = psutil.Process().memory_info()
    return held.rss - getattr(held, "shared", 0)  # only Linux tells what is shared


def _physical_cores() -> int:
    """The number of physical cores, since a matrix product gains nothing from a core's second thread."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:
        return os.cpu_count() or 1
    siblings = set()
    for number in usable:
        path = _TOPOLOGY / f"cpu{number}" / "topology" / "thread_siblings_list"
        try:
            siblings.add(path.read_text().strip())
        except OSError:
            siblings.add(str(number))
    return len(siblings)
