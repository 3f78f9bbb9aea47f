"""The log of terminal commands: a separate file, created with its first record; standard error stays clean."""

import logging
from pathlib import Path

from app.host.log_file import LogFile

_KEPT_FILES = 1


class TerminalLog:
    """While entered, this process's warnings and errors, Python's warnings too, go to `terminal.log` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._handler = LogFile(folder / "terminal.log", _KEPT_FILES)

    def __enter__(self) -> "TerminalLog":
        logging.getLogger().addHandler(self._handler)
        logging.captureWarnings(True)
        return self

    def __exit__(self, *_: object) -> None:
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
