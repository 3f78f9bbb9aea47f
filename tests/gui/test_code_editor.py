"""Typing in the real editor."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.code_stage import CodeStage
from ui.code.document_view import DocumentLabel
from ui.code.line_layout import LINE_HEIGHT, SpacedLayout
from ui.theme.theme import Theme

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def stage(qtbot: QtBot, theme: Theme) -> CodeStage:
    return CodeStage(qtbot, theme)


def show(stage: CodeStage, text: str, document_id: str = "1", name: str = "a.py") -> None:
    stage.pane.add_document(document_id, DocumentLabel(name, f"/x/{name}", name), text)


def test_tab_types_spaces_to_the_next_stop(stage: CodeStage) -> None:
    show(stage, "ab\n")
    stage.place_cursor(2)
    stage.press(Qt.Key.Key_Tab)
    assert stage.text == "ab  \n"


def test_tab_on_several_lines_indents_them_and_shift_tab_takes_it_back(stage: CodeStage) -> None:
    text = "if a:\n    b\n\n    c\nd\n"
    show(stage, text)
    stage.select("    b\n\n    c\n")
    stage.press(Qt.Key.Key_Tab)
    assert stage.text == "if a:\n        b\n\n        c\nd\n"
    stage.press(Qt.Key.Key_Backtab, SHIFT)
    assert stage.text == text
    stage.undo()
    stage.undo()  # each was one step
    assert stage.text == text
    assert not stage.editor.document().isUndoAvailable()


def test_tab_in_a_file_with_tabs_types_a_tab(stage: CodeStage) -> None:
    show(stage, "f() {\n\tx\n}\n")
    stage.place_cursor(0)
    stage.press(Qt.Key.Key_Tab)
    assert stage.text.startswith("\tf")


def test_enter_keeps_the_indentation_and_is_one_step(stage: CodeStage) -> None:
    show(stage, "    if a:")
    stage.place_cursor(9)
    stage.press(Qt.Key.Key_Return)
    assert stage.text == "    if a:\n        "
    stage.press(Qt.Key.Key_Backspace)
    assert stage.text == "    if a:\n    "
    stage.undo()
    stage.undo()
    assert stage.text == "    if a:"


def test_shift_enter_types_an_ordinary_line_end(stage: CodeStage) -> None:
    show(stage, "a")
    stage.place_cursor(1)
    stage.press(Qt.Key.Key_Return, SHIFT)
    assert stage.text == "a\n"


def test_enter_over_a_selection_replaces_it_as_one_step(stage: CodeStage) -> None:
    show(stage, "  one two\n")
    stage.select(" two")
    stage.press(Qt.Key.Key_Return)
    assert stage.text == "  one\n  \n"
    stage.undo()
    assert stage.text == "  one two\n"


def test_backspace_behind_an_emoji_takes_it_whole(stage: CodeStage) -> None:
    show(stage, "a😀")
    stage.place_cursor(3)
    stage.press(Qt.Key.Key_Backspace)
    assert stage.text == "a"


def test_text_keeps_what_to_plain_text_would_change(stage: CodeStage) -> None:
    text = "a\u00a0b\u2028c\nd"
    show(stage, text)
    assert stage.text == text


def test_cursor_is_told_from_one_in_characters(qtbot: QtBot, stage: CodeStage) -> None:
    show(stage, "x\n😀y\n")
    with qtbot.waitSignal(stage.pane.cursor_moved) as moved:
        stage.place_cursor(4)
    assert moved.args == [2, 2]


def test_find_goes_round_and_back_and_says_when_there_is_none(stage: CodeStage) -> None:
    show(stage, "one two one\n")
    stage.pane.open_find()
    view = stage.pane.current_view
    assert view is not None
    field = view.find_bar.field
    QTest.keyClicks(field, "one")
    assert stage.editor.textCursor().selectionStart() == 0
    assert view.find_bar.result.text() == "1 of 2"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert stage.editor.textCursor().selectionStart() == 8
    assert view.find_bar.result.text() == "2 of 2"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert stage.editor.textCursor().selectionStart() == 0
    QTest.keyClick(field, Qt.Key.Key_Return, SHIFT)
    assert stage.editor.textCursor().selectionStart() == 8
    view.find_bar.previous_button.click()
    assert stage.editor.textCursor().selectionStart() == 0
    view.find_bar.next_button.click()
    assert stage.editor.textCursor().selectionStart() == 8
    QTest.keyClicks(field, "x")
    assert view.find_bar.result.text() == "Not found"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not view.find_bar.isVisible()
    assert stage.editor.hasFocus()


def test_lines_stand_at_the_designs_pitch(stage: CodeStage) -> None:
    show(stage, "a\nb\n")
    layout = stage.editor.document().documentLayout()
    assert isinstance(layout, SpacedLayout)
    first = stage.editor.cursorRect(QTextCursor(stage.editor.document().findBlockByNumber(0)))
    second = stage.editor.cursorRect(QTextCursor(stage.editor.document().findBlockByNumber(1)))
    assert second.top() - first.top() == round(layout.pitch_px)
    assert layout.pitch_px >= stage.editor.fontMetrics().height()
    assert layout.pitch_px == pytest.approx(LINE_HEIGHT * stage.editor.fontInfo().pixelSize(), abs=1)


def test_tabs_show_names_as_they_are_and_mark_changes(stage: CodeStage) -> None:
    show(stage, "a", "1", "a&b<i>.py")
    show(stage, "b", "2", "b.py")
    assert stage.pane.tabs.tabText(0) == "a&&b<i>.py"
    stage.type_text("x")
    assert stage.pane.tabs.tabText(1) == "● b.py"
    stage.undo()
    assert stage.pane.tabs.tabText(1) == "b.py"


def test_tab_change_shows_the_other_document_and_says_so(qtbot: QtBot, stage: CodeStage) -> None:
    show(stage, "a", "1")
    show(stage, "b", "2")
    with qtbot.waitSignal(stage.pane.current_changed) as changed:
        stage.pane.tabs.setCurrentIndex(0)
    assert changed.args == ["1"]
    assert stage.text == "a"
    assert stage.editor.hasFocus()


def test_pane_without_a_file_has_no_cursor_and_asks_for_no_fill(stage: CodeStage) -> None:
    moves: list[tuple[int, int]] = []
    wishes: list[object] = []
    show(stage, "a", "1")
    stage.pane.cursor_moved.connect(lambda line, column: moves.append((line, column)))
    stage.pane.wished.connect(wishes.append)
    stage.pane.remove_document("1")
    assert moves[-1] == (0, 0)
    assert stage.pane.current_id == ""
    stage.pane.request_fill()
    assert wishes == []


def test_painting_a_selection_over_all_kinds_of_lines_works(stage: CodeStage) -> None:
    show(stage, "\n\ttab\n😀 wide 한글\n" + "x" * 300 + "\n\n")
    stage.editor.selectAll()
    image = stage.editor.grab().toImage()
    assert not image.isNull()


def test_insert_at_the_cursor_is_one_step_and_refused_without_a_file(stage: CodeStage) -> None:
    assert not stage.pane.insert_at_cursor("x")
    show(stage, "a\n")
    stage.place_cursor(0, 1)
    assert stage.pane.insert_at_cursor("one\ntwo")
    assert stage.text == "one\ntwo\n"
    stage.undo()
    assert stage.text == "a\n"


def test_a_makefile_and_go_get_tabs_whatever_the_text_has(stage: CodeStage) -> None:
    text = "SOURCES = a.c \\\n    b.c\nall:"
    show(stage, text, name="Makefile")
    stage.place_cursor(len(text))
    stage.press(Qt.Key.Key_Return)
    assert stage.text == text + "\n\t"
    show(stage, "func main() {", "2", name="main.go")
    stage.place_cursor(13)
    stage.press(Qt.Key.Key_Return)
    assert stage.text == "func main() {\n\t"
    show(stage, "", "3", name="new.txt")
    stage.pane.set_label("3", DocumentLabel("rules.mk", "/x/rules.mk", "rules.mk"))
    stage.press(Qt.Key.Key_Tab)
    assert stage.text == "\t", "after it was saved under that name"


def test_what_is_copied_cut_and_pasted_is_exact(stage: CodeStage) -> None:
    text = 'x = "10\u00a0km"\n\u2028y\u202f\n'
    show(stage, text)
    stage.select(text)
    stage.editor.copy()
    assert QApplication.clipboard().text() == text
    stage.editor.cut()
    stage.editor.paste()
    assert stage.text == text
    assert stage.editor.text().encode() == text.encode()


def test_a_pasted_nul_is_left_out_with_a_word(stage: CodeStage) -> None:
    show(stage, "")
    QApplication.clipboard().setText("a\0b\n")
    stage.editor.paste()
    assert stage.text == "ab\n"
    assert stage.notice("nul") is not None
