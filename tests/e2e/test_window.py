"""The real window over real children: an engine or reader that dies, a restart of everything, nothing lost."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.window.program import Program
from engine.answers import AnswerState
from engine.messages.jobs import Role
from engine.settings import Sampling
from tests.e2e.conftest import WAIT_MS, MakeProgram
from tests.e2e.person import kill, last_answer, send, wait_for_answer


def test_engine_killed_in_mid_answer_keeps_the_text_and_a_restart_answers(
    running_endless: Program, qtbot: QtBot
) -> None:
    running = running_endless
    send(running, "Write a class that reads a file.")
    qtbot.waitUntil(lambda: len(last_answer(running).text) > 5, timeout=WAIT_MS)
    assert last_answer(running).state.is_running
    kill(running, Role.ENGINE)
    failed = wait_for_answer(running, qtbot)
    assert failed.state is AnswerState.FAILED
    assert len(failed.text) > 5
    qtbot.waitUntil(lambda: running.window.notices.card("engine-gone") is not None, timeout=WAIT_MS)
    assert running.model.model is None
    card = running.window.notices.card("engine-gone")
    assert card is not None
    QTest.mouseClick(card.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: running.model.model is not None, timeout=WAIT_MS)
    assert running.window.notices.card("engine-gone") is None
    running.settings.change(chat=Sampling(temperature=0.0, max_tokens=40))
    send(running, "Who are you?")
    answer = wait_for_answer(running, qtbot)
    assert answer.state is AnswerState.COMPLETE
    assert "Lacuna" in answer.text


def test_reader_killed_says_so_and_the_folder_can_be_read_again(running: Program, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("x = 1\n")
    running.opening.open_folder(str(tmp_path / "code"))
    qtbot.waitUntil(lambda: "a.py" in running.project.rows and not running.project.is_reading, timeout=WAIT_MS)
    with qtbot.waitSignal(running.bridge.gone, timeout=WAIT_MS):
        kill(running, Role.READER)
    assert running.window.isVisible()
    (tmp_path / "code" / "b.py").write_text("y = 2\n")
    running.window.commands.trigger("project.reload")
    qtbot.waitUntil(lambda: "b.py" in running.project.rows and not running.project.is_reading, timeout=WAIT_MS)


def test_a_restart_brings_back_conversation_and_unsaved_text(
    running: Program, make_program: MakeProgram, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    running.opening.open_paths([str(file)])
    view = running.panes.code.current_view
    assert view is not None
    QTest.keyClicks(view.editor, "# unsaved ")
    edited = view.editor.text()
    send(running, "Who are you?")
    answer = wait_for_answer(running, qtbot)
    running.window.close()

    again = make_program()
    again.code.restore_unsaved()
    assert last_answer(again).text == answer.text
    restored = again.panes.code.current_view
    assert restored is not None
    assert restored.editor.text() == edited
    assert file.read_text() == "x = 1\n"


@pytest.mark.usefixtures("expect_errors")
def test_missing_model_is_a_notice_and_the_starter_still_loads(
    make_program: MakeProgram, qtbot: QtBot, tmp_path: Path
) -> None:
    program = make_program()
    program.start(tmp_path / "nowhere", ())
    qtbot.waitUntil(lambda: len(program.window.notices) > 0, timeout=WAIT_MS)
    program.window.commands.trigger("model.use_starter")
    qtbot.waitUntil(lambda: program.model.model is not None, timeout=WAIT_MS)
    assert program.model.model is not None
    assert program.model.model.is_starter
