"""Blocks of a text that streams in: nothing is lost, and chunks decide nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.chat.markdown import MarkdownReader, MarkdownStream, closed

_LINES = st.sampled_from(
    [
        "prose here", "2", "2. second", "1. first", "- item", "  more of it", "    deep", "-", "--", "---", "===", "",
        "", "```python", "```", "~~~", "def f():", "> quote", "# head", "#", "a | b", "--- | ---", "1 | 2", "\t", " ",
        "<div>", "[a]: http://x", "* * *", "+ plus", "`code", "**bold", "\r", "x\ry",
    ]
)  # fmt: skip
READER = MarkdownReader()
texts = st.lists(_LINES, max_size=12).map("\n".join) | st.text(max_size=60)


def cuts(text: str, points: list[int]) -> list[str]:
    places = sorted({min(point, len(text)) for point in points})
    return [text[start:stop] for start, stop in zip([0, *places], [*places, len(text)], strict=True)]


def streamed(chunks: list[str]) -> list[str]:
    stream = MarkdownStream()
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
    stream = MarkdownStream()
    assert stream.push("1. first\n\n  mo") == ()  # may yet be indented enough to belong to the item
    assert stream.push("re\n\n2. second\n") == ("1. first\n\n", "  more\n\n")
    assert stream.push("\nprose\n") == ("2. second\n\n",)
    assert stream.open_block == "prose\n"


def test_open_fence_holds_everything_that_follows() -> None:
    stream = MarkdownStream()
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
        ("```py\nx\n```", "```py\nx\n```"),
        ("```c\nchar **argv\n```\n\nThis returns **ze", "```c\nchar **argv\n```\n\nThis returns **ze**"),
        ("a call f(**names) and", "a call f(**names) and"),
        ("use `**/*.py` in", "use `**/*.py` in"),
        ("````md\n```py\nx = 1\n", "````md\n```py\nx = 1\n"),
        ("~~~\n`x\n~~", "~~~\n`x\n"),
        ("> ```py\n> x = 1\n> ``", "> ```py\n> x = 1\n"),
        ("- a\n\n  ```\n  x\n  `", "- a\n\n  ```\n  x\n"),
        ("``a`b", "``a`b``"),
        ("an escaped \\`tick", "an escaped \\`tick"),
        ("    x = `1`\n    y = `", "    x = `1`\n    y = `"),
    ],
)
def test_open_block_is_shown_as_if_it_ended(written: str, shown: str) -> None:
    assert closed(written, READER) == shown


@given(texts)
def test_closing_what_is_open_adds_marks_or_takes_a_last_line_and_nothing_else(text: str) -> None:
    shown = closed(text, READER)
    assert shown.rstrip("`*").rstrip() == text.rstrip("`*").rstrip() or text.startswith(shown)
