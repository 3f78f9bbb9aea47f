"""Dragging files over the real window: what it says, what it takes, and what it refuses."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from tests.gui.shell import ShellPanes
from ui.window.main_window import MainWindow
from ui.window.panes import Pane
from ui.window.wishes import OpenPaths

_MIDDLE = QPoint(640, 400)


def _files(*addresses: QUrl | Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(address)) if isinstance(address, Path) else address for address in addresses])
    return data


def _enter(target: QObject, data: QMimeData) -> bool:
    event = QDragEnterEvent(
        _MIDDLE, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def _drop(target: QObject, data: QMimeData) -> None:
    QApplication.sendEvent(
        target,
        QDropEvent(
            QPointF(_MIDDLE), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        ),
    )


def _drag_and_drop(window: MainWindow, data: QMimeData) -> None:
    """As the platform does it: the drag enters the native window, the drop lands on what then takes it."""
    assert _enter(window.windowHandle(), data)
    assert window.drop_overlay.isVisible()
    _drop(window.windowHandle(), data)
    assert not window.drop_overlay.isVisible()


@pytest.mark.parametrize("name", ["my project", "c# samples", "100% done", "müßig 日本"])
def test_folder_when_dropped_on_the_editor_is_told_and_not_typed_into_it(
    window: MainWindow, shell_panes: ShellPanes, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    window.set_welcome_visible(False)
    text = shell_panes.editor.toPlainText()
    with qtbot.waitSignal(window.wished) as told:
        _drag_and_drop(window, _files(folder))
    assert told.args == [OpenPaths((str(folder),))]
    assert shell_panes.editor.toPlainText() == text


def test_drag_of_a_folder_outlines_the_project_pane_in_words(window: MainWindow, tmp_path: Path) -> None:
    assert _enter(window, _files(tmp_path))
    assert window.drop_overlay.words == ("Read this folder",)
    assert window.drop_overlay.geometry() == window.rect()
    assert not window.grab().isNull()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.drop_overlay.isVisible()


def test_drag_of_files_and_a_folder_names_both_places(window: MainWindow, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.py", "b.py")]
    for file in files:
        file.touch()
    _enter(window, _files(tmp_path, *files))
    assert window.drop_overlay.words == ("Read this folder", "Open these 2 files")


def test_drop_when_the_project_pane_is_hidden_still_works(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.panes.set_visible(Pane.PROJECT, False)
    with qtbot.waitSignal(window.wished):
        _drag_and_drop(window, _files(tmp_path))


def test_web_address_when_dropped_is_refused_with_a_notice(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(window.wished):
        _drag_and_drop(window, _files(QUrl("https://example.org/sessions.py")))
    notice = window.notices.card("drop")
    assert notice is not None
    assert "not web addresses" in notice.notice.sentence


def test_drop_of_good_and_bad_takes_the_good_and_tells_of_the_bad(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "a.py"
    file.touch()
    with qtbot.waitSignal(window.wished) as told:
        _drag_and_drop(window, _files(file, tmp_path / "gone.py"))
    assert told.args == [OpenPaths((str(file),))]
    assert window.notices.card("drop") is not None


def test_drag_of_plain_text_is_left_to_the_panes(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("just words")
    _enter(window, data)
    assert not window.drop_overlay.isVisible()


def test_drag_while_a_modal_dialog_is_open_is_not_taken(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = QDialog(window)
    dialog.setModal(True)
    dialog.show()
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is dialog)
    assert not _enter(window, _files(tmp_path))
    assert not window.drop_overlay.isVisible()
