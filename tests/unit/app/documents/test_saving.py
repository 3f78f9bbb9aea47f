"""Saving: byte-exact, in the file's own ways, all or nothing."""

import errno
import os
import resource
import signal
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.file_text import FileText, read_file
from app.documents.saving import ChangedOnDiskError, NotEncodableError, in_utf8, moved_to, save_file
from engine.errors import ErrorCode, LacunaError
from engine.text_files import Encoding

pieces = st.sampled_from(["a", "ü", "😀", " ", "\n", "\r", "\r\n", "\u2028", "\u2029", "\xa0", "\ufdd1", "\x0c"])
contents = st.builds(
    lambda bom, text: bom + "".join(text).encode(), st.sampled_from([b"", b"\xef\xbb\xbf"]), st.lists(pieces)
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents)
def test_save_when_unedited_is_byte_identical(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(data)
    file = read_file(str(path))
    saved = save_file(str(path), file.text, file)
    assert path.read_bytes() == data
    assert saved.sha256 == file.sha256


def test_save_keeps_crlf_bom_mode_and_the_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.py", tmp_path / "link.py"
    real.write_bytes(b"\xef\xbb\xbfx = 1\r\n")
    real.chmod(0o751)
    link.symlink_to(real)
    file = read_file(str(link))
    saved = save_file(str(link), "x = 1\ny = 2\n", file)
    assert real.read_bytes() == b"\xef\xbb\xbfx = 1\r\ny = 2\r\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o751
    assert link.is_symlink()
    assert save_file(str(link), "x = 3\n", saved).text == "x = 3\n"  # our own write is no conflict
    assert list(tmp_path.iterdir()) in ([real, link], [link, real])


def test_save_when_file_is_new_obeys_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "new.py"
    save_file(str(path), "a\n", FileText(str(path)))
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"a\n", 0o644)


def test_save_when_changed_on_disk_reports_it_and_overwrites_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("mine\n")
    file = read_file(str(path))
    path.write_text("theirs\n")
    with pytest.raises(ChangedOnDiskError):
        save_file(str(path), "edited\n", file)
    assert path.read_text() == "theirs\n"
    save_file(str(path), "edited\n", file, overwrite=True)
    assert path.read_text() == "edited\n"


def test_save_when_the_file_has_grown_huge_on_disk_asks_and_does_not_speak_of_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("small\n")
    base = read_file(str(path))
    os.truncate(path, 50_000_000)
    with pytest.raises(ChangedOnDiskError):
        save_file(str(path), "mine\n", base)
    assert path.stat().st_size == 50_000_000
    save_file(str(path), "mine\n", base, overwrite=True)
    assert path.read_text() == "mine\n"


def test_save_when_deleted_on_disk_writes_it_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x\n")
    path.chmod(0o700)
    file = read_file(str(path))
    path.unlink()
    save_file(str(path), "y\n", file)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("y\n", 0o700)


def test_save_when_encoding_lacks_a_character_says_which_and_can_go_to_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"Gr\xfc\xdfe\n")
    file = FileText(str(path), "Grüße\n", Encoding("latin-1"), sha256=read_file(str(path)).sha256)
    with pytest.raises(NotEncodableError) as caught:
        save_file(str(path), "Grüße\n→\n", file)
    assert "LATIN-1, which has no “→” (line 2)" in caught.value.report.sentence
    assert path.read_bytes() == b"Gr\xfc\xdfe\n"
    save_file(str(path), "Grüße\n→\n", in_utf8(file))
    assert path.read_text(encoding="utf-8") == "Grüße\n→\n"


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        ("fsync", errno.ENOSPC, "the disk is full"),
        ("replace", errno.EACCES, "read-only"),
        ("fchmod", errno.EIO, "Input/output error"),
    ],
)
def test_save_when_a_step_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int, words: str
) -> None:
    path = tmp_path / "a.py"
    path.write_text("old\n")
    file = read_file(str(path))

    def fail(*_args: object, **_folders: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(LacunaError) as caught:
        save_file(str(path), "new\n", file)
    assert caught.value.report.code is ErrorCode.FILE_NOT_SAVED
    assert words in caught.value.report.sentence
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_save_when_write_is_cut_short_leaves_the_old_file(tmp_path: Path) -> None:
    """A real limit on file sizes: the kernel refuses the bytes, nothing is patched."""
    path = tmp_path / "a.py"
    path.write_text("old\n")
    file = read_file(str(path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(LacunaError, match="the disk is full"):
            save_file(str(path), "x\n" * 10_000, file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_save_when_target_is_no_regular_file_leaves_it_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LacunaError, match="not a regular file"):
        save_file(str(tmp_path / "pipe"), "x", FileText(""), overwrite=True)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_save_when_folder_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(LacunaError, match="folder does not exist"):
        save_file(str(tmp_path / "gone" / "a.py"), "x", FileText(""))


def test_save_when_moved_keeps_encoding_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    file = read_file(str(path))
    other = str(tmp_path / "b.py")
    save_file(other, file.text, moved_to(file, other), overwrite=True)
    assert Path(other).read_bytes() == path.read_bytes()
