"""Files on disk: whole or not at all, with all that belongs to them, and nothing of ours left beside them."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.disk import held, replace_file, take_lock

_HALF = """
import os, signal, sys
from engine import disk
if sys.argv[2] == "named":
    del os.O_TMPFILE
os.fchmod = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
disk.replace_file(sys.argv[1], b"new" * 1000)
"""


def _killed_while_saving(path: Path, way: str) -> None:
    done = subprocess.run([sys.executable, "-c", _HALF, str(path), way], check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_killed_save_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    _killed_while_saving(path, "unnamed")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.py"]


def test_where_files_need_names_the_next_save_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    path, other = tmp_path / "a.py", tmp_path / ".lacuna-mine.tmp"
    path.write_bytes(b"old")
    other.write_bytes(b"the person's")
    _killed_while_saving(path, "named")
    assert path.read_bytes() == b"old"
    (left,) = set(tmp_path.iterdir()) - {path, other}
    replace_file(str(path), b"new")
    assert left.exists(), "another window may be saving at this moment"
    minutes_ago = time.time() - 600
    os.utime(left, (minutes_ago, minutes_ago))
    os.utime(other, (minutes_ago, minutes_ago))
    replace_file(str(path), b"newer")
    assert path.read_bytes() == b"newer"
    assert set(tmp_path.iterdir()) == {path, other}


def test_a_file_with_two_names_keeps_both(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"a long old content")
    path.chmod(0o640)
    other.hardlink_to(path)
    replace_file(str(path), b"new")
    assert other.read_bytes() == b"new"
    assert path.samefile(other)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert len(os.listdir(tmp_path)) == 2


def test_writing_in_place_undoes_what_the_disk_did_not_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    (tmp_path / "b").hardlink_to(path)
    pwrite = os.pwrite

    def half(handle: int, data: bytes, place: int) -> int:
        if place > 3:
            raise OSError(errno.ENOSPC, "full")
        return pwrite(handle, data[:5], place)

    monkeypatch.setattr(os, "pwrite", half)
    with pytest.raises(OSError, match="full"):
        replace_file(str(path), b"a longer new content")
    assert path.read_bytes() == b"old"


def test_extended_attributes_stay(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.origin", b"https://a.example")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    inode = path.stat().st_ino
    replace_file(str(path), b"new")
    assert path.stat().st_ino != inode
    assert os.getxattr(path, "user.origin") == b"https://a.example"


def test_an_attribute_that_another_file_may_not_get_is_kept_by_writing_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.label", b"secret")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    inode = path.stat().st_ino
    monkeypatch.setattr(os, "setxattr", _refuse)
    replace_file(str(path), b"new")
    assert (path.read_bytes(), path.stat().st_ino) == (b"new", inode)
    assert os.getxattr(path, "user.label") == b"secret"


def test_an_owner_who_can_not_be_given_is_kept_by_writing_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    inode = path.stat().st_ino
    monkeypatch.setattr(os, "geteuid", lambda: -1)  # so that the file is another's
    monkeypatch.setattr(os, "fchown", _refuse)
    replace_file(str(path), b"new")
    assert (path.read_bytes(), path.stat().st_ino) == (b"new", inode)


def _refuse(*_args: object) -> None:
    raise PermissionError(errno.EPERM, "not yours to give")


def test_a_lock_is_one_holders_and_free_again_afterwards(tmp_path: Path) -> None:
    with held(tmp_path / "lock") as first, held(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    lock = take_lock(tmp_path / "lock")
    assert lock is not None
    lock.release()


def test_a_lock_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(OSError, match="directory"):
        take_lock(tmp_path / "lock")
