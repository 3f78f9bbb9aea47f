"""Cuts lose nothing: the three parts of a gap are the window, and windows are parts of their file."""

from random import Random

import pytest

from resources.starter.gaps import cut_gap, cut_window

TEXT = "import os\n\n\ndef names(folder):\n    for name in os.listdir(folder):\n        yield name\n\n\nLAST = 1\n"


@pytest.mark.parametrize("text", [TEXT, "x", "\n", "no line end", "\n\n   \n"])
def test_parts_of_a_gap_are_the_text(text: str) -> None:
    random = Random(1)
    for _ in range(400):
        gap = cut_gap(random, text)
        assert gap.prefix + gap.middle + gap.suffix == text


def test_gaps_are_whole_lines_often_and_sometimes_begin_inside_one() -> None:
    random = Random(2)
    gaps = [cut_gap(random, TEXT) for _ in range(400)]
    whole = [gap for gap in gaps if gap.prefix.endswith("\n") and gap.suffix.startswith("\n") and gap.middle]
    inside = [gap for gap in gaps if gap.prefix[-1:].isalnum()]
    assert len(whole) > 100
    assert len(inside) > 40


def test_windows_are_parts_of_the_file_within_the_size_asked_for() -> None:
    random = Random(3)
    text = TEXT * 40
    for _ in range(200):
        window = cut_window(random, text, 400)
        assert window in text
        assert 0 < len(window) <= 600


def test_a_short_file_is_its_own_window() -> None:
    assert cut_window(Random(4), "x = 1\n", 4000) == "x = 1\n"
