"""The find bar's count is that of what Qt finds, whatever stands before it."""

import pytest

from ui.code.occurrences import place_of


@pytest.mark.parametrize(
    ("text", "needle", "start", "words"),
    [
        ("one two one", "one", 0, "1 of 2"),
        ("one two ONE", "one", 8, "2 of 2"),
        ("\U0001f600 a.c abc a.c", "a.c", 10, "2 of 2"),
        ("aaaa", "aa", 2, "2 of 2"),
    ],
)
def test_place_counts_from_one_and_ignores_case(text: str, needle: str, start: int, words: str) -> None:
    assert place_of(text, needle, start).words == words
