"""Python's own time is taken over the real call path: a replay for each token, and no kernel."""

from collections.abc import Callable

import pytest

from app.bench import step_rows
from app.bench.step_rows import NoDevice, graph_rows, python_row, verify_rows
from app.bench.subjects import Subject


def test_python_row_replays_one_graph_for_each_token(tiny: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    replays = 0

    class Counting(NoDevice):
        def capture(self, run: Callable[[], None]) -> Callable[[], None]:
            def replay() -> None:
                nonlocal replays
                replays += 1

            return replay

    monkeypatch.setattr(step_rows, "NoDevice", Counting)
    (row,) = python_row(tiny)
    assert step_rows._TOKENS - 1 <= replays <= step_rows._TOKENS + 1
    assert (row.row, row.unit, row.goal) == ("python", "ms/token", 1.0)


def test_graph_row_on_a_processor_is_not_measured(tiny: Subject) -> None:
    (row,) = graph_rows(tiny, 8, 8)
    assert row.ours is None
    assert "processor" in row.note


def test_verify_rows_show_each_window_but_one(tiny: Subject) -> None:
    assert [row.unit for row in verify_rows(tiny)] == ["c(2)", "c(4)", "c(8)"]
