"""Settings on disk: versioned JSON, written atomically. Nothing in the file can prevent a start.

An invalid value is replaced by its default, and a copy of the file is set aside, so that the next save loses nothing.
"""

import json
import logging
import os
import shutil
from dataclasses import asdict
from pathlib import Path

from engine.disk import replace_file
from engine.errors import ErrorCode, LacunaError
from engine.json_records import parse_object, read_record, read_small_file
from engine.settings import Settings

_VERSION = 1
_MAX_BYTES = 1 << 20

_log = logging.getLogger(__name__)


class SettingsStore:
    """Reads and writes the settings file of a profile.

    Attributes: `set_aside`, the copy of a file that held invalid values.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set_aside = file.with_name(file.name + ".set-aside")

    def load(self) -> Settings:
        """The saved settings, with defaults for missing and invalid values. Never raises."""
        try:
            data = read_small_file(self._file, _MAX_BYTES)
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            _log.warning("the settings can't be read (%s); the defaults are used", error)
            return Settings()
        settings, faults = read_settings(data)
        if faults:
            _log.warning("the settings file had faults and was set aside: %s", "; ".join(faults))
            self._set_aside()
        return settings

    def save(self, settings: Settings) -> None:
        """Replace the file. Raises LacunaError FILE_NOT_SAVED; the old file is then unchanged."""
        data = json.dumps({"version": _VERSION, **asdict(settings)}, indent=2).encode("ascii") + b"\n"
        try:
            replace_file(os.path.realpath(self._file), data, 0o600)  # a link of the person's is followed, not replaced
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
    """Settings from a file's bytes, and a phrase for each invalid part."""
    try:
        found = dict(parse_object(data))
    except ValueError as error:
        return Settings(), [str(error)]
    faults: list[str] = []
    version = found.pop("version", None)
    if version != _VERSION:
        faults.append(f"its version is {version!r}, not {_VERSION}")
    return read_record(Settings, found, faults), faults
