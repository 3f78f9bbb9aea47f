"""Walking hostile folders: links, pipes, unreadable places, odd names, depth, and what the person asked for."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.project import scan as scan_module
from engine.project.descent import MAX_DEPTH
from engine.project.entries import Fault, FoundFile, LeftOut
from engine.project.scan import scan
from engine.project.wishes import Wishes


def write(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)


def walk(root: Path, **wishes: list[str]) -> tuple[list[str], dict[str, str], list[str]]:
    """Found paths, reasons by path, fault sentences."""
    entries = list(scan(str(root), Wishes.of(wishes.get("forced", []), wishes.get("excluded", []))))
    found = [entry.path for entry in entries if isinstance(entry, FoundFile)]
    reasons = {entry.path: entry.reason for entry in entries if isinstance(entry, LeftOut)}
    return found, reasons, [entry.sentence for entry in entries if isinstance(entry, Fault)]


def test_files_come_folder_by_folder_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, "b/y.py", "b/x.py", "a.py", "b/c/z.py", "a/q.py")
    found, reasons, faults = walk(tmp_path)
    assert found == ["a.py", "a/q.py", "b/x.py", "b/y.py", "b/c/z.py"]
    assert (reasons, faults) == ({}, [])


def test_links_are_never_followed_and_each_is_reported(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "src/a.py")
    (tmp_path / "outside.py").write_text("secret")
    for name, target in {
        "self": ".", "parent": "..", "up/again": "../src", "out.py": "../outside.py", "abs": "/etc",
        "broken": "nowhere", "mutual1": "mutual2", "mutual2": "mutual1", "inside.py": "src/a.py", "me": "me",
    }.items():  # fmt: skip
        link = root / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(target)
    found, reasons, _ = walk(root)
    assert found == ["src/a.py"]
    assert reasons["out.py"] == reasons["abs"] == reasons["parent"] == "a link that leaves the folder"
    assert reasons["inside.py"] == "a link to src/a.py"
    assert "not followed" in reasons["self"]
    assert "not followed" in reasons["up/again"]
    assert reasons["broken"] == "a link to nothing"
    assert reasons["mutual1"] == reasons["me"] == "a link that leads in a circle"


def test_pipes_sockets_and_devices_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the path of a socket may have only 108 bytes
        listener.bind("sock")
    found, reasons, _ = walk(tmp_path)
    assert found == []
    assert reasons == {"pipe": "not a file but a named pipe", "sock": "not a file but a socket"}


def test_names_that_are_not_utf8_or_hold_line_feeds_are_kept(tmp_path: Path) -> None:
    for name in (b"caf\xe9.py", b"two\nlines.py", b"\xff\xfe.py"):
        (tmp_path / os.fsdecode(name)).write_text("x")
    found, _, _ = walk(tmp_path)
    assert {os.fsencode(path) for path in found} == {b"caf\xe9.py", b"two\nlines.py", b"\xff\xfe.py"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything: unreadable folders were not tried")
def test_an_unreadable_folder_is_a_fault_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "locked/a.py", "open/b.py")
    (tmp_path / "locked").chmod(0)
    found, _, faults = walk(tmp_path)
    (tmp_path / "locked").chmod(0o700)
    assert found == ["open/b.py"]
    assert faults == ["The folder locked/ could not be read: permission denied."]


def test_a_folder_that_cannot_be_opened_is_a_fault_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "locked/a.py", "open/b.py")
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "locked":
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse)
    found, _, faults = walk(tmp_path)
    assert found == ["open/b.py"]
    assert faults == ["The folder locked/ could not be read: permission denied."]


def test_a_folder_swapped_for_a_link_after_it_was_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    write(root, "src/inner/a.py", "z.py")
    write(outside, "inner/secret.py", "secret.py")
    opened = os.open

    def swap_first(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "src":
            (root / "src").rename(tmp_path / "src")
            (root / "src").symlink_to(outside)
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", swap_first)
    found, _, faults = walk(root)
    assert found == ["z.py"]
    assert faults == ["The folder src/ could not be read: it is a link now, or no folder any more."]


def test_copies_that_saving_left_behind_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, ".lacuna-0123456789abcdef.tmp", "a.py")
    found, reasons, _ = walk(tmp_path)
    assert found == ["a.py"]
    assert reasons == {".lacuna-0123456789abcdef.tmp": "a copy that Lacuna was stopped in writing"}


@pytest.fixture
def deep_tree(tmp_path: Path) -> Iterator[Path]:
    """A folder in a folder in a folder, deeper than is read: what cleans up after tests could not remove it."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(MAX_DEPTH + 50):
        os.mkdir("ddd", dir_fd=descriptor)
        inner = os.open("ddd", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    yield tmp_path
    while (tmp_path / "ddd" / "ddd").exists():
        (tmp_path / "ddd" / "ddd").rename(tmp_path / "inner")
        (tmp_path / "ddd").rmdir()
        (tmp_path / "inner").rename(tmp_path / "ddd")


def test_a_very_deep_tree_ends_in_a_fault_and_not_in_a_crash(deep_tree: Path) -> None:
    write(deep_tree, "z.py")
    found, _, faults = walk(deep_tree)
    assert found == ["z.py"]
    assert len(faults) == 1
    assert "more than 256 folders deep" in faults[0]
    assert len(faults[0]) < 250


def test_folders_of_tools_are_not_entered_but_can_be_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "node_modules/x/index.js", "node_modules/.git/config", ".git/config", "env/pyvenv.cfg", "env/a.py")
    write(tmp_path, "cache/CACHEDIR.TAG", "cache/a", "src/__pycache__/a.pyc", "src/a.py")
    found, reasons, _ = walk(tmp_path)
    assert found == ["src/a.py"]
    assert set(reasons) == {"node_modules/", ".git/", "env/", "cache/", "src/__pycache__/"}
    found, reasons, _ = walk(tmp_path, forced=["node_modules/", ".git/", "env"])
    assert set(found) == {"node_modules/x/index.js", "env/pyvenv.cfg", "env/a.py", "src/a.py"}
    assert reasons[".git/"] == reasons["node_modules/.git/"] == "version control data"


