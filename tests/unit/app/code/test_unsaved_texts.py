"""Drafts come back as they were written, and one that is damaged costs nothing but itself."""

import os
import stat
from pathlib import Path

import pytest

from app.code.unsaved_texts import UnsavedText, UnsavedTexts
from app.documents.file_text import FileText, read_file


def test_keep_then_all_gives_the_draft_back(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\nthree\rfour\r\n")
    draft = UnsavedText(read_file(str(path)), "one\nmore 😀\u2028\n")
    store = UnsavedTexts(tmp_path / "drafts")
    store.keep(draft)
    assert UnsavedTexts(tmp_path / "drafts").all() == [draft]


def test_keep_twice_keeps_the_latest(tmp_path: Path) -> None:
    store = UnsavedTexts(tmp_path)
    store.keep(UnsavedText(FileText("/a.py", sha256="1"), "first"))
    store.keep(UnsavedText(FileText("/a.py", sha256="1"), "second"))
    store.keep(UnsavedText(FileText("/b.py", sha256="2"), "other"))
    assert [draft.text for draft in store.all()] == ["second", "other"]


def test_keep_when_name_is_not_utf8_brings_its_bytes_back(tmp_path: Path) -> None:
    path = os.fsdecode(b"/caf\xe9.py")
    store = UnsavedTexts(tmp_path)
    store.keep(UnsavedText(FileText(path), "x"))
    assert store.all()[0].base.path == path
    store.drop(path)
    assert store.all() == []


def test_keep_is_for_the_person_alone(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    UnsavedTexts(folder).keep(UnsavedText(FileText("/a.py"), "secret"))
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_all_when_one_is_damaged_gives_the_others_and_leaves_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = UnsavedTexts(tmp_path)
    store.keep(UnsavedText(FileText("/a.py"), "good"))
    (tmp_path / "bad.json").write_text('{"version": 1, "path": 3')
    assert [draft.text for draft in store.all()] == ["good"]
    assert (tmp_path / "bad.json").exists()
    assert "bad.json could not be read" in caplog.text


def test_drop_of_an_unknown_file_does_nothing(tmp_path: Path) -> None:
    UnsavedTexts(tmp_path / "never made").drop("/a.py")
    assert UnsavedTexts(tmp_path / "never made").all() == []
