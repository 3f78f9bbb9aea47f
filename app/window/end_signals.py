"""Ctrl+C in the terminal, and a session that ends, as a call on the main thread. POSIX only.

Python runs a signal's handler between two of its own instructions, and Qt's event loop can wait for long without any:
the interpreter therefore writes to a descriptor when a signal comes, and a notifier wakes the loop.
"""

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier, Slot

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MAX_BYTES = 64


class EndSignals(QObject):
    """Calls `on_end` for each signal that asks the program to end, until `close`."""

    def __init__(self, on_end: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._ours, self._interpreters = socket.socketpair()
        for end in (self._ours, self._interpreters):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)
        self._earlier_fd = signal.set_wakeup_fd(self._interpreters.fileno(), warn_on_full_buffer=False)
        self._earlier = {number: signal.signal(number, lambda *_: on_end()) for number in _SIGNALS}

    def close(self) -> None:
        """Give the signals back to whoever had them."""
        for number, handler in self._earlier.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._earlier_fd)
        self._notifier.setEnabled(False)
        self._ours.close()
        self._interpreters.close()

    @Slot()
    def _on_woken(self) -> None:
        """Empty the pipe; that Python code runs here at all is what lets the handler have its turn."""
        self._ours.recv(_MAX_BYTES)
