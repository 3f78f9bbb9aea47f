"""Opens the real window and prints when it was first painted.

A separate process, since only a fresh one shows how long a start takes; app/bench/window_rows.py runs it. Its one
argument is the folder of its profile.
"""

import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer

from app.host.profile import Profile
from app.window.program import Program, build_program
from app.window.start import make_application


class FirstPaint(QObject):
    """Watches a window; `painted_s` is time.monotonic() after its first paint event."""

    def __init__(self, program: Program) -> None:
        super().__init__(program.window)
        self._program = program
        self.painted_s: float | None = None
        program.window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and watched is self._program.window:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._on_painted)  # after the panes, which are painted in the same pass
        return False

    def _on_painted(self) -> None:
        self.painted_s = time.monotonic()
        self._program.window.close()


def main() -> None:
    """Print the time of the first paint event."""
    profile = Profile.below(Path(sys.argv[1]))
    profile.create()
    application = make_application()
    program = build_program(application, profile)
    watch = FirstPaint(program)
    program.start(None, ())
    application.exec()
    program.close()
    sys.stdout.write(f"{watch.painted_s}\n")
