"""Checked access to the values of a model folder's JSON: numbers, flags and token ids."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import ErrorCode, LacunaError
from engine.shown import path_text

_MOST_IDS = 256


@dataclass(frozen=True, slots=True)
class ConfigValues:
    """Values by name; `source` names their file for the person, such as "config.json"."""

    fields: Mapping[str, object]
    source: str

    def size(self, name: str, most: int, default: int | None = None) -> int:
        """A whole number from 1 to `most`. Raises LacunaError MODEL_INVALID, like all methods here."""
        value = _whole(self.fields.get(name))
        if value is None and default is not None:
            value = default
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise self._senseless(name, value)
        return value

    def number(self, name: str, above: float, most: float, default: float | None = None) -> float:
        """A number above the first bound and at most the second."""
        value = self.fields.get(name)
        if value is None and default is not None:
            value = default
        if not isinstance(value, int | float) or isinstance(value, bool) or not above < value <= most:
            raise self._senseless(name, value)
        return float(value)

    def flag(self, name: str) -> bool:
        """True or false; False if nothing is stated."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._senseless(name, value)
        return bool(value)

    def ids(self, name: str) -> tuple[int, ...]:
        """One id or several: some folders list more than one end."""
        value = self.fields.get(name)
        found = token_ids(value)
        if found is None:
            raise self._senseless(name, value)
        return found

    def text(self, name: str) -> str:
        """A text; "" if there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def _senseless(self, name: str, value: object) -> LacunaError:
        return invalid(f"{self.source} gives {name} as {short(value)}, which makes no sense.")


def token_ids(value: object) -> tuple[int, ...] | None:
    """The ids that a JSON file states, as one number, several or none; None if it states something else."""
    values = [_whole(item) for item in (value if isinstance(value, list) else [] if value is None else [value])]
    found = tuple(item for item in values if isinstance(item, int) and not isinstance(item, bool) and item >= 0)
    return found if len(found) == len(values) <= _MOST_IDS else None


def _whole(value: object) -> object:
    """192.0 as 192, since some JSON writers know only floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def short(value: object) -> str:
    """A foreign value for a sentence: shortened, not nested deeply, and showable."""
    match value:
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
        case str():
            text = path_text(value[:78])
        case _:
            text = json.dumps(value)[:78]
    return text if len(text) <= 77 else text[:77] + "..."


def invalid(sentence: str, detail: str = "") -> LacunaError:
    """The error for a folder with invalid files."""
    next_step = "Download the model again, or choose another folder."
    return LacunaError(ErrorCode.MODEL_INVALID, sentence, next_step, detail)
