"""The window's geometry from its last closing; losing it costs only a place on the screen."""

import logging
from pathlib import Path

from engine.disk import replace_file
from engine.json_records import read_small_file

_log = logging.getLogger(__name__)

_MAX_BYTES = 1 << 16


class WindowMemory:
    """A file of bytes whose format only ui/window/window_state.py knows."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> bytes:
        """The saved bytes; empty if there are none or they can't be read."""
        try:
            return read_small_file(self._file, _MAX_BYTES)
        except FileNotFoundError:
            return b""
        except OSError as error:
            _log.warning("the window's place can't be read (%s)", error)
            return b""

    def save(self, state: bytes) -> None:
        """Store the bytes for the next start."""
        try:
            replace_file(str(self._file), state, 0o600, durable=False)
        except OSError as error:
            _log.warning("the window's place can't be kept (%s)", error.strerror)
