"""The metadata in a GGUF header: names with values. Arrays are left in the file until somebody asks for them."""

import array
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.gguf.cursor import Cursor
from engine.gguf.faults import damaged, shown_name
from engine.regular_files import open_regular, read_start

_MOST_KEY_BYTES = 65_535  # the format's own limit
_MOST_TEXT_BYTES = 1 << 20  # a longer string is nothing that is used here
_STRING, _ARRAY = 8, 9
_BOOL = 7
_CODES: Mapping[int, str] = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 10: "Q", 11: "q", 12: "d"}
_SIZES: Mapping[int, int] = {kind: struct.calcsize(f"<{code}") for kind, code in _CODES.items()} | {_BOOL: 1}


@dataclass(frozen=True, slots=True)
class StoredArray:
    """An array of strings or numbers, known to lie in the file as a whole; `kind` is the format's number."""

    kind: int
    count: int
    start: int
    stop: int


Value = int | float | bool | str | StoredArray


def read_metadata(cursor: Cursor, count: int, name: str) -> dict[str, Value]:
    """So many entries of the file called `name`. Raises LacunaError MODEL_INVALID."""
    found: dict[str, Value] = {}
    for _ in range(count):
        key = cursor.string(_MOST_KEY_BYTES)
        if key in found:
            raise damaged(f"{name} is damaged: its header says {key[:80]} twice.")
        value = _read_value(cursor, cursor.number("I"), name)
        if value is not None:
            found[key] = value
    return found


def read_strings(path: Path, stored: StoredArray) -> list[bytes]:
    """The strings of an array as they are in the file. Raises LacunaError MODEL_INVALID, OSError."""
    if stored.kind != _STRING:
        raise damaged(f"{shown_name(path)} is damaged: its vocabulary is not made of texts.")
    content = _read_span(path, stored)
    strings = []
    at = 0
    for _ in range(stored.count):
        length = int.from_bytes(content[at : at + 8], "little")
        at += 8 + length
        strings.append(content[at - length : at])
    return strings


def read_numbers(path: Path, stored: StoredArray) -> "array.array[int] | array.array[float]":
    """The numbers of an array. Raises LacunaError MODEL_INVALID, OSError."""
    if stored.kind not in _CODES:
        raise damaged(f"{shown_name(path)} is damaged: a list in its header is not made of numbers.")
    code = _CODES[stored.kind]
    numbers: array.array[int] | array.array[float] = array.array(code)
    numbers.frombytes(_read_span(path, stored))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _read_value(cursor: Cursor, kind: int, name: str) -> Value | None:
    """One value; None for a text that is too long to be of use."""
    if kind in _CODES:
        (number,) = struct.unpack(f"<{_CODES[kind]}", cursor.take(_SIZES[kind]))
        return float(number) if isinstance(number, float) else int(number)
    if kind == _BOOL:
        return cursor.take(1) != b"\0"
    if kind == _STRING:
        length = cursor.number("Q")
        if length > _MOST_TEXT_BYTES:
            cursor.skip(length)
            return None
        return cursor.take(length).decode("utf-8", "replace")
    if kind == _ARRAY:
        return _read_array(cursor, name)
    raise damaged(f"{name} is damaged: a value in its header is of the unknown kind {kind}.")


def _read_array(cursor: Cursor, name: str) -> StoredArray:
    kind, count = cursor.number("I"), cursor.number("Q")
    start = cursor.at
    if kind == _STRING:
        if count * 8 > cursor.left_bytes:
            raise damaged(f"{name} is cut short or damaged: a list in its header is not all there.")
        cursor.skip_strings(count)
    elif kind in _SIZES:
        cursor.skip(count * _SIZES[kind])
    else:
        raise damaged(f"{name} is damaged: a list in its header is of the unknown kind {kind}.")
    return StoredArray(kind, count, start, cursor.at)


def _read_span(path: Path, stored: StoredArray) -> bytes:
    with open_regular(path) as stream:
        stream.seek(stored.start)
        content = read_start(stream, stored.stop - stored.start)
    if len(content) != stored.stop - stored.start:
        raise damaged(f"{shown_name(path)} became shorter while it was read.")
    return content
