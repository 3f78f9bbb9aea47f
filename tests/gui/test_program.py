"""The whole window with all its parts, and no process behind it: what the person wants is done by somebody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPushButton
from pytestqt.qtbot import QtBot

from app.host.profile import Profile
from app.window.program import Program, build_program
from ui.code.encodings_dialog import EncodingsDialog
from ui.project.wishes import OpenFile


@pytest.fixture
def program(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Program]:
    """The program on screen; nothing heavy is started."""
    profile = Profile.below(tmp_path / "profile")
    profile.create()
    made = build_program(qapp, profile)
    qtbot.addWidget(made.window)
    with qtbot.waitExposed(made.window):
        made.window.show()
    yield made
    made.close()
    qapp.setStyleSheet("")


def test_every_action_is_carried_out_by_exactly_one(program: Program) -> None:
    """A second owner is refused as it says what an action does (tests/gui/test_window_actions.py)."""
    assert program.window.commands.without_callback == set()


def test_file_that_another_program_wrote_is_read_again_when_the_person_comes_back(
    program: Program, qapp: QApplication, tmp_path: Path
) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    program.opening.open_paths([str(file)])
    view = program.panes.code.current_view
    assert view is not None
    file.write_text("x = 2\n")
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert view.editor.text() == "x = 1\n"
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert view.editor.text() == "x = 2\n"


def test_window_that_was_closed_no_longer_looks_at_the_disk(program: Program, qapp: QApplication) -> None:
    program.window.close()
    program.window.close()
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert program.window.commands.without_callback == {spec.id for spec in program.window.commands}


def test_project_file_is_opened_whatever_bytes_its_name_holds(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "src" / "odd\udcff.py"
    path.parent.mkdir()
    path.write_text("x = 1\n")
    program.project.open_folder(str(tmp_path))
    program.panes.project.wished.emit(OpenFile("src/odd\udcff.py"))
    assert program.code.path_of(program.panes.code.current_id) == str(path)


def test_project_file_that_became_a_link_out_of_the_folder_is_not_opened(program: Program, tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret.txt").write_text("outside\n")
    (root / "a.py").write_text("x = 1\n")
    program.project.open_folder(str(root))  # no model is loaded, so nothing is read yet
    program.panes.project.wished.emit(OpenFile("a.py"))
    view = program.panes.code.current_view
    assert view is not None
    assert view.editor.text() == "x = 1\n"
    (root / "b.py").symlink_to(tmp_path / "secret.txt")
    program.panes.project.wished.emit(OpenFile("b.py"))
    assert len(program.panes.code.ids) == 1
    assert len(program.window.notices) == 1


def test_window_stays_open_while_the_disk_does_not_take_what_was_typed(program: Program) -> None:
    pages = program.store.connection.execute("PRAGMA page_count").fetchone()[0]
    program.store.connection.execute(f"PRAGMA max_page_count = {pages}")
    program.panes.chat.composer.set_text("y" * 30_000)
    assert not program.window.close()
    assert program.window.isVisible()
    program.store.connection.execute("PRAGMA max_page_count = 100000")
    assert program.window.close()


def test_a_wrongly_guessed_encoding_is_seen_and_corrected_in_the_window(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "a.c"
    file.write_bytes("// ώρα\n".encode("cp1253"))
    program.opening.open_paths([str(file)])
    assert "(a guess)" in program.window.status.file_form.text()
    program.window.commands.trigger("file.open_again")
    (dialog,) = program.window.findChildren(EncodingsDialog)
    dialog.field.setText("greek windows")
    dialog.buttons.button(QDialogButtonBox.StandardButton.Open).click()
    assert program.window.status.file_form.text() == "Windows-1253, LF"
    assert program.panes.code.text_of(program.panes.code.current_id) == "// ώρα\n"


def test_full_disk_keeps_the_window_open_until_there_is_room_or_the_person_insists(program: Program) -> None:
    connection = program.store.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    program.panes.chat.composer.set_text("y" * 30_000)
    assert not program.window.close()
    card = program.window.notices.card("stays-open")
    assert card is not None
    (anyway,) = [button for button in card.findChildren(QPushButton) if button.text() == "Close anyway"]
    anyway.click()
    assert not program.window.isVisible()
