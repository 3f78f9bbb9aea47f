"""Logs on disks that take nothing: silence, and no failure."""

import logging
from pathlib import Path

import pytest

from app.host.log_file import LogFile
from app.window.logs import LogFiles

RECORD = logging.LogRecord("x", logging.ERROR, __file__, 1, "caf\udce9 %s", ("said",), None)


def test_record_makes_folder_and_file_for_the_person_alone(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "logs" / "x.log", 1)
    assert not (tmp_path / "logs").exists()
    log.handle(RECORD)
    log.close()
    assert "caf\\udce9 said" in (tmp_path / "logs" / "x.log").read_text()
    assert (tmp_path / "logs").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("place", ["/dev/full", "{}/file/x.log"])
def test_disk_that_takes_nothing_is_met_with_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    log = LogFile(Path(place.format(tmp_path)), 1)
    log.handle(RECORD)
    log.close()
    assert capsys.readouterr().err == ""


def test_window_does_without_logs_where_they_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    logs = LogFiles(tmp_path / "file")
    logging.getLogger("x").warning("goes nowhere")
    logs.close()
