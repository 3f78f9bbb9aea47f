"""Dropped addresses become paths of this computer, byte for byte, or a refusal."""

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl

from ui.window.drop import Drop, drop_of

_NAMES = ["with space", "hash#tag", "100%25 done", "müßig 日本", "?query", "a;b&c", "new\nline", "plus+sign"]


@pytest.mark.parametrize("name", _NAMES)
def test_folder_with_any_name_arrives_as_it_is_on_disk(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert drop_of([QUrl.fromLocalFile(str(folder))]) == Drop(folder=str(folder))


@pytest.mark.parametrize("name", _NAMES)
def test_file_with_any_name_arrives_as_it_is_on_disk(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.touch()
    assert drop_of([QUrl(file.as_uri())]) == Drop(files=(str(file),))


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8 exist on Linux only")
def test_file_whose_name_is_no_utf8_keeps_its_bytes(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.py"
    with open(path, "wb"):
        pass
    url = QUrl.fromEncoded(b"file://" + path.replace(b"\xe9", b"%E9"))
    assert drop_of([url]).files == (os.fsdecode(path),)


@pytest.mark.parametrize(
    "address", ["https://example.org/a.py", "http://localhost/x", "ftp://example.org/x", "file://server/share/a.py"]
)
def test_address_of_another_machine_is_refused(address: str) -> None:
    drop = drop_of([QUrl(address)])
    assert not drop.paths
    assert "web addresses" in drop.refusals[0]


def test_path_that_is_gone_is_refused_by_name(tmp_path: Path) -> None:
    drop = drop_of([QUrl.fromLocalFile(str(tmp_path / "gone.py"))])
    assert not drop.paths
    assert "gone.py is not there" in drop.refusals[0]


def test_folder_and_files_together_are_all_taken_and_a_second_folder_is_not(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    file = tmp_path / "a.py"
    file.touch()
    drop = drop_of([QUrl.fromLocalFile(str(path)) for path in (file, tmp_path / "one", tmp_path / "two")])
    assert drop.paths == (str(tmp_path / "one"), str(file))
    assert "two was left out" in drop.refusals[0]


def test_symlink_to_a_folder_is_the_folder_it_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert drop_of([QUrl.fromLocalFile(str(tmp_path / "link"))]).folder == str(tmp_path / "link")


def test_same_refusal_for_many_is_told_once() -> None:
    assert len(drop_of([QUrl("https://a.example/"), QUrl("https://b.example/")]).refusals) == 1
