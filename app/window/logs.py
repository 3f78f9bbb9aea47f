"""Log files of the window process, and hooks that log every unhandled exception.

Nothing at INFO or above contains a prompt, an answer or file content. Old logs are pruned by size and count.
"""

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.host.log_file import LogFile

_KEPT_FILES = 3

OnUnhandled = Callable[[str], None]

_log = logging.getLogger(__name__)


class LogFiles:
    """`window.log` gets the root logger's records, rotated; `crash.log` gets the stacks of a crash in native code."""

    def __init__(self, folder: Path) -> None:
        self._handler = LogFile(folder / "window.log", _KEPT_FILES)
        logging.getLogger().addHandler(self._handler)
        logging.getLogger().setLevel(logging.INFO)
        self._crash = _crash_log(folder / "crash.log")
        if self._crash is not None:
            faulthandler.enable(self._crash)

    def close(self) -> None:
        """Detach the files from the root logger."""
        if self._crash is not None:
            faulthandler.disable()
            self._crash.close()
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()


def _crash_log(file: Path) -> TextIO | None:
    """The crash log, or None if it can't be opened: a window without that log is better than no window."""
    try:
        return file.open("a", encoding="utf-8")
    except OSError as error:
        _log.warning("no crash log: %s", error)
        return None


class UnhandledHooks:
    """Logs unhandled exceptions and calls `on_unhandled` with a sentence, on the thread of the exception.

    A context manager; leaving it restores the earlier hooks.
    """

    def __init__(self, on_unhandled: OnUnhandled) -> None:
        self._on_unhandled = on_unhandled

    def __enter__(self) -> "UnhandledHooks":
        self._earlier = sys.excepthook, threading.excepthook
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        self._earlier_qt = qInstallMessageHandler(_log_qt_message)
        return self

    def __exit__(self, *_: object) -> None:
        sys.excepthook, threading.excepthook = self._earlier
        qInstallMessageHandler(self._earlier_qt)

    def _on_exception(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
            return
        _log.critical("unhandled", exc_info=(kind, error, traceback))
        self._on_unhandled(f"Something failed inside Lacuna ({kind.__name__}). Your text is kept; the log has details.")

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            name = arguments.thread.name if arguments.thread else "?"
            _log.critical("unhandled in thread %s", name, exc_info=arguments.exc_value)


_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _log_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger(f"qt.{context.category or 'default'}").log(_LEVELS.get(kind, logging.WARNING), "%s", text)
