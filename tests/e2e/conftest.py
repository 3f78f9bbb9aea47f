"""The whole program in this process with its real children, and small ways to wait for what it does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.host.profile import Profile
from app.window.program import Program, build_program
from engine.settings import Sampling
from tests.model_folders import ENDLESS_TOKENS
from tests.patience import WAIT_MS
from tests.watched_tour import Tour, take_tour

MakeProgram = Callable[[], Program]
ENDLESS = Sampling(temperature=0.0, max_tokens=ENDLESS_TOKENS)


@pytest.fixture(scope="session")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Tour:
    """The tour, taken once: it costs half a minute."""
    return take_tour(tmp_path_factory.mktemp("tour"))


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    made = Profile.below(tmp_path / "profile")
    made.create()
    return made


@pytest.fixture
def make_program(qapp: QApplication, qtbot: QtBot, profile: Profile) -> Iterator[MakeProgram]:
    """Makes programs over one profile, as restarts do; all are closed in the end."""
    programs: list[Program] = []

    def make() -> Program:
        program = build_program(qapp, profile)
        qtbot.addWidget(program.window)
        program.window.resize(1280, 800)
        programs.append(program)
        return program

    yield make
    for program in programs:
        program.close()
    qapp.setStyleSheet("")


@pytest.fixture
def running(make_program: MakeProgram, qtbot: QtBot) -> Program:
    """A started program whose starter is loaded."""
    return started(make_program(), None, qtbot)


@pytest.fixture
def running_endless(make_program: MakeProgram, endless_folder: Path, qtbot: QtBot) -> Program:
    """A started program whose answers end by being ended."""
    program = make_program()
    program.settings.change(chat=ENDLESS)
    return started(program, endless_folder, qtbot)


def started(program: Program, model: Path | None, qtbot: QtBot) -> Program:
    program.start(model, ())
    qtbot.waitUntil(lambda: program.model.model is not None, timeout=WAIT_MS)
    return program
