"""Acceptances are kept with their time; a file that can't be used only means that the person is asked again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.models.accepted_licences import AcceptedLicences
from engine.errors import ErrorCode, LacunaError

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_first_acceptance_is_kept_with_its_time_for_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "profile" / "licences.json"
    AcceptedLicences(file, lambda: NOON).accept("Llama 2")
    later = AcceptedLicences(file, lambda: NOON.replace(hour=13))
    later.accept("Llama 2")
    later.accept("another")
    assert later.when("Llama 2") == "2026-11-26T12:00:00+00:00"
    assert later.when("another") == "2026-11-26T13:00:00+00:00"
    assert later.when("a third") == ""
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b'{"Llama 2": 3}', b"[" * 100_000])
def test_file_that_cannot_be_used_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "licences.json"
    file.write_bytes(content)
    licences = AcceptedLicences(file, lambda: NOON)
    assert licences.when("Llama 2") == ""
    licences.accept("Llama 2")
    assert licences.when("Llama 2")


def test_acceptance_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    with pytest.raises(LacunaError, match="could not be noted") as raised:
        AcceptedLicences(tmp_path / "in the way" / "licences.json").accept("Llama 2")
    assert raised.value.report.code is ErrorCode.FILE_NOT_SAVED
