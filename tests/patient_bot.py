"""pytest-qt's robot for machines that have other work too."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.patience import WAIT_MS


class PatientBot(QtBot):
    """pytest-qt's robot, which by itself gives up after five seconds."""

    def waitActive(self, widget: QWidget, *, timeout: int = WAIT_MS) -> Any:
        return super().waitActive(widget, timeout=timeout)

    def waitExposed(self, widget: QWidget, *, timeout: int = WAIT_MS) -> Any:
        return super().waitExposed(widget, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = WAIT_MS, **options: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitSignals(self, signals: Any, *, timeout: int = WAIT_MS, **options: Any) -> Any:
        return super().waitSignals(signals, timeout=timeout, **options)

    def waitUntil(self, callback: Callable[[], Any], *, timeout: int = WAIT_MS) -> None:
        super().waitUntil(callback, timeout=timeout)
