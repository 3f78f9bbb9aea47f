"""The log of terminal commands: a file of its own, made when there is something to say; standard error stays clean."""

import logging
from pathlib import Path

from app.log_file import LogFile

_KEPT_FILES = 1


class TerminalLog:
    """While entered, warnings and errors of this process go to `terminal.log` in a folder, Python's warnings too."""

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
