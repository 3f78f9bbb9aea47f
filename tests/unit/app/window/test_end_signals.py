"""A signal reaches a waiting event loop at once, and the handlers of before are there again afterwards."""

import os
import signal

from PySide6.QtCore import QEventLoop, QObject, QTimer
from pytestqt.qtbot import QtBot

from app.window.end_signals import EndSignals


def test_signal_wakes_a_loop_that_has_nothing_to_do(qtbot: QtBot) -> None:
    earlier = signal.getsignal(signal.SIGTERM)
    parent, loop = QObject(), QEventLoop()
    signals = EndSignals(loop.quit, parent)
    QTimer.singleShot(0, lambda: os.kill(os.getpid(), signal.SIGTERM))
    loop.exec()  # the suite's time limit ends it if nothing wakes it
    signals.close()
    assert signal.getsignal(signal.SIGTERM) is earlier


def test_signal_that_was_ignored_from_the_start_stays_so(qtbot: QtBot) -> None:
    """As `nohup` starts a program, which is to outlive its terminal."""
    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    parent, calls = QObject(), list[int]()
    signals = EndSignals(lambda: calls.append(1), parent)
    try:
        for number in (signal.SIGHUP, signal.SIGTERM):
            os.kill(os.getpid(), number)
        qtbot.waitUntil(lambda: bool(calls))
        assert calls == [1]
    finally:
        signals.close()
        assert signal.signal(signal.SIGHUP, earlier) is signal.SIG_IGN


def test_every_signal_is_heard_and_only_by_the_event_loop(qtbot: QtBot) -> None:
    calls: list[int] = []
    parent = QObject()
    signals = EndSignals(lambda: calls.append(1), parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        calls.clear()
        os.kill(os.getpid(), number)
        assert calls == []  # not in the middle of what runs
        qtbot.waitUntil(lambda: calls == [1])
    signals.close()
