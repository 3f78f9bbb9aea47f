"""A mark on disk while a model is being loaded. Found at a start, it names the load that ended the program."""

import contextlib
import logging
import os
from pathlib import Path

from engine.disk import replace_file
from engine.json_records import read_small_file

_MAX_BYTES = 1 << 14

_log = logging.getLogger(__name__)


class LoadingMark:
    """A file that holds the folder's path. If it can't be written, only the caution at the next start is lost."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, folder: Path) -> None:
        """Note that this folder is about to be loaded; synced to the disk before the load begins."""
        try:
            replace_file(str(self._file), os.fsencode(folder), 0o600)
        except OSError as error:
            _log.warning("a crash of this load will not be noticed (%s)", error.strerror)

    def clear(self) -> None:
        """Remove the mark."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def read(self) -> str:
        """The folder that was being loaded when the program ended; "" if none was."""
        try:
            folder = os.fsdecode(read_small_file(self._file, _MAX_BYTES))
        except OSError:
            return ""
        return "" if "\0" in folder else folder  # a power cut may leave zeros in the file
