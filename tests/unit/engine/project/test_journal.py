"""Notes that outlive a crash, and only a crash."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.project.journal import FileState, Journal

STATE = FileState("/p/poison\udcff.py", 12, 34)
OTHER = FileState("/p/b.py", 1, 2)

CRASH = """
import os, sys
from pathlib import Path
from engine.project.journal import FileState, Journal
journal = Journal(Path(sys.argv[1]))
with journal.noting(FileState("/p/fine.py", 1, 1)):
    pass
with journal.noting(FileState(os.fsdecode(b"/p/poison\\xff.py"), 12, 34)):
    os.kill(os.getpid(), 9)
"""


def test_what_was_being_parsed_when_the_process_died_is_a_suspect_for_the_next(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal"
    subprocess.run([sys.executable, "-c", CRASH, str(path)], check=False)
    journal = Journal(path)
    assert journal.suspects == {STATE}
    with journal.noting(OTHER):
        pass
    journal.close()
    assert Journal(path).suspects == {STATE}


def test_a_body_that_ends_in_any_way_leaves_no_note(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    with pytest.raises(ValueError, match="bad file"), journal.noting(STATE):
        raise ValueError("bad file")
    journal.close()
    assert Journal(tmp_path / "journal").suspects == frozenset()


def test_a_second_reader_does_without_the_journal(tmp_path: Path) -> None:
    first = Journal(tmp_path / "journal")
    second = Journal(tmp_path / "journal")
    with first.noting(STATE), second.noting(OTHER):
        content = (tmp_path / "journal").read_text()
    assert "poison" in content
    assert "b.py" not in content
    first.close()


def test_a_damaged_journal_gives_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b'\0\0["/a", 1\n{}\n["/p/b.py", 1, 2]\n[1, 2, 3]\n\xff\n')
    assert Journal(tmp_path / "journal").suspects == {OTHER}


def test_without_a_place_to_write_nothing_is_noted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for journal in (Journal(None), Journal(tmp_path / "file" / "journal")):
        with journal.noting(STATE):
            pass
        assert journal.suspects == frozenset()


def test_a_full_disk_ends_the_journal_and_no_reading() -> None:
    journal = Journal(Path("/dev/full"))
    read = []
    for state in (STATE, OTHER):
        with journal.noting(state):
            read.append(state)
    assert read == [STATE, OTHER]


def test_the_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Journal(tmp_path / "state" / "journal").close()
    finally:
        os.umask(before)
    assert (tmp_path / "state" / "journal").stat().st_mode & 0o077 == 0
