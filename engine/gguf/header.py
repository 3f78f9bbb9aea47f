"""Reads the header of a GGUF file: what it says of itself, and where in it each tensor lies.

Everything is checked against the file's size before it is read: counts, lengths, places, overlaps.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from engine.gguf.cursor import Cursor
from engine.gguf.faults import damaged, shown_name, unsupported
from engine.gguf.metadata import Value, read_metadata
from engine.gguf.packings import PACKINGS, Packing, name_of
from engine.gguf.scope import refuse_foreign
from engine.regular_files import open_regular

MAGIC = b"GGUF"
_MAGIC_OF_BIG_ENDIANS = b"FUGG"
_OLD_MAGICS = (b"lmgg", b"fmgg", b"tjgg", b"algg")  # before August 2023
_VERSIONS = (2, 3)
_MOST_ENTRIES, _MOST_TENSORS = 1 << 14, 1 << 13  # a 70B has 723 tensors
_LEAST_ENTRY_BYTES, _LEAST_TENSOR_BYTES = 8 + 4 + 1, 8 + 4 + 8 + 4 + 8
_MOST_NAME_BYTES, _MOST_DIMS, _MOST_WEIGHTS = 256, 4, 1 << 40
_ALIGNMENT, _MOST_ALIGNMENT = 32, 1 << 20


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """A tensor as it lies in its file. `dims` are in torch's order, the last of them runs fastest."""

    packing: Packing
    dims: tuple[int, ...]
    start: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A file whose header passed every check."""

    path: Path
    size_bytes: int
    metadata: Mapping[str, Value]
    tensors: Mapping[str, GgufTensor]


def is_gguf(path: Path) -> bool:
    """Whether a path leads to a file that calls itself GGUF, by its name or by how it begins."""
    if not path.is_file():
        return False
    if path.suffix.lower() == ".gguf":
        return True
    try:
        with open_regular(path) as stream:
            return stream.read(len(MAGIC)) in (MAGIC, _MAGIC_OF_BIG_ENDIANS)
    except OSError:
        return False


def read_header(path: Path) -> GgufFile:
    """What a GGUF file of a Llama holds.

    Raises LacunaError: MODEL_INVALID where the file is damaged or shorter than its header promises, UNSUPPORTED where
    it is sound and something that can't be loaded.
    """
    try:
        with BufferedReader(open_regular(path)) as stream:
            return _read(stream, path, os.fstat(stream.fileno()).st_size)
    except OSError as error:
        raise damaged(
            f"{shown_name(path)} cannot be read ({error.strerror}).", "Check the disk and the rights."
        ) from None


def _read(stream: BinaryIO, path: Path, size_bytes: int) -> GgufFile:
    name = shown_name(path)
    cursor = Cursor(stream, name, size_bytes)
    _check_beginning(cursor, name)
    count, entries = cursor.number("Q"), cursor.number("Q")
    if entries > min(_MOST_ENTRIES, cursor.left_bytes // _LEAST_ENTRY_BYTES):
        raise damaged(f"{name} is cut short or damaged: its header promises {entries:,} entries.")
    metadata = read_metadata(cursor, entries, name)
    refuse_foreign(metadata, name)
    if not 0 < count <= min(_MOST_TENSORS, cursor.left_bytes // _LEAST_TENSOR_BYTES):
        raise damaged(f"{name} is cut short or damaged: its header promises {count:,} tensors.")
    alignment = _alignment(metadata, name)
    found: dict[str, GgufTensor] = {}
    for _ in range(count):
        tensor = cursor.string(_MOST_NAME_BYTES)
        if tensor in found:
            raise damaged(f"{name} is damaged: its header names the tensor {tensor[:80]} twice.")
        found[tensor] = _read_tensor(cursor, tensor, alignment, name)
    data_start = cursor.at + -cursor.at % alignment
    placed = {tensor: _moved(entry, data_start) for tensor, entry in found.items()}
    _check_places(placed, size_bytes, data_start, name)
    return GgufFile(path, size_bytes, metadata, placed)


def _check_beginning(cursor: Cursor, name: str) -> None:
    if cursor.left_bytes < 24:
        raise damaged(f"{name} is cut short: it has {cursor.left_bytes} bytes.")
    magic = cursor.take(4)
    version = cursor.number("I")
    if magic == _MAGIC_OF_BIG_ENDIANS or (magic == MAGIC and version and not version & 0xFFFF):
        raise unsupported(
            f"{name} is written for big-endian computers, which these weights are not read for.",
            "Choose the ordinary, little-endian file.",
        )
    if magic in _OLD_MAGICS or (magic == MAGIC and version == 1):
        raise unsupported(
            f"{name} is in a format that llama.cpp gave up in 2023.", "Choose a newer GGUF file of this model."
        )
    if magic != MAGIC:
        raise damaged(f"{name} is no GGUF file: it does not begin with that word.")
    if version not in _VERSIONS:
        raise unsupported(
            f"{name} is GGUF of version {version}; versions 2 and 3 are read here.",
            "Choose a file of version 3, or a newer Lacuna.",
        )


def _alignment(metadata: Mapping[str, Value], name: str) -> int:
    value = metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(value, int) or not 8 <= value <= _MOST_ALIGNMENT or value % 8:
        raise damaged(f"{name} is damaged: it aligns its tensors to {str(value)[:80]}.")
    return value


def _read_tensor(cursor: Cursor, name: str, alignment: int, file_name: str) -> GgufTensor:
    """The tensor as its entry has it; `start` is counted from where the tensors begin."""
    count = cursor.number("I")
    if not 1 <= count <= _MOST_DIMS:
        raise damaged(f"{file_name} is damaged: the tensor {name[:80]} has {count:,} dimensions.")
    dims = tuple(cursor.number("Q") for _ in range(count))[::-1]
    kind, start = cursor.number("I"), cursor.number("Q")
    packing = PACKINGS.get(kind)
    if packing is None:
        raise unsupported(
            f"{file_name} holds weights of the type {name_of(kind)}, which are not read here.",
            "Choose a file with F16, Q8_0, Q6_K, Q5_K_M or Q4_K_M in its name.",
        )
    weights = math.prod(dims)
    if not 0 < weights <= _MOST_WEIGHTS or dims[-1] % packing.block_weights or start % alignment:
        raise damaged(f"{file_name} is damaged: the entry of {name[:80]} in its header contradicts itself.")
    return GgufTensor(packing, dims, start, weights // packing.block_weights * packing.block_bytes)


def _moved(tensor: GgufTensor, by: int) -> GgufTensor:
    return GgufTensor(tensor.packing, tensor.dims, tensor.start + by, tensor.size_bytes)


def _check_places(tensors: Mapping[str, GgufTensor], size_bytes: int, data_start: int, name: str) -> None:
    """Each tensor must end inside the file, and none begin before the one before it ends."""
    promised_bytes = max(tensor.start + tensor.size_bytes for tensor in tensors.values())
    if promised_bytes > size_bytes:
        raise damaged(
            f"{name} is cut short: it holds {max(0, size_bytes - data_start):,} of {promised_bytes - data_start:,} "
            "bytes of weights; the download probably broke off."
        )
    end = data_start
    for tensor in sorted(tensors.values(), key=lambda tensor: tensor.start):
        if tensor.start < end:
            raise damaged(f"{name} is damaged: tensors in it overlap.")
        end = tensor.start + tensor.size_bytes
