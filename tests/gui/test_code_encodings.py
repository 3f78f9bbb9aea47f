"""A file whose encoding is a guess: shown as one, never written with, and opened again in another."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from tests.gui.files_desk import FilesDesk
from ui.code.encodings_dialog import EncodingRow, EncodingsDialog
from ui.theme.theme import Theme

_GBK = "// 初始化缓冲区\nint x = 1;\n// 返回结果\n".encode("gbk")
# Greek letters that are as good a text in Windows-1252, and short enough to be taken for one.
_MISREAD = "// ώρα\nint x = 1;\n".encode("cp1253")


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, tmp_path: Path) -> FilesDesk:
    return FilesDesk(qtbot, theme, tmp_path)


def test_a_guess_is_said_to_be_one_and_a_certain_encoding_is_not(desk: FilesDesk) -> None:
    forms: list[str] = []
    desk.files.form_changed.connect(forms.append)
    desk.files.open_file(str(desk.make("a.c", _GBK)))
    assert forms[-1] == "GBK (a guess), LF"
    desk.files.open_file(str(desk.make("b.c", b"int x;\r\n")))
    assert forms[-1] == "UTF-8, CRLF"
    desk.stage.pane.set_current(desk.stage.pane.ids[0])
    assert forms[-1] == "GBK (a guess), LF"
    desk.files.close_current()
    desk.files.close_current()
    assert forms[-1] == ""


def test_ascii_edits_of_a_guess_are_saved_without_a_question(desk: FilesDesk) -> None:
    path = desk.make("a.c", _GBK)
    desk.files.open_file(str(path))
    desk.stage.select("1")
    desk.stage.type_text("2")
    desk.files.save_current()
    assert path.read_bytes() == _GBK.replace(b"1", b"2")
    assert desk.stage.notice("save") is None


def test_new_foreign_text_is_written_only_once_the_guess_was_confirmed(desk: FilesDesk) -> None:
    path = desk.make("a.c", _GBK)
    desk.files.open_file(str(path))
    desk.stage.editor.insertPlainText("// 完成\n")
    desk.files.save_current()
    assert path.read_bytes() == _GBK
    card = desk.stage.notice("save")
    assert card is not None
    assert "GBK, is a guess" in card.accessibleName()
    desk.stage.answer("save", "They are right, save")
    assert path.read_bytes() == "// 完成\n".encode("gbk") + _GBK
    desk.stage.editor.insertPlainText("// 好\n")
    desk.files.save_current()
    assert path.read_bytes().startswith("// 完成\n// 好\n".encode("gbk"))


def test_a_wrong_guess_is_opened_again_and_what_was_typed_stays(desk: FilesDesk) -> None:
    path = desk.make("a.c", _MISREAD)
    forms: list[str] = []
    desk.files.form_changed.connect(forms.append)
    desk.files.open_file(str(path))
    desk.stage.editor.insertPlainText("// νέα\n")
    desk.stage.select("1")
    desk.stage.type_text("2")
    wanted: list[tuple[str, tuple[EncodingRow, ...]]] = []
    desk.files.encoding_wanted.connect(lambda document, _name, rows: wanted.append((document, rows)))
    desk.files.choose_encoding()
    document, rows = wanted[0]
    assert {row.codec: row.sample for row in rows}["cp1253"] == "// ώρα"
    assert desk.files.open_again(document, "cp1253")
    assert desk.stage.text == "// νέα\n// ώρα\nint x = 2;\n"
    assert forms[-1] == "Windows-1253, LF"
    desk.files.save_current()
    assert path.read_bytes() == "// νέα\n// ώρα\nint x = 2;\n".encode("cp1253")
    desk.stage.undo()
    assert desk.stage.text == "// νέα\n// ώρα\nint x = 2;\n", "the text in the wrong encoding can't be brought back"


def test_opening_again_changes_nothing_where_the_disk_has_another_text_by_now(desk: FilesDesk) -> None:
    path = desk.make("a.c", _MISREAD)
    desk.files.open_file(str(path))
    desk.stage.editor.insertPlainText("mine")
    before = desk.stage.text
    path.write_bytes(b"theirs")
    assert not desk.files.open_again(desk.stage.pane.current_id, "cp1253")
    assert desk.stage.text == before
    assert desk.stage.notice("save") is not None


def test_an_unsaved_text_comes_back_in_the_encoding_that_was_chosen(desk: FilesDesk) -> None:
    path = desk.make("a.c", _MISREAD)
    desk.files.open_file(str(path))
    desk.files.open_again(desk.stage.pane.current_id, "cp1253")
    desk.stage.editor.insertPlainText("// νέα\n")
    assert desk.files.may_close()
    desk.restart()
    assert desk.stage.text == "// νέα\n// ώρα\nint x = 1;\n"
    desk.files.save_current()
    assert path.read_bytes() == "// νέα\n".encode("cp1253") + _MISREAD


def test_a_stray_byte_is_shown_and_saved_as_it_is(desk: FilesDesk) -> None:
    data = "naïve ".encode() + b"\xff\n"
    path = desk.make("a.txt", data)
    desk.files.open_file(str(path))
    desk.stage.editor.insertPlainText("é")
    desk.files.save_current()
    assert path.read_bytes() == "é".encode() + data


def test_the_dialog_lists_encodings_by_name_and_gives_the_one_in_front(qtbot: QtBot) -> None:
    rows = (
        EncodingRow("cp1252", "Western", "ÏÚ"),
        EncodingRow("cp1253", "Greek", "ώρα"),
        EncodingRow("cp932", "Japanese", ""),
    )
    dialog = EncodingsDialog("a.c", rows)
    qtbot.addWidget(dialog)
    chosen: list[str] = []
    dialog.chosen.connect(chosen.append)
    QTest.keyClicks(dialog.field, "japan")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert chosen == [], "what can't be read in it can't be chosen"
    dialog.field.clear()
    QTest.keyClicks(dialog.field, "greek")
    QTest.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Open), Qt.MouseButton.LeftButton)
    assert chosen == ["cp1253"]
