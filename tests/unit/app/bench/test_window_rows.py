"""The window's rows: real widgets, a real start, a real engine process; no time is asserted."""

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.bench.engine_child import EngineChild
from app.bench.window_rows import start_row, window_rows
from app.bench.window_work import WindowWork, long_answer
from engine.errors import LacunaError


def test_rows_without_qt_are_not_measured_and_say_so(starter_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "app.bench.window_work", None)
    rows = list(window_rows(starter_folder))
    assert [row.row for row in rows] == ["first paint", "busy window", "streamed answer", "late frames"]
    assert all(row.ours is None and "no Qt" in row.note for row in rows)


def test_long_answer_has_its_length_and_what_models_write() -> None:
    text = long_answer(64_000)
    assert len(text) == 64_000
    assert text.count("```") > 100
    assert "\n- " in text
    assert "\n## Step 2\n" in text


def test_busy_work_grows_the_answer_in_the_real_pane(qapp: QApplication) -> None:
    work = WindowWork()
    try:
        work.keep_busy()
        first = work.shown_text
        work.keep_busy()
        assert work.shown_text.startswith(first)
        assert len(work.shown_text) > len(first) > 0
    finally:
        work.close()


def test_streaming_ends_with_the_whole_answer(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.bench.window_work._STREAMED_TOKENS", 20)
    monkeypatch.setattr("app.bench.window_work.ANSWER_CHARACTERS", 2_000)
    work = WindowWork()
    try:
        work.stream()
        assert work.shown_text == long_answer(2_000)
    finally:
        work.close()


def test_start_row_watches_a_real_window_in_its_own_process() -> None:
    row = start_row(1)
    assert row.ours is not None
    assert "fresh process" in row.note


def test_engine_child_answers_while_this_thread_works(starter_folder: Path) -> None:
    calls = []
    with EngineChild(starter_folder) as engine:
        assert engine.tokens_per_s(lambda: calls.append(None)) > 0
    assert calls


def test_engine_child_over_no_model_raises_and_leaves_no_process(tmp_path: Path) -> None:
    engine = EngineChild(tmp_path)
    with pytest.raises(LacunaError), engine:
        pass
    assert engine.pid is None
