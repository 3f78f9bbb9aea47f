"""A real window that types by itself until it is killed: python -m tests.e2e.typing_window PROFILE FILE SEED.

Words are numbers in order, so what is on disk tells how far it came. Each word is reported on standard output, with the
time, by the same event loop that keeps the drafts: `PLACE NUMBER NANOSECONDS`.
"""

import random
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from app.host.profile import Profile
from app.window.program import Program, build_program
from app.window.start import make_application


class Typist:
    """Types a word now here, now there, at a person's uneven pace, and saves now and then."""

    def __init__(self, program: Program, seed: int) -> None:
        self._program = program
        self._draw = random.Random(seed)
        self._typed = {"composer": 0, "editor": 0}
        self._timer = QTimer(program.window, singleShot=True)
        self._timer.timeout.connect(self._type)

    def start(self) -> None:
        self._timer.start(10)

    def _type(self) -> None:
        place = self._draw.choice(("composer", "editor"))
        if place == "composer":
            target = self._program.panes.chat.composer.field
        else:
            view = self._program.panes.code.current_view
            assert view is not None
            target = view.editor
        QTest.keyClicks(target, f"{self._typed[place]} ")
        self._typed[place] += 1
        sys.stdout.write(f"{place} {self._typed[place]} {time.monotonic_ns()}\n")
        sys.stdout.flush()
        if self._draw.random() < 0.02:
            self._program.code.save_current()
        self._timer.start(self._draw.randint(5, 60))


def main() -> None:
    folder, file, seed = sys.argv[1:]
    application = make_application()
    profile = Profile.below(Path(folder))
    profile.create()
    program = build_program(application, profile)
    program.window.show()
    program.code.restore_unsaved()
    program.code.open_file(file)
    typist = Typist(program, int(seed))
    typist.start()
    application.exec()


if __name__ == "__main__":
    main()
