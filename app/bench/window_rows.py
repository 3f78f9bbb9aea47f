"""The cost of the window: the engine's rate beside a busy window, a long streamed answer, and a start.

Functions import Qt, so that the other rows can be measured on a machine without it.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.bench.engine_child import EngineChild
from app.bench.row import PAIRS, Row, interleaved, less_is_better, more_is_better, not_measured
from engine.errors import ErrorCode, LacunaError
from engine.models.processor import read_processor

if TYPE_CHECKING:
    from app.bench.window_work import WindowWork

_MODEL = "window"
_BUSY, _STREAM, _FRAMES, _START = "busy window", "streamed answer", "late frames", "first paint"
_BUSY_GOAL = 0.97
_CHEAPER_GOAL, _TOKEN_MS, _FRAME_MS = 30.0, 0.5, 16.0
_START_S = 0.5
_START_TIMEOUT_S = 60
# What `lacuna` imports before it opens the window belongs to its start.
_FIRST_PAINT = "import app.command_line, app.bench.first_paint as first; first.main()"


def window_rows(starter: Path, pairs: int = PAIRS) -> Iterator[Row]:
    """Rows "first paint", "busy window", "streamed answer" and "late frames". Raises LacunaError."""
    try:
        from app.bench.window_work import WindowWork
    except ImportError as error:
        for name in (_START, _BUSY, _STREAM, _FRAMES):
            yield not_measured(name, _MODEL, f"there is no Qt here ({error})")
        return
    yield start_row(pairs)
    work = WindowWork()
    try:
        yield busy_row(work, starter, pairs)
        yield from stream_rows(work, pairs)
    finally:
        work.close()


def start_row(pairs: int) -> Row:
    """Seconds from process start to the first paint; the first run also warms the system's page cache."""
    seconds = [_start_s() for _ in range(pairs + 1)][1:]
    note = f"fresh process and profile, offscreen, slowest of {pairs}: {max(seconds):.2f} s"
    ours_s = statistics.median(seconds)
    return less_is_better(_START, _MODEL, "s", ours_s, _START_S, "the goal itself", 1.0, note)


def busy_row(work: "WindowWork", starter: Path, pairs: int) -> Row:
    """The engine's tokens a second while this thread runs Python and paints, beside those while it waits."""
    if read_processor().cores < 2:
        return not_measured(_BUSY, _MODEL, "one core cannot do two things at once")
    with EngineChild(starter) as engine:
        busy, idle = interleaved(lambda: engine.tokens_per_s(work.keep_busy), lambda: engine.tokens_per_s(None), pairs)
    note = "starter in its own process; highlighting and painting without a pause beside it"
    return more_is_better(_BUSY, "starter", "tok/s", busy, idle, "idle window", _BUSY_GOAL, note)


def stream_rows(work: "WindowWork", pairs: int) -> Iterator[Row]:
    """Processor time per token at the end of a long answer, ours beside re-rendering the whole text."""
    from app.bench.window_work import ANSWER_CHARACTERS, TOKENS_PER_S

    late_ms = []

    def ours() -> float:
        streamed = work.stream()
        late_ms.append(streamed.late_ms)
        return streamed.ms_per_token

    ours_ms, other_ms = interleaved(ours, work.render_whole, pairs)
    note = (
        f"the end of {ANSWER_CHARACTERS} characters at {TOKENS_PER_S} tokens/s, processor time of the window's thread"
    )
    yield less_is_better(_STREAM, _MODEL, "ms/token", ours_ms, other_ms, "setMarkdown of all", _CHEAPER_GOAL, note)
    yield less_is_better(_STREAM, _MODEL, "ms/token", ours_ms, _TOKEN_MS, "the goal itself", 1.0, note)
    late = statistics.median(late_ms[1:])
    note = "99 of 100 frames are less late"
    yield less_is_better(_FRAMES, _MODEL, "ms", late, _FRAME_MS, "the goal itself", 1.0, note)


def _start_s() -> float:
    with tempfile.TemporaryDirectory(prefix="lacuna-bench-") as folder:
        command = [sys.executable, "-P", "-c", _FIRST_PAINT, folder]
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(Path(__file__).parents[2])}
        start_s = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_START_TIMEOUT_S)
    if done.returncode:
        sentence = "The window could not be opened in a process of its own."
        raise LacunaError(ErrorCode.INTERNAL, sentence, "Look at the log of `lacuna`.", done.stderr)
    return float(done.stdout) - start_s
