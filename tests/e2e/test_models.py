"""Models in the real window over the real engine: the first start, a load that is stopped or dies, a faulty folder."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.host.profile import Profile
from app.models.loading_mark import LoadingMark
from app.window.program import Program
from app.window.start import start_program
from engine.messages.jobs import Role
from engine.messages.machine import GpuState
from engine.model_rows import Act, ModelState
from tests.e2e.conftest import WAIT_MS, MakeProgram
from tests.e2e.person import kill, send, wait_for_answer


def own_folder(parent: Path, starter: Path) -> Path:
    """A model that is not the starter, though it has its files."""
    return Path(shutil.copytree(starter, parent / "own model"))


def wait_for_model(program: Program, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: program.model.model is not None, timeout=WAIT_MS)


def test_first_start_says_what_this_computer_has_and_why_the_model_runs_where_it_does(
    running: Program, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: running.model.machine is not None, timeout=WAIT_MS)
    machine, model = running.model.machine, running.model.model
    assert machine is not None
    assert model is not None
    page = running.window.first_run
    qtbot.waitUntil(lambda: machine.processor_name in page.machine.words, timeout=WAIT_MS)
    assert page.isVisible()
    if machine.gpu_state is not GpuState.FINE:
        assert machine.gpu_sentence in page.machine.words
    if model.device == "cpu":
        qtbot.waitUntil(lambda: "CPU, " in running.window.status.model.accessibleName(), timeout=WAIT_MS)


def test_load_that_is_stopped_tells_what_is_loaded_now_and_the_next_one_works(
    running: Program, profile: Profile, qtbot: QtBot, tmp_path: Path, starter_folder: Path
) -> None:
    own = own_folder(tmp_path, starter_folder)
    running.chosen_model.load(str(own))
    assert LoadingMark(profile.loading_mark).read() == str(own)
    running.window.status.stop.click()
    assert not running.model.is_loading
    assert LoadingMark(profile.loading_mark).read() == ""
    card = running.window.notices.card("load-stopped")
    assert card is not None
    assert "no model is loaded now" in card.notice.sentence
    QTest.mouseClick(card.buttons[0], Qt.MouseButton.LeftButton)
    wait_for_model(running, qtbot)
    send(running, "Who are you?")
    assert "Lacuna" in wait_for_answer(running, qtbot).text


@pytest.mark.usefixtures("expect_errors")
def test_model_that_killed_the_engine_while_it_loaded_is_only_offered_at_the_next_start(
    running: Program, make_program: MakeProgram, profile: Profile, qtbot: QtBot, tmp_path: Path, starter_folder: Path
) -> None:
    own = own_folder(tmp_path, starter_folder)
    with qtbot.waitSignal(running.bridge.gone, timeout=WAIT_MS):
        running.chosen_model.load(str(own))
        kill(running, Role.ENGINE)
    qtbot.waitUntil(lambda: running.window.notices.card("engine-gone") is not None, timeout=WAIT_MS)
    running.window.close()
    again = make_program()
    start_program(again, profile, None, (), was_crash=False)
    wait_for_model(again, qtbot)
    assert again.model.model is not None
    assert again.model.model.is_starter
    card = again.window.notices.card("crash")
    assert card is not None
    assert "own model" in card.notice.sentence
    QTest.mouseClick(card.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not again.model.is_loading and again.model.model is not None, timeout=WAIT_MS)
    assert again.model.model.folder == str(own)


def test_model_that_is_chosen_after_the_engine_died_starts_it_again(running: Program, qtbot: QtBot) -> None:
    with qtbot.waitSignal(running.bridge.gone, timeout=WAIT_MS):
        kill(running, Role.ENGINE)
    assert running.model.model is None
    running.model_list.look()
    running.models_dialog.act("starter", Act.LOAD)
    wait_for_model(running, qtbot)
    assert running.window.notices.card("engine-gone") is None
    send(running, "Who are you?")
    assert "Lacuna" in wait_for_answer(running, qtbot).text


@pytest.mark.usefixtures("expect_errors")
def test_folder_with_damaged_weights_is_told_in_its_row_and_a_sound_one_loads(
    running: Program, qtbot: QtBot, tmp_path: Path, starter_folder: Path
) -> None:
    own = own_folder(tmp_path, starter_folder)
    weights = own / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    running.window.commands.trigger("model.models")
    running.models_dialog.add(str(own))
    qtbot.waitUntil(lambda: running.model_list.row(str(own)) is not None, timeout=WAIT_MS)
    row = running.model_list.row(str(own))
    assert row is not None
    assert row.state is ModelState.FAULTY
    assert "model.safetensors" in row.fault
    running.chosen_model.load(str(own))  # as File > Open model folder does
    qtbot.waitUntil(lambda: running.window.notices.card("model_invalid") is not None, timeout=WAIT_MS)
    weights.write_bytes(whole)
    running.model_list.look()
    qtbot.waitUntil(lambda: _can_load(running, str(own)), timeout=WAIT_MS)
    running.models_dialog.act(str(own), Act.LOAD)
    qtbot.waitUntil(lambda: not running.model.is_loading and running.model.model is not None, timeout=WAIT_MS)
    assert running.model.model is not None
    assert running.model.model.folder == str(own)


def _can_load(running: Program, key: str) -> bool:
    row = running.model_list.row(key)
    return row is not None and Act.LOAD in row.acts
