"""Dialogs for files answer with a signal and stop nothing."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from ui.code.file_dialogs import FileDialogs


@pytest.fixture
def dialogs(qtbot: QtBot) -> FileDialogs:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return FileDialogs(window)


def shown(dialogs: FileDialogs) -> QFileDialog:
    window = dialogs.parent()
    assert isinstance(window, QWidget)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.isVisible()
    return dialog


def test_files_that_are_chosen_are_told(qtbot: QtBot, dialogs: FileDialogs, tmp_path: Path) -> None:
    (tmp_path / "a b.py").write_text("x")
    dialogs.ask_files(str(tmp_path))
    dialog = shown(dialogs)
    dialog.selectFile("a b.py")
    with qtbot.waitSignal(dialogs.files_chosen) as chosen:
        dialog.accept()
    assert chosen.args == [(str(tmp_path / "a b.py"),)]


def test_save_path_is_told_with_its_document(qtbot: QtBot, dialogs: FileDialogs, tmp_path: Path) -> None:
    dialogs.ask_save_path("document-1", str(tmp_path / "old.py"))
    dialog = shown(dialogs)
    dialog.selectFile(str(tmp_path / "new.py"))
    with qtbot.waitSignal(dialogs.save_path_chosen) as chosen:
        dialog.accept()
    assert chosen.args == ["document-1", str(tmp_path / "new.py")]


def test_folder_that_is_chosen_is_told(qtbot: QtBot, dialogs: FileDialogs, tmp_path: Path) -> None:
    dialogs.ask_folder("Open folder", str(tmp_path))
    with qtbot.waitSignal(dialogs.folder_chosen) as chosen:
        shown(dialogs).accept()
    assert chosen.args == [str(tmp_path)]


def test_cancel_says_nothing(qtbot: QtBot, dialogs: FileDialogs, tmp_path: Path) -> None:
    dialogs.ask_files(str(tmp_path))
    with qtbot.assertNotEmitted(dialogs.files_chosen):
        shown(dialogs).reject()
