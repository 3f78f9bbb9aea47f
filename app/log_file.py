"""A log file that never disturbs what it tells of."""

import contextlib
import logging
import logging.handlers
from io import TextIOWrapper
from pathlib import Path

_MAX_BYTES = 1 << 20
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LogFile(logging.handlers.RotatingFileHandler):
    """Opens file and folder with the first record, rotates by size; what a disk does not take is lost in silence."""

    def __init__(self, file: Path, kept_files: int) -> None:
        super().__init__(
            file, maxBytes=_MAX_BYTES, backupCount=kept_files, encoding="utf-8", delay=True, errors="backslashreplace"
        )
        self.setFormatter(logging.Formatter(_FORMAT))

    def close(self) -> None:
        with contextlib.suppress(OSError):  # of a full disk, for what it still held back
            super().close()

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Nowhere to say it: standard error belongs to the person."""
