"""A log file whose own failures never disturb the program."""

import contextlib
import logging
import logging.handlers
from io import TextIOWrapper
from pathlib import Path

_MAX_BYTES = 1 << 20
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LogFile(logging.handlers.RotatingFileHandler):
    """Creates file and folder with the first record and rotates by size. Records that can't be written are dropped."""

    def __init__(self, file: Path, kept_files: int) -> None:
        super().__init__(
            file, maxBytes=_MAX_BYTES, backupCount=kept_files, encoding="utf-8", delay=True, errors="backslashreplace"
        )
        self.setFormatter(logging.Formatter(_FORMAT))

    def close(self) -> None:
        with contextlib.suppress(OSError):  # flushing buffered records may fail on a full disk
            super().close()

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Ignore a failed write: standard error belongs to the person."""
