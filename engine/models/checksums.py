"""Checksums of a 4-bit copy's tensors, made while it is written and compared while it is read.

A copy may stay on the disk for years, and nothing else would notice a changed byte: answers would only get worse. The
file is our own, so CRC-32 suffices (zlib: 4 GB a second on one thread, beside the reading).
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.regular_files import read_regular

NAME = "checksums.json"
_MAX_BYTES = 8 << 20


def checksum_of(name: str, dtype: str, dims: Sequence[int], content: memoryview) -> int:
    """The checksum of a tensor: of its bytes and of its entry in the file's header."""
    return zlib.crc32(content, zlib.crc32(f"{name} {dtype} {tuple(dims)}".encode()))


def read_checksums(folder: Path) -> Mapping[str, int]:
    """The checksums of a copy by the names of its tensors. Raises LacunaError MODEL_INVALID if it has none."""
    try:
        sums = json.loads(read_regular(folder / NAME, _MAX_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(f"its {NAME} can't be read") from error
    if not isinstance(sums, dict):
        raise damaged(f"its {NAME} makes no sense")
    return sums


def damaged(why: str) -> LacunaError:
    """The error for a copy that has changed since it was written."""
    return LacunaError(ErrorCode.MODEL_INVALID, f"The 4-bit copy is damaged: {why}.", "It is made again.")
