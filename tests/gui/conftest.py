"""What the tests of windows share: the application dressed in a theme, and the shell with placeholder panes."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.shell import ShellPanes, make_window
from ui.theme.style import apply_theme
from ui.theme.theme import Theme, find_theme
from ui.window.main_window import MainWindow


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme, on the application too while the test runs."""
    light = find_theme(dark=False)
    apply_theme(qapp, light)
    yield light
    qapp.setStyleSheet("")


@pytest.fixture
def shell_panes(qapp: QApplication) -> ShellPanes:
    return ShellPanes()


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, shell_panes: ShellPanes) -> MainWindow:
    """The real window at 1280 x 800 with placeholder panes, on screen and active."""
    made = make_window(shell_panes, theme)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made
