"""The window's work while an answer streams in, with the real chat pane, offscreen. Imports Qt."""

import inspect
import logging
import statistics
import textwrap
import time
from dataclasses import dataclass
from itertools import pairwise

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from PySide6.QtCore import QEventLoop, QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QTextBrowser

from app.models.starter import resources_folder
from engine.answers import Answer, Question, fold
from engine.messages.generation import TextDelta
from ui.chat.pane import ChatPane
from ui.theme.icons import Icons
from ui.theme.style import apply_theme
from ui.theme.theme import find_theme

TOKENS_PER_S = 200
ANSWER_CHARACTERS = 64_000
_TOKEN_CHARACTERS = 4
_STREAMED_TOKENS = 800  # the last tokens of a long answer, which are the most expensive
_FRAME_MS = 16  # the interval at which the bridge delivers events
_RENDERINGS = 10
_BUSY_CHARACTERS = 4_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Streamed:
    """The window thread's processor time per token, and the lateness of frames (99th percentile)."""

    ms_per_token: float
    late_ms: float


class WindowWork:
    """A chat pane, offscreen, and the work done on it."""

    def __init__(self) -> None:
        self._earlier_handler = qInstallMessageHandler(_log_message)
        self._application = _application()
        self._theme = find_theme(dark=False)
        apply_theme(self._application, self._theme)
        self._pane = ChatPane(Icons(resources_folder() / "icons"), self._theme)
        self._pane.resize(480, 800)
        self._pane.show()
        self._answer = Answer(1)
        self._text = long_answer(ANSWER_CHARACTERS)
        self._source = inspect.getsource(textwrap)

    def close(self) -> None:
        """Close the pane; the application stays, since a process can have only one."""
        self._pane.close()
        self._pane.deleteLater()
        self._application.setStyleSheet("")
        self._application.processEvents()
        qInstallMessageHandler(self._earlier_handler)

    @property
    def shown_text(self) -> str:
        """The text of the answer in the pane."""
        view = self._pane.transcript.last_answer
        return view.answer.text if view is not None else ""

    def keep_busy(self) -> None:
        """About ten milliseconds of pure Python and painting: highlight a file, grow an answer, handle events."""
        highlight(self._source[:_BUSY_CHARACTERS], PythonLexer(), HtmlFormatter())
        if not self._answer.text or len(self._answer.text) > _BUSY_CHARACTERS:
            self._begin(0)
        self._grow(10)
        self._pane.repaint()
        self._application.processEvents()

    def stream(self) -> Streamed:
        """Stream the end of a long answer at 200 tokens a second, in real time, through the event loop."""
        sent = len(self._text) // _TOKEN_CHARACTERS - _STREAMED_TOKENS
        self._begin(sent * _TOKEN_CHARACTERS)
        self._application.processEvents()
        loop, ticks = QEventLoop(), [time.perf_counter()]
        start_s, left = ticks[0], _STREAMED_TOKENS

        def on_frame() -> None:
            nonlocal left
            ticks.append(time.perf_counter())
            due = min(left, round((ticks[-1] - start_s) * TOKENS_PER_S) - (_STREAMED_TOKENS - left))
            left -= due
            self._grow(due)
            if not left:
                loop.quit()

        timer = QTimer(interval=_FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(on_frame)
        timer.start()
        start_cpu_s = time.thread_time()
        loop.exec()
        self._application.processEvents()
        cpu_s = time.thread_time() - start_cpu_s
        timer.stop()
        late_ms = sorted(max(0.0, (later - earlier) * 1000 - _FRAME_MS) for earlier, later in pairwise(ticks))
        return Streamed(cpu_s / _STREAMED_TOKENS * 1000, late_ms[len(late_ms) * 99 // 100])

    def render_whole(self) -> float:
        """Median milliseconds of processor time per token if the whole answer is rendered again."""
        browser = QTextBrowser()
        browser.resize(self._pane.size())
        browser.show()
        spent_s = []
        for number in range(_RENDERINGS + 1):
            start_s = time.thread_time()
            browser.setMarkdown(self._text[: len(self._text) - (_RENDERINGS - number) * _TOKEN_CHARACTERS])
            browser.verticalScrollBar().setValue(browser.verticalScrollBar().maximum())
            self._application.processEvents()
            spent_s.append(time.thread_time() - start_s)
        browser.close()
        browser.deleteLater()
        return statistics.median(spent_s[1:]) * 1000

    def _begin(self, characters: int) -> None:
        self._answer = fold(Answer(self._answer.id + 1), TextDelta("job", self._text[:characters], 1))
        self._pane.show_chat(1, "Bench", [Question(0, "?"), self._answer])

    def _grow(self, tokens: int) -> None:
        if tokens:
            start = len(self._answer.text)
            text = self._text[start : start + tokens * _TOKEN_CHARACTERS]
            self._answer = fold(self._answer, TextDelta("job", text, tokens))
            self._pane.show_answer(self._answer)


def long_answer(characters: int) -> str:
    """Markdown like a model's: headings, prose, lists, and fenced code of about twenty lines."""
    lines = inspect.getsource(textwrap).replace("```", "'''").splitlines()
    parts, length, number = [], 0, 0
    while length < characters:
        start = number * 20 % (len(lines) - 20)
        code = "\n".join(lines[start : start + 20])
        part = (
            f"## Step {number + 1}\n\nThe function reads a *line* at a time and keeps what `step_{number}` needs. It "
            "looks at each word once, so its time grows with the length of the text and with nothing else; what it "
            f"has seen is **not** looked at again.\n\n- first, {number} words are read\n- then they are joined\n\n"
            f"```python\n{code}\n```\n\n"
        )
        parts.append(part)
        length += len(part)
        number += 1
    return "".join(parts)[:characters]


def _application() -> QApplication:
    running = QApplication.instance()
    return running if isinstance(running, QApplication) else QApplication(["lacuna", "-platform", "offscreen"])


def _log_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Drop Qt's messages about the offscreen platform, which do not belong between the rows."""
    _log.debug("%s: %s", kind.name, message)
