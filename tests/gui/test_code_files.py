"""Opening, saving, closing and restoring files in the real pane."""

import errno
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.code.unsaved_texts import UnsavedText, UnsavedTexts
from tests.gui.files_desk import FilesDesk
from ui.theme.theme import Theme


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, tmp_path: Path) -> FilesDesk:
    return FilesDesk(qtbot, theme, tmp_path)


def test_save_when_one_line_of_a_mixed_file_was_edited_changes_that_line_alone(desk: FilesDesk) -> None:
    path = desk.make("a.txt", b"\xef\xbb\xbfone\r\ntwo\rthree\xe2\x80\xa8still\nnb\xc2\xa0sp\r\n")
    desk.files.open_file(str(path))
    desk.stage.select("three")
    desk.stage.type_text("3")
    desk.files.save_current()
    assert path.read_bytes() == b"\xef\xbb\xbfone\r\ntwo\r3\xe2\x80\xa8still\nnb\xc2\xa0sp\r\n"
    assert not desk.stage.pane.is_modified(desk.stage.pane.current_id)


def test_save_when_nothing_was_edited_is_byte_identical(desk: FilesDesk) -> None:
    data = "é\r\n\u2029\ufdd0\r\n😀\n\r".encode()
    path = desk.make("a.txt", data)
    desk.files.open_file(str(path))
    desk.files.save_current()
    assert path.read_bytes() == data


def test_open_twice_shows_one_tab_also_through_a_link(desk: FilesDesk) -> None:
    path = desk.make("a.py", b"x\n")
    (desk.folder / "link.py").symlink_to(path)
    assert desk.files.open_file(str(path))
    assert desk.files.open_file(str(desk.folder / "link.py"))
    assert len(desk.stage.pane.ids) == 1


def test_open_at_a_line_puts_the_cursor_there(desk: FilesDesk) -> None:
    path = desk.make("a.py", b"x\n" * 50)
    desk.files.open_file(str(path), line=30)
    assert desk.stage.editor.textCursor().blockNumber() == 29


def test_open_when_unreadable_says_why_and_leaves_the_rest(desk: FilesDesk) -> None:
    desk.files.open_file(str(desk.make("a.py", b"x\n")))
    assert not desk.files.open_file(str(desk.make("b.bin", b"\0\1\2")))
    assert not desk.files.open_file(str(desk.folder / "gone.py"))
    assert ["not a text file" in desk.failures[0].sentence, "does not exist" in desk.failures[1].sentence] == [
        True,
        True,
    ]
    assert desk.stage.text == "x\n"
    assert len(desk.opened) == 1


def test_open_in_project_never_leaves_it(desk: FilesDesk) -> None:
    (desk.folder / "project").mkdir()
    desk.make("secret.txt", b"s")
    desk.make("project/a.py", b"inside\n")
    assert desk.files.open_in_project(str(desk.folder / "project"), "a.py")
    assert not desk.files.open_in_project(str(desk.folder / "project"), "../secret.txt")
    assert desk.stage.text == "inside\n"
    assert "not a file inside the project" in desk.failures[0].sentence


