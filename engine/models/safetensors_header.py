"""Reads the header of a safetensors file, and checks the file's length against it.

A header is 8 bytes of length, then JSON with each tensor's type, shape and offsets. A download that was cut off keeps
its header, so a short file is detected without reading the weights.
"""

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.models.model_files import refuse_pointer, unreadable
from engine.regular_files import open_regular, read_start
from engine.shown import path_text

# The format allows 100 MB. The largest network that is loaded here (512 layers) has 7,000 tensors in 1 MB of JSON.
MAX_HEADER_BYTES = 16 << 20
_ELEMENT_BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_MOST_DIMS = 8
_LARGEST = 1 << 48  # of a size or a place in a file
_LENGTH_BYTES = 8
AGAIN = "Download this file again, or choose another folder."


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor as its file's header describes it; `start` is where in the file its bytes begin."""

    dtype: str
    dims: tuple[int, ...]
    start: int = field(default=0, compare=False)

    @property
    def stored_as(self) -> str:
        """The number format in the file, for the person."""
        return self.dtype

    @property
    def size_bytes(self) -> int:
        """What a tensor of a type that is loaded takes when it is read."""
        return math.prod(self.dims) * _ELEMENT_BYTES[self.dtype]


def read_header(path: Path, most_bytes: int = MAX_HEADER_BYTES) -> dict[str, StoredTensor]:
    """What a safetensors file holds; MODEL_INVALID where it is damaged, shorter than its header promises, or the header
    itself has more than `most_bytes`.
    """
    try:
        with open_regular(path) as file:
            size_bytes = os.fstat(file.fileno()).st_size
            start = read_start(file, 64)
            refuse_pointer(path.name, start)
            header_bytes = int.from_bytes(start[:_LENGTH_BYTES], "little")
            if header_bytes > most_bytes or header_bytes > size_bytes - _LENGTH_BYTES:
                raise damaged(f"{path_text(path.name)} is cut short or damaged: its header is not all there.")
            file.seek(_LENGTH_BYTES)
            header = json.loads(read_start(file, header_bytes))
    except OSError as error:
        raise unreadable(path, error) from None
    except (ValueError, RecursionError):
        raise damaged(f"{path_text(path.name)} is damaged: its header cannot be understood.") from None
    return _tensors(path_text(path.name), header, _LENGTH_BYTES + header_bytes, size_bytes)


def damaged(sentence: str, next_step: str = AGAIN) -> LacunaError:
    """The error for an unusable file of weights."""
    return LacunaError(ErrorCode.MODEL_INVALID, sentence, next_step)


def _tensors(file_name: str, header: object, data_start: int, size_bytes: int) -> dict[str, StoredTensor]:
    data_bytes = size_bytes - data_start
    if not isinstance(header, dict):
        raise damaged(f"{file_name} is damaged: its header cannot be understood.")
    tensors: dict[str, StoredTensor] = {}
    spans: list[tuple[int, int]] = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        described = _describe(entry)
        if described is None:
            raise damaged(
                f"{file_name} is damaged: the entry of {path_text(name[:80])} in its header contradicts itself."
            )
        dtype, dims, start, stop = described
        tensors[name] = StoredTensor(dtype, dims, data_start + start)
        spans.append((start, stop))
    promised_bytes = max((stop for _, stop in spans), default=0)
    if promised_bytes > data_bytes:
        raise damaged(
            f"{file_name} is cut short: it holds {data_bytes:,} of {promised_bytes:,} bytes of weights; "
            "the download probably broke off."
        )
    if promised_bytes < data_bytes or not _follow_each_other(spans):
        raise damaged(f"{file_name} is damaged: its header does not describe the bytes that follow it.")
    return tensors


def _describe(entry: object) -> tuple[str, tuple[int, ...], int, int] | None:
    """Type, sizes, start and stop of a tensor; None if they make no sense."""
    if not isinstance(entry, dict):
        return None
    dtype, dims, span = entry.get("dtype"), _sizes(entry.get("shape")), _sizes(entry.get("data_offsets"))
    if not isinstance(dtype, str) or dims is None or span is None or len(span) != 2:
        return None
    start, stop = span
    return (dtype, dims, start, stop) if start <= stop and _fills(dtype, dims, stop - start) else None


def _sizes(values: object) -> tuple[int, ...] | None:
    """Whole numbers that can be sizes or places; a JSON number may also be 1e999, true or beyond any file."""
    if not isinstance(values, list) or len(values) > _MOST_DIMS:
        return None
    found = tuple(value for value in values if type(value) is int and 0 <= value < _LARGEST)
    return found if len(found) == len(values) else None


def _follow_each_other(spans: list[tuple[int, int]]) -> bool:
    """Whether tensors neither overlap nor leave holes; the format forbids both, and both can hide data."""
    position = 0
    for start, stop in sorted(spans):
        if start != position:
            return False
        position = stop
    return True


def _fills(dtype: str, dims: tuple[int, ...], span_bytes: int) -> bool:
    """Whether a tensor of these sizes takes exactly its span; types that aren't loaded anyway are not judged."""
    element_bytes = _ELEMENT_BYTES.get(dtype)
    return element_bytes is None or math.prod(dims) * element_bytes == span_bytes
