"""Blocks of a text that streams in: nothing is lost, and chunks decide nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.chat.markdown import MarkdownStream, closed, make_parser

_LINES = st.sampled_from(
    [
        "prose here", "2", "2. second", "1. first", "- item", "  more of it", "    deep", "-", "--", "---", "===", "",
        "", "```python", "```", "~~~", "def f():", "> quote", "# head", "#", "a | b", "--- | ---", "1 | 2", "\t", " ",
        "<div>", "[a]: http://x", "* * *", "+ plus", "`code", "**bold", "\r", "x\ry",
    ]
)  # fmt: skip
texts = st.lists(_LINES, max_size=12).map("\n".join) | st.text(max_size=60)


def cuts(text: str, points: list[int]) -> list[str]:
    places = sorted({min(point, len(text)) for point in points})
    return [text[start:stop] for start, stop in zip([0, *places], [*places, len(text)], strict=True)]


def streamed(chunks: list[str]) -> list[str]:
    stream = MarkdownStream(make_parser())
    blocks: list[str] = []
    for chunk in chunks:
        blocks += stream.push(chunk)
    return [*blocks, *stream.finish()]


@given(texts, st.lists(st.integers(0, 80), max_size=8))
def test_blocks_together_are_the_text(text: str, points: list[int]) -> None:
    assert "".join(streamed(cuts(text, points))) == text


@given(texts, st.lists(st.integers(0, 80), max_size=8))
def test_blocks_are_the_same_in_any_chunks(text: str, points: list[int]) -> None:
    assert streamed(cuts(text, points)) == streamed([text])


@given(texts)
def test_blocks_are_the_same_letter_by_letter(text: str) -> None:
    assert streamed(list(text)) == streamed([text])


def test_block_is_settled_only_when_the_next_has_begun_in_a_whole_line() -> None:
    stream = MarkdownStream(make_parser())
    assert stream.push("1. first\n\n  mo") == ()  # may yet be indented enough to belong to the item
    assert stream.push("re\n\n2. second\n") == ("1. first\n\n", "  more\n\n")
    assert stream.push("\nprose\n") == ("2. second\n\n",)
    assert stream.open_block == "prose\n"


def test_open_fence_holds_everything_that_follows() -> None:
    stream = MarkdownStream(make_parser())
    assert stream.push("Here:\n\n```py\nx = 1\n\n# not a heading\n") == ("Here:\n\n",)
    assert stream.open_block.startswith("```py")
    assert stream.push("```\nafter\n") == ("```py\nx = 1\n\n# not a heading\n```\n",)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see `code", "see `code`"),
        ("so **bold", "so **bold**"),
        ("so **bold *", "so **bold *"),
        ("plain", "plain"),
        ("```py\nx = 1\n``", "```py\nx = 1\n"),
        ("```py\nx = `a", "```py\nx = `a"),
        ("```py\nx\n```", "```py\nx\n"),
    ],
)
def test_open_block_is_shown_as_if_it_ended(written: str, shown: str) -> None:
    assert closed(written) == shown
