"""The log of terminal commands: a file of its own, made when there is something to say; standard error stays clean."""

import logging
import logging.handlers
from io import TextIOWrapper
from pathlib import Path

_MAX_BYTES = 1 << 20
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class TerminalLog:
    """While entered, warnings and errors of this process go to `terminal.log` in a folder, Python's warnings too."""

    def __init__(self, folder: Path) -> None:
        self._handler = _LateFile(folder / "terminal.log", maxBytes=_MAX_BYTES, backupCount=1, delay=True)
        self._handler.setFormatter(logging.Formatter(_FORMAT))

    def __enter__(self) -> "TerminalLog":
        logging.getLogger().addHandler(self._handler)
        logging.captureWarnings(True)
        return self

    def __exit__(self, *_: object) -> None:
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()


class _LateFile(logging.handlers.RotatingFileHandler):
    """Opens file and folder with the first record. A log that can't be written must not disturb an answer."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        pass
