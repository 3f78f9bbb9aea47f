"""Answers that would freeze a window: each frame's work on the main thread is bounded, and no text is lost.

What is measured is the processor time of the main thread itself, in units of a fixed piece of work: a slow processor,
or one that other programs keep busy, is no fault of the window's.
"""

import time

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.chat.stage import ICONS, settle
from ui.chat.answer_body import AnswerBody
from ui.chat.code_block import CodeBlock
from ui.chat.prose_view import ProseView, TableView
from ui.theme.theme import Theme

MOST_S = 0.1  # a frame, where `work` takes WORK_S
WORK_S = 0.012
FRAME_LETTERS = 120
TABLE = "| name | kind | size | what |\n|:-|-|-:|-|\n" + "| `item` | **bold** | 12 | some words here |\n" * 120
HOSTILE = {
    "table of 120 rows": TABLE,
    "table in columns": "|a" * 3000 + "|\n" + "|-" * 3000 + "|\n",
    "strikes": "~~a" * 2000,
    "emphasis": "*a_b" * 2000,
    "brackets": "![" * 3000,
    "ticks": "`a" * 3000,
    "quotes": "> " * 3000 + "a",
    "list marks": "- " * 3000 + "a",
    "fences": "```py\nx = 1\n```\n\n" * 200,
    "headings": "# head\n\n" * 1100,
    "one line": "word " * 2000,
    "one fence": "```py\n" + "x = [1, 2, 3]\n" * 700,
}


def work() -> float:
    """The processor time of a fixed piece of work."""
    before = time.thread_time()
    sum(number * number for number in range(200_000))
    return time.thread_time() - before


def stream(body: AnswerBody, text: str) -> list[float]:
    """Show a text as it grows; the processor time of each frame in seconds."""
    frames = []
    for stop in range(FRAME_LETTERS, len(text) + FRAME_LETTERS, FRAME_LETTERS):
        before = time.thread_time()
        body.show_text(text[:stop], is_growing=True)
        settle()
        frames.append(time.thread_time() - before)
    return frames


def shown_letters(body: AnswerBody) -> int:
    texts = [part.text if isinstance(part, CodeBlock) else part.toPlainText() for part in body.parts]
    return sum(len(text) for text in texts)


@pytest.fixture
def body(qtbot: QtBot, theme: Theme) -> AnswerBody:
    made = AnswerBody(ICONS, theme)
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.show()
    made.show_text("| a |\n|-|\n\n```py\nx\n```", is_growing=False)  # what is imported at first use is imported now
    settle()
    return made


@pytest.mark.parametrize("kind", HOSTILE)
def test_frame_of_a_hostile_answer_is_short(body: AnswerBody, kind: str) -> None:
    most = MOST_S * max(1.0, work() / WORK_S)
    frames = stream(body, HOSTILE[kind])
    if max(frames) >= most:  # a frame that is slow by itself is slow each time
        body.show_text("", is_growing=True)
        frames = list(map(min, frames, stream(body, HOSTILE[kind])))
    assert max(frames) < most
    assert shown_letters(body) > 0


def test_streamed_table_is_the_table_that_is_drawn_at_once(qtbot: QtBot, theme: Theme, body: AnswerBody) -> None:
    text = "| a | b |\n|-|-|\n| 1 | `two` |\n| three | **4** |\n| five |"
    for stop in range(1, len(text) + 1):
        body.show_text(text[:stop], is_growing=True)
    at_once = AnswerBody(ICONS, theme)
    qtbot.addWidget(at_once)
    at_once.show_text(text, is_growing=False)
    streamed, drawn = body.parts[-1], at_once.parts[-1]
    assert isinstance(streamed, TableView)
    assert isinstance(drawn, TableView)
    assert streamed.document().toHtml() == drawn.document().toHtml()


def test_answer_of_very_many_blocks_keeps_its_end_in_one_block_as_it_was_written(body: AnswerBody) -> None:
    text = "".join(f"# head {number}\n\n" for number in range(1200))
    body.show_text(text, is_growing=False)
    *_, last = body.parts
    assert isinstance(last, CodeBlock)
    assert last.text.endswith("# head 1199\n\n")
    assert isinstance(body.parts[0], ProseView)
