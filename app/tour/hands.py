"""A person's actions on a window, as events: type, press, click, drop, wait, take a picture.

Every action goes through the event loop and the widgets' event handlers; nothing here calls a controller.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget

_POLL_MS = 20

AnyDialog = TypeVar("AnyDialog", bound=QDialog)


class StepFailedError(Exception):
    """A step of the tour failed; the text says which, and what was seen."""


class Hands:
    """Acts on one window as a person does; `pictures` is the folder for numbered screenshots."""

    def __init__(self, window: QWidget, pictures: Path) -> None:
        self._window = window
        self._pictures = pictures
        self._count = 0
        self.taken: list[Path] = []

    def type_text(self, widget: QWidget, text: str) -> None:
        """Type characters into a widget, key by key; a line feed is the Return key."""
        for character in text:
            if character == "\n":
                QTest.keyClick(widget, Qt.Key.Key_Return)
            else:
                QTest.keyClicks(widget, character)
        self.settle()

    def press(self, widget: QWidget, keys: str) -> None:
        """Press a key combination such as "Ctrl+I" with the keyboard on this widget."""
        combination = QKeySequence(keys)[0]  # type: ignore[index]  # PySide6 stubs lack __getitem__
        QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())
        self.settle()

    def click(self, button: QWidget) -> None:
        """Click a button."""
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def the_dialog(self, kind: type[AnyDialog]) -> AnyDialog:
        """The open dialog of that kind; StepFailedError if there is none."""
        self.settle()
        found = next((dialog for dialog in self._window.findChildren(kind) if dialog.isVisible()), None)
        if found is None:
            raise StepFailedError(f"no {kind.__name__} is open")
        return found

    def leave(self, dialog: QDialog) -> None:
        """Close a dialog with Escape, and activate the window behind it, as desktops do."""
        parent = dialog.parentWidget()
        behind = self._window if parent is None else parent.window()
        self.press(dialog, "Escape")
        behind.activateWindow()
        self.wait_until(behind.isActiveWindow, "the window behind the dialog is active")

    def drag_over(self, target: QWidget, paths: list[Path]) -> QMimeData:
        """Drag files to the middle of a widget and hold them there; the returned data must live until the drop."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        centre = target.rect().center()
        actions, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QCoreApplication.sendEvent(target, QDragEnterEvent(centre, actions, data, buttons, keys))
        QCoreApplication.sendEvent(target, QDragMoveEvent(centre, actions, data, buttons, keys))
        self.settle()
        return data

    def drop(self, target: QWidget, data: QMimeData) -> None:
        """Drop what is being dragged."""
        event = QDropEvent(
            QPointF(target.rect().center()),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            QEvent.Type.Drop,
        )
        QCoreApplication.sendEvent(target, event)
        self.settle()

    def wait_until(self, condition: Callable[[], bool], what: str, timeout_s: float = 120.0) -> None:
        """Run the event loop until a condition holds; StepFailedError if that takes too long."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise StepFailedError(f"waited {timeout_s:.0f} s in vain: {what}")
            self.pause(_POLL_MS)

    def pause(self, duration_ms: int) -> None:
        """Let the event loop run for a moment."""
        loop = QEventLoop()
        QTimer.singleShot(duration_ms, loop.quit)
        loop.exec()

    def settle(self) -> None:
        """Process all pending events."""
        QCoreApplication.sendPostedEvents()
        QGuiApplication.processEvents()

    def picture(self, name: str, of: QWidget | None = None) -> Path:
        """Save a numbered screenshot of the window, or of a dialog."""
        self._count += 1
        self.pause(200)  # longer than the fades of 120 ms
        path = self._pictures / f"{self._count:02d}-{name}.png"
        if not (of or self._window).grab().save(str(path)):
            raise StepFailedError(f"the picture {path.name} could not be saved")
        self.taken.append(path)
        return path


def require(condition: bool, what: str) -> None:
    """Check the effect of a step. Unlike `assert`, this also runs under `python -O`."""
    if not condition:
        raise StepFailedError(what)
