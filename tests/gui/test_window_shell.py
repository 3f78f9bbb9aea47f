"""The window as a whole: panes, notices, status, state, closing, names for screen readers, nothing clipped."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import ErrorCode, ErrorReport
from engine.settings import Settings
from engine.starter_words import starter_words
from tests.conftest import ROOT
from tests.gui.shell import STARTER, ShellPanes, make_window
from ui.parts.labels import ElidedLabel, PlainLabel
from ui.parts.notice import Level, Notice, NoticeButton, NoticeCard, notice_of
from ui.settings.dialog import SettingsDialog
from ui.theme.style import apply_theme
from ui.theme.theme import Theme, find_theme
from ui.window.main_window import MainWindow
from ui.window.panes import Pane
from ui.window.wishes import StopWork

_MARKUP = "<b>bold</b> &amp; <img src='file:///etc/passwd'>"


def _fill(window: MainWindow) -> None:
    """Give every part of the shell something to show."""
    window.set_model(STARTER)
    window.status.set_context(3900, 4096)
    window.status.set_rate(38.2)
    window.status.set_stage("Reading the prompt 61 %, 12 s left", 0.61, True)
    window.status.set_cursor(413, 5)
    window.set_recent(("/home/x/" + "long-name" * 40, "/home/x/project"))
    window.notices.show_notice(
        Notice("gone", Level.ERROR, "The engine stopped.", "Start it again.", (NoticeButton("Again"),))
    )


def _unnamed(root: QWidget) -> list[str]:
    """Focusable widgets without a name or role for a screen reader."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.focusProxy() is not None:
            continue
        spoken = QAccessible.queryAccessibleInterface(widget)
        if not spoken.text(QAccessible.Text.Name) or spoken.role() == QAccessible.Role.NoRole:
            found.append(f"{type(widget).__name__} {widget.objectName()}")
    return found


