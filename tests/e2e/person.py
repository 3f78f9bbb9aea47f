"""What a person does to the running program and waits for; shared by the tests over real children."""

import os
import signal

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.window.program import Program
from engine.answers import Answer
from engine.messages.jobs import Role
from tests.e2e.conftest import WAIT_MS


def send(program: Program, text: str) -> None:
    field = program.panes.chat.composer.field
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def last_answer(program: Program) -> Answer:
    view = program.panes.chat.transcript.last_answer
    assert view is not None
    return view.answer


def wait_for_answer(program: Program, qtbot: QtBot) -> Answer:
    qtbot.waitUntil(lambda: not last_answer(program).state.is_running, timeout=WAIT_MS)
    return last_answer(program)


def kill(program: Program, role: Role) -> None:
    pid = program.bridge.pid(role)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
