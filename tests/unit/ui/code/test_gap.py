"""Cutting a text where Qt says the gap is."""

from hypothesis import given
from hypothesis import strategies as st

from ui.code.gap import Gap, cut_gap, lines_around
from ui.parts.utf16 import utf16_length

texts = st.text(alphabet=["a", "\n", "é", "😀", "\u2028", "한"], max_size=30)


@given(texts, texts, texts)
def test_cut_at_the_units_of_its_parts_gives_the_parts(prefix: str, middle: str, suffix: str) -> None:
    start, end = utf16_length(prefix), utf16_length(prefix + middle)
    assert cut_gap(prefix + middle + suffix, start, end) == Gap(start, end, prefix, middle, suffix)


@given(texts, st.integers(-3, 70), st.integers(-3, 70))
def test_cut_anywhere_loses_nothing(text: str, start: int, end: int) -> None:
    gap = cut_gap(text, start, end)
    assert gap.prefix + gap.middle + gap.suffix == text
    assert (utf16_length(gap.prefix), utf16_length(gap.middle)) == (gap.start, gap.end - gap.start)


def test_cut_inside_an_emoji_takes_it_whole() -> None:
    assert cut_gap("a😀b", 2, 4) == Gap(1, 4, "a", "😀b", "")
    assert cut_gap("a😀b", 0, 2) == Gap(0, 3, "", "a😀", "b")
    assert cut_gap("a😀b", 2, 2) == Gap(1, 1, "a", "", "😀b")


def test_lines_around_when_gap_is_inside_a_line_keeps_what_stands_beside_it() -> None:
    lines = lines_around(cut_gap("one\nx = foo(bar)\nthree\nfour", 12, 15), most_lines=1)
    assert (lines.before, lines.head, lines.middle, lines.tail, lines.after) == (
        ("one",),
        "x = foo(",
        "bar",
        ")",
        ("three",),
    )


def test_lines_around_when_file_is_long_is_bounded() -> None:
    text = "\n".join(str(number) for number in range(1000))
    gap = cut_gap(text, text.index("\n500"), text.index("\n500") + 1)
    lines = lines_around(gap, most_lines=3)
    assert lines.before == ("496", "497", "498")
    assert (lines.head, lines.middle, lines.tail) == ("499", "\n", "500")
    assert lines.after == ("501", "502", "503")


def test_lines_around_when_text_is_empty() -> None:
    lines = lines_around(cut_gap("", 0, 0), most_lines=5)
    assert (lines.before, lines.head, lines.tail, lines.after) == ((), "", "", ())
