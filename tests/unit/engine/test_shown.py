"""Paths, numbers and progress in words."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.jobs import Progress
from engine.shown import (
    Stage,
    count,
    duration,
    gigabytes,
    last_part,
    one_line,
    path_text,
    short_path,
    size,
    stage_of,
)


def test_stage_when_rate_is_known_tells_percent_and_time_left() -> None:
    progress = Progress("job", "Reading the prompt", 6100, 10000, unit="tokens", rate=325.0)
    assert stage_of(progress) == Stage("Reading the prompt 61 %, 12 s left", 0.61)


def test_stage_when_the_total_is_unknown_has_no_fraction() -> None:
    progress = Progress("job", "Looking through the folder", 12, 0, detail="src/models")
    assert stage_of(progress) == Stage("Looking through the folder src/models", None)


def test_stage_when_done_tells_no_time_left() -> None:
    assert stage_of(Progress("job", "Loading", 4, 4, rate=2.0)) == Stage("Loading 100 %", 1.0)


def test_stage_when_more_is_done_than_was_announced_stays_at_the_end() -> None:
    assert stage_of(Progress("job", "Loading", 9, 4, rate=2.0)).fraction == 1.0


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (12.4, "12 s"), (99, "99 s"), (180, "3 min"), (3900, "1 h 5 min")]
)
def test_duration_in_the_unit_a_person_would_use(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (14_900, "14.9k"),
        (99_960, "100k"),
        (999_499, "999k"),
        (3_900_000, "3.9M"),
    ],
)
def test_count_in_few_characters(number: int, words: str) -> None:
    assert count(number) == words


@given(st.integers(min_value=0, max_value=10**9))
def test_count_never_takes_more_room_than_seven_characters(number: int) -> None:
    assert len(count(number)) <= 7


@pytest.mark.parametrize(("number", "words"), [(400, "1 MB"), (7_800_000, "8 MB"), (3_870_000_000, "3.9 GB")])
def test_size_as_disks_are_sold(number: int, words: str) -> None:
    assert size(number) == words


@given(st.binary(min_size=1, max_size=20).map(os.fsdecode))
def test_any_path_can_be_shown_and_sent(path: str) -> None:
    for shown in (path_text(path), last_part(path), short_path(path), one_line(path)):
        assert shown.encode()
    assert one_line(path).isprintable()


@pytest.mark.parametrize(
    ("path", "name", "short"),
    [
        ("/", "/", "/"),
        ("/home/ann/work/lacuna/", "lacuna", "…/ann/work/lacuna"),
        ("/a/b.py", "b.py", "/a/b.py"),
        ("caf\udce9.py", "caf\ufffd.py", "caf\ufffd.py"),
    ],
)
def test_a_path_by_its_last_parts(path: str, name: str, short: str) -> None:
    assert (last_part(path), short_path(path)) == (name, short)


def test_a_name_on_one_line_steers_nothing() -> None:
    assert one_line("a\nb\x1b[2J\u202e\udcff") == "a\ufffdb\ufffd[2J\ufffd\ufffd"


def test_sizes_that_are_compared_have_one_unit() -> None:
    assert (gigabytes(400_000_000), gigabytes(13_480_000_000)) == ("0.4 GB", "13.5 GB")
