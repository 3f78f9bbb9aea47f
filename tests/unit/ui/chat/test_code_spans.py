"""Stretches of code: they cover the very text, in Qt's units."""

from hypothesis import given
from hypothesis import strategies as st

from ui.chat.code_spans import language_of, spans_of


@given(st.text("def x():\n\t\"'# é😀\\", max_size=80))
def test_spans_lie_inside_their_lines(text: str) -> None:
    lines = text.split("\n")
    for line, spans in zip(lines, spans_of(text, "python"), strict=True):
        end = 0
        for span in spans:
            assert span.start >= end
            end = span.start + span.length
        assert end <= len(line.encode("utf-16-le")) // 2


def test_spans_after_an_emoji_count_utf_16_units() -> None:
    (spans,) = spans_of("'😀' is None", "python")
    assert max(span.start + span.length for span in spans) == len("'😀' is None") + 1


def test_leading_blank_lines_keep_their_place() -> None:
    lines = spans_of("\n\nimport os", "python")
    assert [bool(spans) for spans in lines] == [False, False, True]


def test_unknown_language_and_huge_text_stay_plain() -> None:
    assert spans_of("a b", "no-such-language") == [[]]
    assert spans_of("x = 1\n" * 50_000, "python")[0] == []
    assert spans_of("x" * 5_000, "python") == [[]]


def test_language_is_what_the_fence_says_else_what_the_text_shows() -> None:
    assert language_of("Python3", "") == "python3"
    assert language_of("{.rust}", "") == "rust"
    assert language_of("", "import os\n\ndef f():\n    pass") == "python"
    assert language_of("", "just some words") == ""