def test_one_forced_file_in_an_ignored_folder_comes_alone(tmp_path: Path) -> None:
    write(tmp_path, "build/gen/a.py", "build/gen/b.py", "build/c.py")
    (tmp_path / ".gitignore").write_text("build/\n")
    found, reasons, _ = walk(tmp_path, forced=["build/gen/a.py"])
    assert found == [".gitignore", "build/gen/a.py"]
    assert reasons == {}


def test_ignored_files_are_listed_with_the_file_that_says_so(tmp_path: Path) -> None:
    write(tmp_path, "src/a.log", "src/b.py")
    (tmp_path / "src" / ".gitignore").write_text("*.log\n")
    found, reasons, _ = walk(tmp_path)
    assert found == ["src/.gitignore", "src/b.py"]
    assert reasons == {"src/a.log": "ignored by src/.gitignore"}


def test_what_the_person_took_out_is_found_and_marked(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md", "docs/deep/b.md", "docs2/c.md")
    entries = list(scan(str(tmp_path), Wishes.of([], ["docs"])))
    marked = {entry.path for entry in entries if isinstance(entry, FoundFile) and entry.excluded}
    assert marked == {"docs/a.md", "docs/deep/b.md"}


def test_a_huge_tree_is_cut_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "MAX_FOUND", 3)
    write(tmp_path, *(f"{number}.py" for number in range(6)))
    found, _, faults = walk(tmp_path)
    assert len(found) == 3
    assert "more than 3 files" in faults[0]


def test_ignored_files_do_not_count_against_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "MAX_FOUND", 4)
    write(tmp_path, *(f"data/{number}.jpg" for number in range(150)), *(f"mixed/{number}.jpg" for number in range(9)))
    write(tmp_path, "mixed/a.py", "src/main.py")
    (tmp_path / ".gitignore").write_text("*.jpg\n")
    found, reasons, faults = walk(tmp_path)
    assert found == [".gitignore", "mixed/a.py", "src/main.py"]
    assert faults == []
    assert reasons["data/"] == "150 files, ignored by .gitignore"
    assert len(reasons) == 10


def test_ignored_files_without_a_row_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "MAX_IGNORED_ROWS", 4)
    write(tmp_path, *(f"{number}.jpg" for number in range(9)), "a.py")
    (tmp_path / ".gitignore").write_text("*.jpg\n")
    found, reasons, faults = walk(tmp_path)
    assert found == [".gitignore", "a.py"]
    assert len(reasons) == 4
    assert faults == ["5 ignored files are not listed: there are more than 4."]


def test_a_folder_of_ignored_files_can_be_asked_for(tmp_path: Path) -> None:
    write(tmp_path, *(f"data/{number}.jpg" for number in range(150)))
    (tmp_path / ".gitignore").write_text("*.jpg\n")
    found, reasons, _ = walk(tmp_path, forced=["data/"])
    assert len(found) == 151
    assert reasons == {}


@pytest.mark.parametrize(("name", "words"), [("missing", "is not there"), ("a.py", "is a file and not a folder")])
def test_a_root_that_is_no_folder_is_refused_in_a_sentence(tmp_path: Path, name: str, words: str) -> None:
    write(tmp_path, "a.py")
    with pytest.raises(LacunaError) as caught:
        list(scan(str(tmp_path / name), Wishes()))
    assert caught.value.report.code is ErrorCode.PROJECT_UNREADABLE
    assert words in caught.value.report.sentence
    assert caught.value.report.next_step
