"""The window closed at awkward moments: no child outlives it, and what was there comes back at the next start."""

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.host.profile import Profile
from app.window.program import Program, build_program
from engine.answers import AnswerState
from engine.messages.jobs import Role
from tests.e2e.conftest import WAIT_MS, MakeProgram
from tests.e2e.person import last_answer, send


def close_and_check_children(program: Program) -> None:
    pids = [pid for role in Role if (pid := program.bridge.pid(role)) is not None]
    assert pids
    assert program.window.close()
    for pid in pids:
        assert not Path(f"/proc/{pid}").exists()


def test_closed_while_the_model_loads_leaves_no_child_and_starts_again(make_program: MakeProgram) -> None:
    for _ in range(2):
        program = make_program()
        program.start(None, ())
        assert program.model.is_loading
        close_and_check_children(program)


@pytest.mark.parametrize("moment_ms", [0, 50, 200, 1000])
def test_closed_in_its_first_second_hears_nothing_more(
    qapp: QApplication, qtbot: QtBot, profile: Profile, moment_ms: int
) -> None:
    """Whatever its children still say would meet a deleted window, which fails the test."""
    program = build_program(qapp, profile)
    program.start(None, (os.path.dirname(__file__),))
    program.models_dialog.show_dialog()
    qtbot.wait(moment_ms)
    close_and_check_children(program)
    delete(program.window)
    qtbot.wait(150)  # longer than what the models' rows are gathered for


def test_closed_while_an_answer_is_written_and_a_folder_is_read_keeps_what_was_said(
    running_endless: Program, make_program: MakeProgram, qtbot: QtBot
) -> None:
    running = running_endless
    send(running, "Write a class that reads a file.")
    qtbot.waitUntil(lambda: len(last_answer(running).text) > 20, timeout=WAIT_MS)
    running.opening.open_folder(os.path.dirname(os.__file__))  # the standard library: seconds of reading
    qtbot.waitUntil(lambda: running.bridge.pid(Role.READER) is not None, timeout=WAIT_MS)
    assert running.project.is_reading
    assert last_answer(running).state.is_running
    said = last_answer(running).text
    close_and_check_children(running)

    again = make_program()
    kept = last_answer(again)
    assert kept.text.startswith(said)
    assert kept.state is AnswerState.STOPPED