def test_save_when_the_disk_is_full_keeps_old_file_and_text_and_works_afterwards(
    desk: FilesDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.make("a.py", b"old\n")
    desk.files.open_file(str(path))
    desk.stage.type_text("new ")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        desk.files.save_current()
    card = desk.stage.notice("save")
    assert card is not None
    assert card.notice.sentence == "a.py was not saved: the disk is full."
    assert path.read_bytes() == b"old\n"
    assert desk.stage.text == "new old\n"
    assert desk.stage.pane.is_modified(desk.stage.pane.current_id)
    desk.stage.answer("save", "Save again")
    assert path.read_bytes() == b"new old\n"
    assert desk.stage.notice("save") is None


def test_save_when_changed_on_disk_asks_and_does_as_told(desk: FilesDesk) -> None:
    path = desk.make("a.py", b"one\n")
    desk.files.open_file(str(path))
    desk.stage.type_text("my ")
    path.write_bytes(b"theirs\n")
    desk.files.save_current()
    assert path.read_bytes() == b"theirs\n"
    desk.stage.answer("save", "Overwrite")
    assert path.read_bytes() == b"my one\n"
    path.write_bytes(b"theirs again\n")
    desk.stage.type_text("!")
    desk.files.save_current()
    mine = desk.stage.text
    desk.stage.answer("save", "Reload")
    assert desk.stage.text == "theirs again\n"
    assert not desk.stage.pane.is_modified(desk.stage.pane.current_id)
    desk.stage.undo()  # even then nothing that was typed is gone
    assert desk.stage.text == mine


def test_save_when_encoding_lacks_a_character_offers_utf8(desk: FilesDesk) -> None:
    line = "# Größe und Länge, für später: schöne Grüße an Müller\n"
    path = desk.make("a.py", line.encode("cp1252"))
    desk.files.open_file(str(path))
    desk.stage.editor.insertPlainText("# 한")
    desk.files.save_current()
    assert path.read_bytes() == line.encode("cp1252")
    desk.stage.answer("save", "They are right, save")
    assert path.read_bytes() == line.encode("cp1252")
    desk.stage.answer("save", "Save as UTF-8")
    assert path.read_bytes() == ("# 한" + line).encode()


def test_close_with_changes_asks_and_cancel_keeps_them(desk: FilesDesk) -> None:
    path = desk.make("a.py", b"x\n")
    desk.files.open_file(str(path))
    desk.stage.type_text("y")
    desk.files.close_current()
    desk.stage.answer("save", "Cancel")
    assert desk.stage.text == "yx\n"
    desk.files.close_current()
    desk.stage.answer("save", "Save")
    assert desk.stage.pane.ids == ()
    assert path.read_bytes() == b"yx\n"


def test_close_and_discard_leaves_file_and_no_draft(desk: FilesDesk) -> None:
    path = desk.make("a.py", b"x\n")
    desk.files.open_file(str(path))
    desk.stage.type_text("y")
    assert desk.files.may_close()
    assert desk.drafts() == ["yx\n"]
    desk.files.close_current()
    desk.stage.answer("save", "Discard")
    assert desk.stage.pane.ids == ()
    assert path.read_bytes() == b"x\n"
    assert desk.drafts() == []


def test_close_by_the_tabs_cross_closes_that_tab(desk: FilesDesk) -> None:
    for name in ("a.py", "b.py"):
        desk.files.open_file(str(desk.make(name, name.encode())))
    tabs = desk.stage.pane.tabs
    cross = tabs.tabButton(0, tabs.ButtonPosition.RightSide)
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert desk.stage.text == "b.py"
    assert len(desk.stage.pane.ids) == 1


def test_save_as_writes_elsewhere_and_goes_on_there(qtbot: QtBot, desk: FilesDesk) -> None:
    path = desk.make("a.py", b"x\r\n")
    desk.files.open_file(str(path))
    desk.stage.type_text("y")
    desk.files.may_close()
    with qtbot.waitSignal(desk.files.save_path_wanted) as wanted:
        desk.files.save_current_as()
    assert wanted.args == [desk.stage.pane.current_id, str(path)]
    target = desk.folder / "b.txt"
    assert desk.files.save_to(desk.stage.pane.current_id, str(target))
    assert (path.read_bytes(), target.read_bytes()) == (b"x\r\n", b"yx\r\n")
    assert desk.stage.pane.tabs.tabText(0) == "b.txt"
    assert desk.drafts() == []


def test_save_as_over_another_open_file_leaves_one_tab_for_it(desk: FilesDesk) -> None:
    other = desk.make("b.py", b"b\n")
    desk.files.open_file(str(other))
    desk.files.open_file(str(desk.make("a.py", b"a\n")))
    desk.files.save_to(desk.stage.pane.current_id, str(other))
    assert len(desk.stage.pane.ids) == 1
    assert other.read_bytes() == b"a\n"


def test_draft_is_written_soon_after_typing_and_comes_back_after_a_crash(qtbot: QtBot, desk: FilesDesk) -> None:
    path = desk.make("a.py", b"x\r\n")
    desk.files.open_file(str(path))
    desk.stage.type_text("unsaved ")
    qtbot.waitUntil(lambda: desk.drafts() == ["unsaved x\n"])
    desk.restart()
    assert desk.stage.text == "unsaved x\n"
    assert desk.stage.pane.is_modified(desk.stage.pane.current_id)
    desk.stage.undo()
    assert desk.stage.text == "x\n"  # what is on disk is one undo away
    desk.stage.redo()
    desk.files.save_current()
    assert path.read_bytes() == b"unsaved x\r\n"
    assert desk.drafts() == []


def test_draft_is_written_while_typing_goes_on_and_one_that_fails_holds_up_no_other(
    qtbot: QtBot, desk: FilesDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py"):
        desk.files.open_file(str(desk.make(name, b"")))
    pane = desk.stage.pane
    keep = UnsavedTexts.keep

    def keep_all_but_a(store: UnsavedTexts, draft: UnsavedText) -> None:
        if draft.base.path.endswith("a.py"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        keep(store, draft)

    monkeypatch.setattr(UnsavedTexts, "keep", keep_all_but_a)
    for number in range(40):  # the field of each file changes again long before the wait is over
        pane.tabs.setCurrentIndex(number % 2)
        desk.stage.type_text("x")
        qtbot.wait(40)
        if desk.drafts():
            break
    assert desk.drafts()
    assert set(desk.drafts()[0]) == {"x"}
    monkeypatch.setattr(UnsavedTexts, "keep", keep)
    assert desk.files.may_close()
    assert len(desk.drafts()) == 2


def test_draft_goes_when_the_change_is_undone(qtbot: QtBot, desk: FilesDesk) -> None:
    desk.files.open_file(str(desk.make("a.py", b"x\n")))
    desk.stage.type_text("y")
    assert desk.files.may_close()
    desk.stage.undo()
    assert desk.drafts() == []
    assert desk.files.may_close()
    assert desk.drafts() == []


def test_draft_of_a_file_that_changed_on_disk_since_is_back_and_overwrites_nothing(desk: FilesDesk) -> None:
    path = desk.make("a.py", b"one\n")
    desk.files.open_file(str(path))
    desk.stage.type_text("my ")
    assert desk.files.may_close()
    path.write_bytes(b"newer\n")
    desk.restart()
    assert desk.stage.text == "my one\n"
    card = desk.stage.notice("save")
    assert card is not None
    assert "changed by another program since" in card.notice.sentence
    desk.files.save_current()
    assert path.read_bytes() == b"newer\n"


def test_draft_of_a_file_that_is_gone_is_back_and_can_be_saved(desk: FilesDesk) -> None:
    path = desk.make("a.py", b"one\n")
    desk.files.open_file(str(path))
    desk.stage.type_text("my ")
    assert desk.files.may_close()
    path.unlink()
    desk.restart()
    assert desk.stage.text == "my one\n"
    desk.files.save_current()
    assert path.read_bytes() == b"my one\n"


def test_draft_that_cannot_be_written_is_said_and_keeps_the_window_open(
    desk: FilesDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.files.open_file(str(desk.make("a.py", b"x\n")))
    desk.stage.type_text("y")

    def full(*_args: object, **_folders: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        assert not desk.files.may_close()
    card = desk.stage.notice("not-backed-up")
    assert card is not None
    assert "a crash would lose them" in card.notice.sentence
    assert desk.files.may_close()


def test_disk_check_reloads_what_was_not_edited_and_asks_for_what_was(desk: FilesDesk) -> None:
    clean, edited = desk.make("clean.py", b"1\n"), desk.make("edited.py", b"2\n")
    desk.files.open_file(str(clean))
    desk.files.open_file(str(edited))
    desk.stage.type_text("my ")
    clean.write_bytes(b"one\n")
    edited.write_bytes(b"two\n")
    desk.files.check_disk()
    assert desk.stage.text == "my 2\n"
    desk.stage.answer("save", "Reload")
    assert desk.stage.text == "two\n"
    desk.stage.pane.tabs.setCurrentIndex(0)
    assert desk.stage.text == "one\n"


def test_signals_tell_whether_files_are_open(desk: FilesDesk) -> None:
    seen: list[bool] = []
    desk.files.has_documents_changed.connect(seen.append)
    desk.files.open_file(str(desk.make("a.py", b"")))
    desk.files.open_file(str(desk.make("b.py", b"")))
    desk.files.close_current()
    desk.files.close_current()
    assert seen == [True, False]
