"""Where the window stood when it was closed; losing it costs nothing but a place on the screen."""

import logging
from pathlib import Path

from engine.disk import replace_file
from engine.json_records import read_small_file

_log = logging.getLogger(__name__)

_MAX_BYTES = 1 << 16


class WindowMemory:
    """A file of bytes that only the window can read (ui/window/window_state.py)."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> bytes:
        """What was saved last; nothing where there is nothing or it can't be read."""
        try:
            return read_small_file(self._file, _MAX_BYTES)
        except FileNotFoundError:
            return b""
        except OSError as error:
            _log.warning("the window's place can't be read (%s)", error)
            return b""

    def save(self, state: bytes) -> None:
        """Keep it for the next start."""
        try:
            replace_file(str(self._file), state, 0o600, durable=False)
        except OSError as error:
            _log.warning("the window's place can't be kept (%s)", error.strerror)
