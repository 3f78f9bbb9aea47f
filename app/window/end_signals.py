"""Turns Ctrl+C in the terminal, or the end of the session, into a call on the main thread. POSIX only.

Python runs a signal handler between any two of its instructions, so in the middle of the window's work, but never while
Qt's event loop waits. So the interpreter writes to a descriptor when a signal arrives (signal.set_wakeup_fd). That
wakes a notifier, which makes the call from the event loop.

A signal that was ignored at the start stays ignored: `nohup` asks for a window that outlives its terminal (SIGHUP), and
a shell script that starts a window in the background keeps Ctrl+C for itself (SIGINT).
"""

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Slot

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MAX_BYTES = 64


class EndSignals(QObject):
    """Calls `on_end` when a signal asks the program to end, until `close`."""

    def __init__(self, on_end: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._on_end = on_end
        self._ours, self._interpreters = socket.socketpair()
        for end in (self._ours, self._interpreters):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)
        self._earlier_fd = signal.set_wakeup_fd(self._interpreters.fileno(), warn_on_full_buffer=False)
        heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self._earlier = {number: signal.signal(number, _only_wake) for number in heard}

    def close(self) -> None:
        """Restore the earlier handlers."""
        for number, handler in self._earlier.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._earlier_fd)
        self._notifier.setEnabled(False)
        self._ours.close()
        self._interpreters.close()

    @Slot()
    def _on_woken(self) -> None:
        self._ours.recv(_MAX_BYTES)
        self._on_end()


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """Do nothing. The interpreter writes to its descriptor only for signals with a Python handler."""