def _clipped(root: QWidget) -> list[str]:
    """Visible labels and buttons that are smaller than what they have to say, and widgets outside of their parent."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or (isinstance(widget.window(), QDialog) and widget.window() is not root):
            continue
        if isinstance(widget, QLabel | QAbstractButton) and not isinstance(widget, ElidedLabel) and widget.text():
            least = widget.minimumSizeHint()
            needs_height = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else least.height()
            if widget.width() < least.width() or widget.height() < needs_height:
                found.append(f"{type(widget).__name__} {widget.text()!r}: {widget.size()} < {least}, {needs_height}")
    return found


@pytest.mark.parametrize("size", [(1366, 768), (1280, 800), (1000, 700), (999, 640), (640, 420)])
@pytest.mark.parametrize("text_pt", [10, 14])
def test_nothing_is_clipped(qtbot: QtBot, theme: Theme, size: tuple[int, int], text_pt: int) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    chosen = find_theme(dark=theme.colours.is_dark, text_pt=text_pt)
    apply_theme(application, chosen)
    window = make_window(ShellPanes(), chosen)
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    _fill(window)
    QApplication.processEvents()
    assert _clipped(window) == []
    if text_pt == 10:
        assert (window.width(), window.height()) == size


@pytest.mark.parametrize("action_id", ["help.shortcuts", "help.about"])
def test_nothing_in_a_dialog_is_clipped_or_unnamed(window: MainWindow, action_id: str) -> None:
    window.commands.trigger(action_id)
    dialog = next(found for found in window.findChildren(QDialog) if found.isVisible())
    QApplication.processEvents()
    assert _clipped(dialog) == []
    assert _unnamed(dialog) == []


def test_nothing_in_the_settings_is_clipped_or_unnamed(qtbot: QtBot, theme: Theme) -> None:
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    dialog.show()
    for page in range(dialog.pages.count()):
        dialog.pages.setCurrentIndex(page)
        QApplication.processEvents()
        assert _clipped(dialog) == []
    assert _unnamed(dialog) == []


def test_everything_focusable_has_a_name_and_a_role(window: MainWindow) -> None:
    _fill(window)
    window.commands.trigger("view.palette")
    assert _unnamed(window) == []


@pytest.mark.parametrize("factor", ["1.5", "2"])
def test_nothing_is_clipped_at_scale_factor(factor: str) -> None:
    program = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([]);"
        "from tests.gui.test_window_shell import _clipped, _fill; from tests.gui.shell import ShellPanes, make_window;"
        "from ui.theme.style import apply_theme; from ui.theme.theme import find_theme;"
        "theme = find_theme(dark=True); apply_theme(app, theme); window = make_window(ShellPanes(), theme);"
        "window.resize(1366, 768); window.show(); _fill(window); app.processEvents();"
        "print(window.devicePixelRatio(), _clipped(window))"
    )
    environment = {**os.environ, "QT_SCALE_FACTOR": factor, "QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert result.stdout.split(maxsplit=1) == [str(float(factor)), "[]\n"], result.stderr


def test_project_pane_folds_in_a_narrow_window_and_comes_back(window: MainWindow) -> None:
    window.resize(960, 700)
    assert not window.panes.frames[Pane.PROJECT].isVisible()
    assert not window.commands["view.project"].isChecked()
    window.resize(1280, 800)
    assert window.panes.frames[Pane.PROJECT].isVisible()
    assert window.commands["view.project"].isChecked()


@pytest.mark.parametrize("pane", Pane)
def test_pane_when_toggled_by_its_action_hides_and_shows(window: MainWindow, pane: Pane) -> None:
    window.commands.trigger(f"view.{pane.value}")
    assert not window.panes.frames[pane].isVisible()
    window.commands.trigger(f"view.{pane.value}")
    assert window.panes.frames[pane].isVisible()


def test_last_pane_when_hidden_stays_and_stays_ticked(window: MainWindow) -> None:
    for pane in (Pane.PROJECT, Pane.CHAT, Pane.CODE):
        window.commands.trigger(f"view.{pane.value}")
    assert window.panes.visible == {Pane.CODE}
    assert window.commands["view.code"].isChecked()


def test_panes_never_lie_over_each_other(window: MainWindow) -> None:
    for width in (1366, 1280, 1000):
        window.resize(width, 768)
        places = [window.panes.place_of(pane) for pane in Pane]
        assert not any(one.intersects(other) for one in places for other in places if one is not other)


def test_next_pane_key_walks_through_the_panes(window: MainWindow, shell_panes: ShellPanes, qtbot: QtBot) -> None:
    window.set_welcome_visible(False)
    shell_panes.tree.setFocus()
    walked = []
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_F6)
        walked.append(QApplication.focusWidget())
    assert walked == [shell_panes.editor, shell_panes.composer, shell_panes.tree]


def test_state_when_saved_comes_back_in_the_next_window(window: MainWindow, theme: Theme, qtbot: QtBot) -> None:
    window.panes.set_widths((300, 500, 478))
    window.commands.trigger("view.chat")
    again = make_window(ShellPanes(), theme, window.save_state())
    qtbot.addWidget(again)
    again.resize(1280, 800)
    again.show()
    assert again.panes.hidden == {Pane.CHAT}
    assert not again.commands["view.chat"].isChecked()
    again.commands.trigger("view.chat")
    assert abs(again.panes.widths[0] - 300) <= 40


@pytest.mark.parametrize(
    "saved", [b"", b"\xff\x00", b'{"version": 1, "geometry": "AAAA", "widths": [1], "hidden": []}']
)
def test_state_when_damaged_gives_the_first_layout(theme: Theme, qtbot: QtBot, saved: bytes) -> None:
    window = make_window(ShellPanes(), theme, saved)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    assert window.panes.visible == set(Pane)
    assert all(width >= 100 for width in window.panes.widths)


def test_close_when_vetoed_keeps_the_window(window: MainWindow, qtbot: QtBot) -> None:
    answers = iter([False, True])
    window.set_close_guard(lambda: next(answers))
    with qtbot.assertNotEmitted(window.closing):
        window.commands.trigger("file.quit")
    assert window.isVisible()
    with qtbot.waitSignal(window.closing):
        window.close()
    assert not window.isVisible()


def test_notice_when_shown_says_all_and_stays_until_dismissed(window: MainWindow, qtbot: QtBot) -> None:
    window.notices.show_notice(
        notice_of(ErrorReport(ErrorCode.PROCESS_GONE, _MARKUP, "Restart it."), NoticeButton("Later"))
    )
    card = window.notices.card("process_gone")
    assert card is not None
    shown = [label.text() for label in card.findChildren(PlainLabel)]
    assert shown == ["Error", _MARKUP, "Restart it."]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in card.findChildren(PlainLabel))
    assert card.accessibleName() == f"Error: {_MARKUP} Restart it."
    qtbot.mouseClick(card.close_button, Qt.MouseButton.LeftButton)
    assert window.notices.card("process_gone") is None
    assert not window.notices.isVisible()


def test_notice_button_takes_the_notice_away_and_then_does_what_it_carries(window: MainWindow, qtbot: QtBot) -> None:
    left: list[NoticeCard | None] = []
    buttons = (NoticeButton("Load it", lambda: left.append(window.notices.card("n"))), NoticeButton("Cancel"))
    for index in (0, 1):
        window.notices.show_notice(Notice("n", Level.WARN, "Something happened.", buttons=buttons))
        card = window.notices.card("n")
        assert card is not None
        qtbot.mouseClick(card.buttons[index], Qt.MouseButton.LeftButton)
        assert window.notices.card("n") is None
    assert left == [None]  # called once, when its notice had gone


def test_notices_when_many_show_the_latest_three_and_one_per_id(window: MainWindow) -> None:
    for number in range(6):
        window.notices.show_notice(Notice(f"n{number}", Level.INFO, f"Number {number}"))
        window.notices.show_notice(Notice("same", Level.INFO, f"Replaced {number}"))
    visible = [name for name in ("n5", "same", "n4", "n3", "n0") if window.notices.card(name).isVisible()]  # type: ignore[union-attr]
    assert len(window.notices) == 7
    assert visible == ["n5", "same", "n4"]
    window.notices.dismiss("same")
    assert window.notices.card("n3").isVisible()  # type: ignore[union-attr]


def test_notice_with_a_path_longer_than_the_window_wraps_it(window: MainWindow) -> None:
    window.resize(1000, 700)
    window.notices.show_notice(
        Notice("long", Level.ERROR, "There is no model in /" + "very-long-folder-name/" * 20, "Choose another.")
    )
    QApplication.processEvents()
    assert window.width() == 1000
    assert _clipped(window) == []
    card = window.notices.card("long")
    assert card is not None
    assert card.height() >= 4 * card.fontMetrics().height()


def test_status_shows_foreign_names_as_they_are(window: MainWindow) -> None:
    window.status.set_stage(_MARKUP, None, False)
    assert window.status.stage.textFormat() is Qt.TextFormat.PlainText
    assert window.status.stage.text() == _MARKUP
    assert not window.status.stop.isVisible()


def test_status_when_the_context_is_nearly_full_says_it_in_words(window: MainWindow) -> None:
    words = []
    for used in (100, 4000, 5000):
        window.status.set_context(used, 4096)
        words.append(window.status.context.figures.text())
    assert words == ["Context 100 of 4.1k", "Context 4.0k of 4.1k, nearly full", "Context 5.0k of 4.1k, too long"]


def test_status_stop_when_pressed_is_told(window: MainWindow, qtbot: QtBot) -> None:
    window.status.set_stage("Reading the prompt", 0.2, True)
    with qtbot.waitSignal(window.wished) as told:
        qtbot.mouseClick(window.status.stop, Qt.MouseButton.LeftButton)
    assert told.args == [StopWork()]


def test_status_names_model_and_device_with_the_reason_at_hand(window: MainWindow, qtbot: QtBot) -> None:
    window.set_model(STARTER)
    qtbot.waitUntil(lambda: window.status.model.text().strip() == f"{STARTER.name} · NF4 · CPU")
    for fact in (STARTER.device_reason, "float32", STARTER.warnings[0]):
        assert fact in window.status.model.toolTip()


def test_welcome_when_the_starter_is_loaded_is_honest_and_offers_the_real_models(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.set_model(STARTER)
    assert window.welcome.note.isVisible()
    assert window.welcome.note.text().startswith(starter_words(STARTER.parameters))
    window.set_model(replace(STARTER, parameters=135_000_000))
    assert "It is a demonstration, not Code Llama." in window.welcome.note.text()
    with qtbot.waitSignal(window.commands.triggered) as told:
        qtbot.mouseClick(window.welcome.get_models, Qt.MouseButton.LeftButton)
    assert told.args == ["model.models"]


@pytest.mark.parametrize(("index", "action_id"), [(0, "chat.focus"), (1, "file.open"), (2, "file.open_folder")])
def test_welcome_start_when_pressed_with_the_keyboard_is_told(
    window: MainWindow, qtbot: QtBot, index: int, action_id: str
) -> None:
    window.welcome.starts[index].setFocus()
    with qtbot.waitSignal(window.commands.triggered) as told:
        qtbot.keyClick(window.welcome.starts[index], Qt.Key.Key_Space)
    assert told.args == [action_id]


def test_title_shows_what_is_open_and_whether_it_is_saved(window: MainWindow) -> None:
    window.set_subject("odd[*]name.py", modified=True)
    assert window.isWindowModified()
    assert window.windowTitle() == "odd[*][*]name.py[*] — Lacuna"
    window.set_subject("")
    assert not window.isWindowModified()
    assert window.windowTitle() == "Lacuna[*]"


def test_theme_when_changed_repaints_the_whole_window(window: MainWindow, theme: Theme) -> None:
    _fill(window)
    light = window.grab().toImage()
    dark = find_theme(dark=True)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, dark)
    window.set_theme(dark)
    picture = window.grab().toImage()
    assert picture != light
    points = [(x, y) for x in range(8, picture.width(), 97) for y in range(4, picture.height(), 61)]
    bright = [point for point in points if picture.pixelColor(*point).lightness() > 200]
    assert len(bright) < len(points) * 0.05
