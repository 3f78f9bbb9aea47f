"""Settings on disk: versioned JSON, written atomically, read so that nothing in the file can prevent a start.

A value that can't be used is replaced by its default and the file is set aside, so that it can be looked at and nothing
of it is lost with the next save.
"""

import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from app.documents.saving import write_atomically
from engine.errors import ErrorCode, LacunaError
from engine.settings import ModelDefaults, Sampling, Settings

_VERSION = 1
_MAX_BYTES = 1 << 20
_POINTS = range(7, 29)  # the sizes that the settings dialog offers

Value = TypeVar("Value", Settings, Sampling, ModelDefaults)

_log = logging.getLogger(__name__)


class SettingsStore:
    """Reads and writes the settings file of a profile.

    Attributes: `set_aside`, where a file that could not be used as it was has been copied to.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set_aside = file.with_name(file.name + ".set-aside")

    def load(self) -> Settings:
        """What was saved last; a default for everything that is missing or can't be used. Never raises."""
        try:
            with self._file.open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            _log.warning("the settings can't be read (%s); the defaults are used", error.strerror)
            return Settings()
        settings, faults = read_settings(data)
        if faults:
            _log.warning("the settings file had faults and was set aside: %s", "; ".join(faults))
            self._set_aside()
        return settings

    def save(self, settings: Settings) -> None:
        """Replace the file. Raises LacunaError FILE_NOT_SAVED, and then the old file is what it was."""
        data = json.dumps({"version": _VERSION, **asdict(settings)}, indent=2).encode("ascii") + b"\n"
        try:
            write_atomically(str(self._file), data, 0o600)
        except OSError as error:
            raise LacunaError(
                ErrorCode.FILE_NOT_SAVED,
                f"The settings could not be saved ({error.strerror}); they hold until Lacuna is closed.",
                "Free some space or check the folder's permissions, then change a setting again.",
                repr(error),
            ) from None

    def _set_aside(self) -> None:
        try:
            shutil.copyfile(self._file, self.set_aside)
            self.set_aside.chmod(0o600)
        except OSError as error:
            _log.warning("the faulty settings could not be kept (%s)", error.strerror)


def read_settings(data: bytes) -> tuple[Settings, list[str]]:
    """Settings from a file's bytes, and a phrase for each part of it that can't be used."""
    faults: list[str] = []
    try:
        if len(data) > _MAX_BYTES:
            raise ValueError("it is too large")
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        return Settings(), [f"it is not JSON ({error})"]
    if not isinstance(found, dict):
        return Settings(), ["it is not a JSON object"]
    version = found.pop("version", None)
    if version != _VERSION:
        faults.append(f"its version is {version!r}, not {_VERSION}")
    return _read_fields(Settings(), found, faults), faults


def _read_fields(defaults: Value, found: Mapping[str, object], faults: list[str], where: str = "") -> Value:
    """`defaults` with every usable value of `found` in its place."""
    names = [field.name for field in fields(defaults)]
    faults.extend(f"{where}{name!r} is unknown" for name in found if name not in names)
    result = defaults
    for name in names:
        if name not in found:
            continue
        default, value = getattr(defaults, name), found[name]
        change: dict[str, Any] = {}
        try:
            if isinstance(default, Sampling) and isinstance(value, dict):
                change[name] = _read_fields(default, value, faults, f"{name}.")
            elif name == "model_defaults":
                change[name] = _read_defaults(value, faults)
            elif isinstance(defaults, ModelDefaults) and name == "chat":
                change[name] = _read_own_sampling(value, faults)
            else:
                change[name] = _read_value(name, default, value)
            result = replace(result, **change)
        except (ValueError, OverflowError):
            faults.append(f"{where}{name} can't be used")
    return result


def _read_defaults(value: object, faults: list[str]) -> tuple[ModelDefaults, ...]:
    """The defaults of single models; a row without a folder belongs to none. Raises ValueError where it is no list."""
    if not isinstance(value, list):
        raise ValueError("model_defaults")
    rows = [
        _read_fields(ModelDefaults(""), row, faults, "model_defaults.") if isinstance(row, dict) else ModelDefaults("")
        for row in value
    ]
    if not all(row.folder for row in rows):
        faults.append("a row of model_defaults names no folder")
    return tuple(row for row in rows if row.folder)


def _read_own_sampling(value: object, faults: list[str]) -> Sampling | None:
    """A model's own sampling, or None where it has none. Raises ValueError for anything else."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError("chat")
    return _read_fields(Sampling(), value, faults, "model_defaults.chat.")


def _read_value(name: str, default: object, value: Any) -> object:
    """A value of the default's kind. Raises ValueError or OverflowError where it is none."""
    match default, value:
        case StrEnum(), str():
            return type(default)(value)
        case (bool(), bool()) | (str(), str()) | (None, None):
            return value
        case (bool(), _) | (_, bool()):
            raise ValueError(name)
        case float(), int() | float():
            return float(value)
        case int() | None, int():
            if name.endswith("_pt") and value not in _POINTS:
                raise ValueError(name)
            return value
        case tuple(), list() if all(isinstance(item, str) for item in value):
            return tuple(value)
    raise ValueError(name)
