"""What a start loads, and what it only offers after an end that was not clean; the mark that tells of it."""

import os
from pathlib import Path

import pytest

from app.models.first_load import first_load
from app.models.loading_mark import LoadingMark

SEVEN, THIRTEEN = "/models/7b", "/models/13b"


@pytest.mark.parametrize("was_crash", [False, True])
@pytest.mark.parametrize("was_loading", ["", THIRTEEN])
def test_what_is_asked_for_is_loaded_whatever_happened(was_crash: bool, was_loading: str) -> None:
    first = first_load(Path("/asked"), SEVEN, was_crash=was_crash, was_loading=was_loading)
    assert first.folder == Path("/asked")
    assert first.offered == ""


def test_last_model_is_loaded_after_a_clean_end() -> None:
    first = first_load(None, SEVEN, was_crash=False, was_loading="")
    assert (first.folder, first.offered) == (Path(SEVEN), "")


def test_last_model_is_only_offered_after_an_unclean_end() -> None:
    first = first_load(None, SEVEN, was_crash=True, was_loading="")
    assert (first.folder, first.offered) == (None, SEVEN)
    assert "did not end as it should" in first.sentence


@pytest.mark.parametrize("was_crash", [False, True])
def test_model_whose_load_ended_everything_is_named_and_only_offered(was_crash: bool) -> None:
    first = first_load(None, SEVEN, was_crash=was_crash, was_loading=THIRTEEN)
    assert (first.folder, first.offered) == (None, THIRTEEN)
    assert "13b" in first.sentence


def test_first_start_and_a_crash_without_a_model_load_the_starter_and_offer_nothing() -> None:
    for was_crash in (False, True):
        first = first_load(None, "", was_crash=was_crash, was_loading="")
        assert (first.folder, first.offered) == (None, "")


def test_mark_holds_the_folder_byte_for_byte_until_it_is_cleared(tmp_path: Path) -> None:
    mark = LoadingMark(tmp_path / "loading")
    assert mark.read() == ""
    odd = os.fsdecode(b"/models/caf\xe9")
    mark.write(Path(odd))
    assert mark.read() == odd
    mark.clear()
    mark.clear()
    assert mark.read() == ""


def test_mark_on_a_disk_that_takes_none_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mark = LoadingMark(tmp_path / "nowhere" / "loading")
    mark.write(Path(SEVEN))
    assert "will not be noticed" in caplog.text
    assert mark.read() == ""
    mark.clear()
