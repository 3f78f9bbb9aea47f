"""One measured row, and a fair way to measure two sides."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

PAIRS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """Our figure beside another's. `ratio` is how many times better ours is, `goal` the ratio to reach.

    If a measurement was impossible, the figures are None and `note` says why. `met` is None then, and without a goal.
    """

    row: str
    model: str
    unit: str
    ours: float | None
    other: float | None
    other_name: str
    ratio: float | None
    goal: float | None
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.ratio is None or self.goal is None:
            return None
        return self.ratio >= self.goal

    def as_dict(self) -> dict[str, object]:
        return {
            "row": self.row,
            "model": self.model,
            "unit": self.unit,
            "ours": _rounded(self.ours),
            "other": _rounded(self.other),
            "other_name": self.other_name,
            "ratio": _rounded(self.ratio),
            "goal": self.goal,
            "met": self.met,
            "note": self.note,
        }


def more_is_better(
    row: str, model: str, unit: str, ours: float, other: float, other_name: str, goal: float | None, note: str = ""
) -> Row:
    """A row of speeds."""
    return Row(row, model, unit, ours, other, other_name, ours / other if other else None, goal, note)


def less_is_better(
    row: str, model: str, unit: str, ours: float, other: float, other_name: str, goal: float | None, note: str = ""
) -> Row:
    """A row of times or amounts."""
    return Row(row, model, unit, ours, other, other_name, other / ours if ours else None, goal, note)


def not_measured(row: str, model: str, reason: str) -> Row:
    """A row that can't be measured here."""
    return Row(row, model, "", None, None, "", None, None, reason)


def interleaved(
    ours: Callable[[], float], other: Callable[[], float], pairs: int = PAIRS, *, warm_up: bool = True
) -> tuple[float, float]:
    """Medians of both sides, measured alternately so that other load on the machine affects both alike."""
    if warm_up:
        ours(), other()
    found = [(ours(), other()) for _ in range(pairs)]
    return statistics.median(pair[0] for pair in found), statistics.median(pair[1] for pair in found)


def _rounded(value: float | None) -> float | None:
    """A number with four significant digits."""
    return None if value is None else float(f"{value:.4g}")
