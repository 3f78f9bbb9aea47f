"""Records which model licences the person accepted, and when, in a small JSON file of the profile."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from engine.disk import replace_file
from engine.errors import ErrorCode, LacunaError
from engine.json_records import parse_object, read_small_file

_MAX_BYTES = 1 << 20

_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class AcceptedLicences:
    """Reads and writes the file. An unreadable file counts as empty, so the person is asked again."""

    def __init__(self, file: Path, now: Callable[[], datetime] = _now) -> None:
        self._file = file
        self._now = now

    def when(self, name: str) -> str:
        """The time of acceptance in ISO 8601; "" if the licence was not accepted."""
        return self._read().get(name, "")

    def accept(self, name: str) -> None:
        """Record an acceptance; an earlier one is kept. Raises LacunaError FILE_NOT_SAVED."""
        accepted = self._read()
        if name in accepted:
            return
        accepted[name] = self._now().isoformat(timespec="seconds")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(str(self._file), json.dumps(accepted, indent=2).encode("ascii") + b"\n", 0o600)
        except OSError as error:
            raise LacunaError(
                ErrorCode.FILE_NOT_SAVED,
                f"That you accepted the {name} could not be noted ({error.strerror}).",
                "Free some space or check the folder's permissions, and accept it again.",
                repr(error),
            ) from None

    def _read(self) -> dict[str, str]:
        try:
            found = parse_object(read_small_file(self._file, _MAX_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _log.warning("the accepted licences can't be read (%s)", type(error).__name__)
            return {}
        return {name: when for name, when in found.items() if isinstance(when, str)}
