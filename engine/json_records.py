"""Reads dataclasses from the program's own small JSON files, even if these are damaged.

A file may have been edited by hand, written by another version, or damaged by a disk. So it is read only if it is a
regular file of bounded size, and an invalid value costs only itself: its default replaces it, and a phrase about it is
noted. `json` parses, because msgspec refuses the lone surrogates that represent undecodable bytes of file names;
msgspec converts.
"""

import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

Record = TypeVar("Record")


def read_small_file(file: Path, most_bytes: int) -> bytes:
    """The bytes of a regular file (a link to one counts).

    Raises OSError if it can't be read, is larger than `most_bytes`, or is a pipe, folder or device (opening a pipe
    would wait for a writer for ever).
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{file.name} is not a regular file")
        if status.st_size > most_bytes:
            raise OSError(f"{file.name} is larger than {most_bytes} bytes")
        return opened.read(most_bytes)


def parse_object(data: bytes | str) -> Mapping[str, Any]:
    """A JSON object. Raises ValueError for anything else, and for one that is nested too deeply."""
    try:
        found = json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    return found


def read_record(kind: type[Record], found: Mapping[str, Any], faults: list[str], where: str = "") -> Record:
    """A dataclass from a JSON object; `faults` gets a phrase for each invalid value.

    Raises ValueError if a field without a default is missing or invalid.
    """
    hints = get_type_hints(kind)
    known: tuple[Field[Any], ...] = fields(kind)  # type: ignore[arg-type]  # no type says "a dataclass"
    faults.extend(f"{where}{name!r} is unknown" for name in found if name not in hints)
    required = [field.name for field in known if field.default is MISSING and field.default_factory is MISSING]
    if missing := [name for name in required if name not in found]:
        raise ValueError(f"{where}{missing[0]} is missing")
    record = kind(**{name: _convert(hints[name], found[name], faults, f"{where}{name}.") for name in required})
    for field in known:
        if field.name in found and field.name not in required:
            try:
                value = _convert(hints[field.name], found[field.name], faults, f"{where}{field.name}.")
                record = replace(record, **{field.name: value})  # type: ignore[type-var]
            except (ValueError, OverflowError):
                faults.append(f"{where}{field.name} can't be used")
    return record


def _convert(hint: Any, value: Any, faults: list[str], where: str) -> Any:
    """A value of the hinted type. Nested dataclasses, and those in a tuple, fall back field by field."""
    if row := _row_type(hint):
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ValueError(where)
        return tuple(_rows(row, value, faults, where))
    nested = next((kind for kind in (hint, *get_args(hint)) if is_dataclass(kind)), None)
    if nested is not None and isinstance(value, Mapping):
        return read_record(nested, value, faults, where)  # type: ignore[arg-type]  # narrowed to a type by the hint
    return msgspec.convert(value, hint)


def _row_type(hint: Any) -> Any:
    """The dataclass of a hint `tuple[Row, ...]`; None for other hints."""
    arguments = get_args(hint)
    is_rows = get_origin(hint) is tuple and len(arguments) == 2 and arguments[1] is Ellipsis
    return arguments[0] if is_rows and is_dataclass(arguments[0]) else None


def _rows(kind: Any, values: Sequence[Any], faults: list[str], where: str) -> list[Any]:
    """The valid rows; invalid ones are left out."""
    rows = []
    for value in values:
        try:
            if not isinstance(value, Mapping):
                raise ValueError(where)
            rows.append(read_record(kind, value, faults, where))
        except ValueError:
            faults.append(f"a row of {where.rstrip('.')} can't be used")
    return rows
