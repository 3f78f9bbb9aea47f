"""What this computer's processor and memory are, as Linux tells it in /proc and /sys.

Linux only; elsewhere every function falls back to what the standard library knows.
"""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY_INFO = Path("/proc/meminfo")
_OWN_STATUS = Path("/proc/self/status")
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
    """Memory that programs can still take, caches given back included; 0 where it is not known."""
    return _kilobytes(_MEMORY_INFO, "MemAvailable") * 1024


def memory_bytes() -> int:
    """All of this computer's memory; 0 where it is not known."""
    return _kilobytes(_MEMORY_INFO, "MemTotal") * 1024


def own_bytes() -> int:
    """Memory that this process holds and files don't back; 0 where it is not known."""
    return _kilobytes(_OWN_STATUS, "RssAnon") * 1024


def _kilobytes(path: Path, field: str) -> int:
    try:
        found = re.search(rf"^{field}:\s*(\d+) kB$", path.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found.group(1)) if found else 0


def _physical_cores() -> int:
    """Cores, each counted once however many threads it runs: a matrix product gains nothing by a second one."""
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
