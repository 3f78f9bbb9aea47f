"""The theme as it arrives in the application: palette, style sheet, icons, and following the desktop."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QSpinBox, QTabBar
from pytestqt.qtbot import QtBot

from engine.settings import Settings, ThemeChoice
from tests.conftest import ROOT
from ui.theme.colours import DARK, LIGHT
from ui.theme.icons import Icons
from ui.theme.style import apply_theme, palette_of, style_sheet
from ui.theme.theme import find_theme
from ui.theme.theme_source import ThemeSource

ICONS = ROOT / "resources" / "icons"


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The application, undressed again afterwards."""
    yield qapp
    qapp.setStyleSheet("")


def test_apply_theme_when_called_twice_wears_the_second(app: QApplication) -> None:
    apply_theme(app, find_theme(dark=False))
    apply_theme(app, find_theme(dark=True))
    assert app.palette().color(QPalette.ColorRole.Window) == QColor(DARK.ground)
    assert DARK.accent in app.styleSheet()
    assert LIGHT.accent not in app.styleSheet()


def test_style_sheet_has_no_colour_that_is_not_in_the_table(qapp: QApplication) -> None:
    theme = find_theme(dark=True)
    allowed = {value for value in (getattr(DARK, name) for name in DARK.__slots__) if isinstance(value, str)}
    assert set(re.findall(r"#[0-9A-Fa-f]{6}", style_sheet(theme))) <= allowed


def test_palette_has_muted_text_where_something_is_disabled() -> None:
    palette = palette_of(LIGHT)
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert disabled == QColor(LIGHT.faint)
    assert disabled != palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Text)


def test_rows_and_buttons_when_the_font_grows_grow_with_it(app: QApplication, qtbot: QtBot) -> None:
    heights = []
    for text_pt in (10, 20):
        theme = find_theme(dark=False, text_pt=text_pt)
        apply_theme(app, theme)
        box = QComboBox()
        qtbot.addWidget(box)
        heights.append((QFontMetrics(theme.text_font()).height(), box.sizeHint().height()))
    (small_text, small), (large_text, large) = heights
    assert large - small >= (large_text - small_text) * 0.9


def test_controls_when_drawn_by_our_style_show_their_state(app: QApplication, qtbot: QtBot) -> None:
    apply_theme(app, find_theme(dark=False))
    box = QCheckBox("with project")
    qtbot.addWidget(box)
    before = box.grab().toImage()
    box.setChecked(True)
    after = box.grab().toImage()
    assert before != after
    assert any(after.pixelColor(x, after.height() // 2) == QColor(LIGHT.accent) for x in range(16))


def test_number_field_without_arrow_buttons_shows_its_number(app: QApplication, qtbot: QtBot) -> None:
    apply_theme(app, find_theme(dark=False))
    field = QSpinBox(maximum=1000)
    field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    field.setValue(512)
    qtbot.addWidget(field)
    field.show()
    assert field.lineEdit().width() >= field.fontMetrics().horizontalAdvance("512")


def test_tab_with_a_close_button_draws_without_complaint(app: QApplication, qtbot: QtBot) -> None:
    apply_theme(app, find_theme(dark=True))
    bar = QTabBar()
    bar.setTabsClosable(True)
    bar.addTab("sessions.py")
    qtbot.addWidget(bar)
    bar.show()
    assert not bar.grab().isNull()


@pytest.mark.parametrize("path", sorted(ICONS.glob("*.svg")), ids=lambda path: path.stem)
def test_icon_is_drawn_in_the_colour_it_is_asked_for(path: Path, qapp: QApplication) -> None:
    assert b"currentColor" in path.read_bytes()
    if path.stem == "lacuna":
        pytest.skip("the application's own icon has its own colours")
    image = Icons(ICONS).icon(path.stem, find_theme(dark=True), "#FF0000").pixmap(32, 32).toImage()
    painted = {image.pixelColor(x, y).name() for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha()}
    assert painted
    assert all(QColor(colour).green() <= 8 and QColor(colour).blue() <= 8 for colour in painted)


def test_icon_when_there_is_no_such_file_says_so(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        Icons(ICONS).icon("no-such-icon", find_theme(dark=True))


class DesktopHints(QObject):
    """A desktop whose colour scheme a test can change."""

    colorSchemeChanged = Signal(Qt.ColorScheme)

    def __init__(self) -> None:
        super().__init__()
        self.scheme = Qt.ColorScheme.Unknown

    def become(self, scheme: Qt.ColorScheme) -> None:
        self.scheme = scheme
        self.colorSchemeChanged.emit(scheme)

    def colorScheme(self) -> Qt.ColorScheme:
        return self.scheme


@pytest.fixture
def desktop(qapp: QApplication) -> DesktopHints:
    return DesktopHints()


def test_theme_when_the_desktop_goes_dark_follows_it(desktop: DesktopHints, qtbot: QtBot) -> None:
    source = ThemeSource(desktop, Settings())  # type: ignore[arg-type]
    assert not source.theme.colours.is_dark
    with qtbot.waitSignal(source.changed) as told:
        desktop.become(Qt.ColorScheme.Dark)
    assert told.args == [source.theme]
    assert source.theme.colours is DARK


def test_theme_when_chosen_by_the_person_ignores_the_desktop(desktop: DesktopHints, qtbot: QtBot) -> None:
    source = ThemeSource(desktop, Settings(theme=ThemeChoice.LIGHT))  # type: ignore[arg-type]
    with qtbot.assertNotEmitted(source.changed):
        desktop.become(Qt.ColorScheme.Dark)
    assert source.theme.colours is LIGHT


def test_theme_when_font_sizes_change_is_told_once(desktop: DesktopHints, qtbot: QtBot) -> None:
    source = ThemeSource(desktop, Settings())  # type: ignore[arg-type]
    larger = replace(Settings(), text_font_pt=14)
    with qtbot.waitSignal(source.changed):
        source.use(larger)
    assert source.theme.text_pt == 14
    with qtbot.assertNotEmitted(source.changed):
        source.use(larger)
