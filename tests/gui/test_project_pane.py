"""The real pane: ticks, keys, menus, states, ten thousand rows, and names that try to be markup."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QProgressBar, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from engine.messages.project import TAKEN_OUT, FileRow
from tests.conftest import ROOT
from ui.project.bill import Sent, Totals
from ui.project.pane import ProjectPane
from ui.project.wishes import Include, OpenFile, OpenFolder, ReadAgain, StopReading, Wish
from ui.theme.icons import Icons
from ui.theme.theme import Theme, find_theme

ROWS = (
    FileRow("README.md", 400, 100, True),
    FileRow("src/a.py", 400, 100, True),
    FileRow("src/b.py", 800, 200, True),
    FileRow(".env", 9, None, False, "may hold secrets, by its name", can_force=True),
    FileRow("logo.png", 9, None, False, "binary"),
    FileRow("docs/old.md", 9, 3, False, TAKEN_OUT, can_force=True),
)


@pytest.fixture
def pane(qtbot: QtBot, theme: Theme) -> ProjectPane:
    made = ProjectPane(Icons(ROOT / "resources" / "icons"), theme)
    qtbot.addWidget(made)
    made.resize(320, 640)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def open_pane(pane: ProjectPane) -> ProjectPane:
    pane.show_folder("demo", "/home/me/demo")
    pane.put_rows(ROWS)
    pane.tree.expandAll()
    return pane


def go_to(pane: ProjectPane, path: str) -> None:
    node = pane.tree.files.tree.find(path)
    assert node is not None
    pane.tree.setCurrentIndex(pane.tree.files.index_of(node))
    pane.tree.setFocus()


def button(pane: QWidget, text: str) -> QPushButton:
    return next(found for found in pane.findChildren(QPushButton) if found.text() == text and found.isVisible())


def wishes_of(pane: ProjectPane) -> list[Wish]:
    """Every wish of the pane from now on, in order."""
    told: list[Wish] = []
    pane.wished.connect(told.append)
    return told


def test_an_empty_pane_offers_to_open_a_folder(pane: ProjectPane, qtbot: QtBot) -> None:
    wishes = wishes_of(pane)
    qtbot.mouseClick(button(pane, "Open folder…"), Qt.MouseButton.LeftButton)
    assert wishes == [OpenFolder()]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("src/a.py", Include("src/a.py", False)),
        ("src", Include("src", False)),
        (".env", Include(".env", True)),
        ("docs", Include("docs", True)),
    ],
)
def test_space_asks_for_the_other_state_and_changes_nothing_itself(
    open_pane: ProjectPane, qtbot: QtBot, path: str, asked: Include
) -> None:
    go_to(open_pane, path)
    node = open_pane.tree.files.tree.find(path)
    assert node is not None
    before = node.inclusion
    wishes = wishes_of(open_pane)
    qtbot.keyClick(open_pane.tree, Qt.Key.Key_Space)
    assert wishes == [asked]
    assert node.inclusion is before


def test_what_cannot_be_text_has_no_tick_and_space_does_nothing(open_pane: ProjectPane, qtbot: QtBot) -> None:
    go_to(open_pane, "logo.png")
    wishes = wishes_of(open_pane)
    qtbot.keyClick(open_pane.tree, Qt.Key.Key_Space)
    assert wishes == []
    index = open_pane.tree.currentIndex()
    assert not index.flags() & Qt.ItemFlag.ItemIsUserCheckable
    assert index.data(Qt.ItemDataRole.CheckStateRole) is None


def test_a_click_on_the_tick_asks_too(open_pane: ProjectPane) -> None:
    go_to(open_pane, "README.md")
    rect = open_pane.tree.visualRect(open_pane.tree.currentIndex())
    wishes = wishes_of(open_pane)
    at = QPoint(rect.left() + 12, rect.center().y())
    QTest.mouseClick(open_pane.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert wishes == [Include("README.md", False)]


def test_enter_and_double_click_open_a_file_and_enter_folds_a_folder(open_pane: ProjectPane, qtbot: QtBot) -> None:
    go_to(open_pane, "src/b.py")
    wishes = wishes_of(open_pane)
    qtbot.keyClick(open_pane.tree, Qt.Key.Key_Return)
    assert wishes == [OpenFile("src/b.py")]
    rect = open_pane.tree.visualRect(open_pane.tree.currentIndex())
    wishes.clear()
    at = QPoint(rect.left() + 60, rect.center().y())
    QTest.mouseClick(open_pane.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(open_pane.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert wishes == [OpenFile("src/b.py")]
    go_to(open_pane, "src")
    qtbot.keyClick(open_pane.tree, Qt.Key.Key_Return)
    assert not open_pane.tree.isExpanded(open_pane.tree.currentIndex())
    assert wishes == [OpenFile("src/b.py")]


def test_the_menu_key_says_why_a_file_is_out_and_lets_it_in(open_pane: ProjectPane) -> None:
    go_to(open_pane, ".env")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(open_pane.tree.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    actions = {action.text(): action for action in menu.actions()}
    assert not actions["Left out: may hold secrets, by its name"].isEnabled()
    wishes = wishes_of(open_pane)
    actions["Include nevertheless"].trigger()
    assert wishes == [Include(".env", True)]
    menu.close()


def test_rows_that_change_keep_selection_and_open_folders(open_pane: ProjectPane) -> None:
    go_to(open_pane, "src/b.py")
    open_pane.put_rows((FileRow("src/a.py", 9, 999, True), FileRow("src/0.py", 9, 1, True)))
    open_pane.remove_rows(["README.md"])
    index = open_pane.tree.currentIndex()
    assert open_pane.tree.files.node_at(index).path == "src/b.py"
    assert open_pane.tree.isExpanded(index.parent())


def test_reading_shows_progress_and_stops_by_button_or_escape(open_pane: ProjectPane, qtbot: QtBot) -> None:
    open_pane.set_progress("Reading the folder", "src/b.py", 3, 10)
    bar = next(found for found in open_pane.findChildren(QProgressBar) if found.isVisible())
    assert (bar.value(), bar.maximum()) == (3, 10)
    wishes = wishes_of(open_pane)
    qtbot.mouseClick(button(open_pane, "Stop"), Qt.MouseButton.LeftButton)
    assert wishes == [StopReading()]
    open_pane.tree.setFocus()
    qtbot.keyClick(open_pane.tree, Qt.Key.Key_Escape)
    assert wishes == [StopReading(), StopReading()]
    open_pane.set_progress("", "", 0, 0)
    assert not bar.isVisible()
    qtbot.keyClick(open_pane.tree, Qt.Key.Key_Escape)
    assert len(wishes) == 2


def test_the_bill_warns_near_full_in_colour_and_words(open_pane: ProjectPane) -> None:
    open_pane.set_summary(Totals(3, 6, 400, 4096), None)
    assert open_pane.bar.property("level") == ""
    open_pane.set_summary(Totals(3, 6, 40_000, 4096), Sent(3000, 1, 1, 1, is_rehearsal=True))
    assert open_pane.bar.property("level") == "warn"
    assert "More than fits" in open_pane.consequence.text()


def test_a_notice_offers_to_read_again(open_pane: ProjectPane, qtbot: QtBot) -> None:
    open_pane.set_notice("The reader ended.", "detail", "Read the folder again")
    wishes = wishes_of(open_pane)
    qtbot.mouseClick(button(open_pane, "Read the folder again"), Qt.MouseButton.LeftButton)
    assert wishes == [ReadAgain()]
    open_pane.set_notice("")
    assert not open_pane.notice.isVisible()


def test_ten_thousand_rows_come_in_batches_and_are_marked(pane: ProjectPane) -> None:
    rows = [FileRow(f"pkg{n % 100}/sub{n % 7}/module_{n}.py", 100, 25, True) for n in range(10_000)]
    pane.show_folder("big", "/big")
    for start in range(0, len(rows), 500):
        pane.put_rows(rows[start : start + 500])
    pane.mark_sent([rows[0].path], [rows[1].path])
    root = pane.tree.files.tree.root
    assert (root.files, root.tokens) == (10_000, 250_000)
    assert pane.tree.files.rowCount() == 100
    pane.remove_rows([row.path for row in rows[:5000]])
    assert root.files == 5000
    pane.show_empty()
    assert pane.tree.files.rowCount() == 0


def test_names_are_shown_as_text_and_never_as_markup(pane: ProjectPane) -> None:
    hostile = "<b>bold&amp;\n\udcff.py"
    pane.show_folder(hostile, "/home/" + hostile)
    pane.put_rows([FileRow(hostile, 1, 1, True)])
    assert "<b>bold&amp;" in pane.title.text()
    for label in pane.findChildren(QLabel):
        assert label.pixmap().width() or label.textFormat() == Qt.TextFormat.PlainText
    index = pane.tree.files.index(0, 0)
    assert "<b>bold" in index.data()
    assert "\n" not in index.data()
    assert "&lt;b&gt;" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_every_control_has_a_name_and_a_row_speaks(open_pane: ProjectPane) -> None:
    controls: Sequence[QWidget] = [
        *open_pane.findChildren(QPushButton),
        *open_pane.findChildren(QToolButton),
        *open_pane.findChildren(QProgressBar),
        open_pane.tree,
    ]
    for control in controls:
        if control is open_pane.notice_button:  # has its words when it is shown
            continue
        assert control.accessibleName() or (isinstance(control, QPushButton) and control.text())
    go_to(open_pane, ".env")
    spoken = open_pane.tree.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == ".env, left out, may hold secrets, by its name"


def test_another_theme_is_worn_at_once(open_pane: ProjectPane) -> None:
    before = open_pane.grab().toImage()
    open_pane.set_theme(find_theme(dark=True))
    assert open_pane.grab().toImage() != before
