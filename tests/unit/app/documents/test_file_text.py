"""Opening files: what is read, and the sentence for each file that is not."""

import os
from pathlib import Path

import pytest

from app.documents.file_text import MAX_FILE_BYTES, MAX_LINE_CHARS, disk_hash, read_file
from engine.errors import ErrorCode, LacunaError
from engine.shown import last_part


def refusal(path: str | Path) -> str:
    with pytest.raises(LacunaError) as caught:
        read_file(str(path))
    assert caught.value.report.code is ErrorCode.FILE_UNREADABLE
    assert caught.value.report.next_step
    return caught.value.report.sentence


def test_read_when_crlf_with_bom_gives_lf_and_remembers_both(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    data = b"\xef\xbb\xbfx = 1\r\ny = 2\r\n"
    path.write_bytes(data)
    path.chmod(0o754)
    file = read_file(str(path))
    assert file.text == "x = 1\ny = 2\n"
    assert (file.encoding.name, file.newlines.name, file.mode) == ("UTF-8 with BOM", "CRLF", 0o754)
    assert file.encoding.encode(file.with_line_ends(file.text)) == data


def test_read_when_name_is_not_utf8_opens_it(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.py")
    Path(path).write_text("x\n")
    assert read_file(path).text == "x\n"
    assert last_part(path) == "caf\ufffd.py"


def test_read_when_binary_says_that_it_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\0\0")
    assert refusal(tmp_path / "a.png") == "a.png is not a text file, so it was not opened."


def test_read_when_missing_says_so(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "gone.py")
    (tmp_path / "file").write_text("")
    assert "does not exist" in refusal(tmp_path / "file" / "below.py")


def test_read_when_folder_says_so(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_read_when_pipe_refuses_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refusal(tmp_path / "pipe")


def test_read_when_not_allowed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # root may read everything, so a mode would prove nothing
    assert "may not be read by you" in refusal(tmp_path / "secret.py")


def test_read_when_50_mb_refuses_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert "is 50 MB large" in refusal(path)
    assert MAX_FILE_BYTES < 50_000_000


def test_read_when_one_2_mb_line_refuses_with_its_length(tmp_path: Path) -> None:
    path = tmp_path / "bundle.js"
    path.write_text("x" * 2_000_000)
    assert "a line of 2,000,000 characters" in refusal(path)
    assert MAX_LINE_CHARS < 2_000_000


def test_disk_hash_when_nothing_is_there_is_empty(tmp_path: Path) -> None:
    assert disk_hash(str(tmp_path / "gone")) == ""
