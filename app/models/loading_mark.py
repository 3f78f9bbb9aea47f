"""A mark on disk while a model is being loaded: one that is found at a start tells what ended the program."""

import contextlib
import logging
import os
from pathlib import Path

from engine.disk import replace_file
from engine.json_records import read_small_file

_MAX_BYTES = 1 << 14

_log = logging.getLogger(__name__)


class LoadingMark:
    """A file that holds the folder's path. Where the disk takes none, only the caution at the next start is lost."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, folder: Path) -> None:
        """This folder is about to be loaded; on the disk before the load begins."""
        try:
            replace_file(str(self._file), os.fsencode(folder), 0o600)
        except OSError as error:
            _log.warning("a crash of this load will not be noticed (%s)", error.strerror)

    def clear(self) -> None:
        """Nothing is being loaded."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def read(self) -> str:
        """What was being loaded when the program ended; "" where nothing was."""
        try:
            folder = os.fsdecode(read_small_file(self._file, _MAX_BYTES))
        except OSError:
            return ""
        return "" if "\0" in folder else folder  # a disk that lost power may have left zeros
