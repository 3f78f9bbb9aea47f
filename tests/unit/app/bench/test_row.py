"""Arithmetic of a row: which way is better, what is met, how figures are rounded."""

from collections.abc import Callable

import pytest

from app.bench.row import interleaved, less_is_better, more_is_better, not_measured


def test_more_is_better_when_twice_as_fast_has_ratio_two() -> None:
    row = more_is_better("decode", "model", "tok/s", 20.0, 10.0, "other", 2.0)
    assert (row.ratio, row.met) == (2.0, True)


def test_less_is_better_when_twice_as_long_has_ratio_half_and_misses() -> None:
    row = less_is_better("start", "model", "s", 1.0, 0.5, "the goal itself", 1.0)
    assert (row.ratio, row.met) == (0.5, False)


def test_met_without_a_goal_is_neither() -> None:
    assert more_is_better("decode", "model", "tok/s", 20.0, 10.0, "other", None).met is None


def test_ratio_beside_nothing_is_none_and_not_met() -> None:
    row = more_is_better("decode", "model", "tok/s", 20.0, 0.0, "other", 2.0)
    assert (row.ratio, row.met) == (None, None)


def test_as_dict_rounds_to_four_digits_and_judges_before_rounding() -> None:
    row = more_is_better("decode", "model", "tok/s", 1999.949, 1000.0, "other", 2.0)
    assert row.as_dict()["ours"] == 2000.0
    assert row.as_dict()["ratio"] == 2.0
    assert row.as_dict()["met"] is False


def test_as_dict_of_a_row_has_exactly_the_agreed_keys() -> None:
    keys = ["row", "model", "unit", "ours", "other", "other_name", "ratio", "goal", "met", "note"]
    assert list(more_is_better("decode", "model", "tok/s", 2.0, 1.0, "other", 2.0).as_dict()) == keys


def test_not_measured_says_why_and_is_neither_met_nor_missed() -> None:
    line = not_measured("decode", "7B", "no memory").as_dict()
    assert (line["ours"], line["other"], line["ratio"], line["met"]) == (None, None, None, None)
    assert line["note"] == "no memory"


@pytest.mark.parametrize(("warm_up", "calls"), [(True, 4), (False, 3)])
def test_interleaved_takes_turns_and_gives_medians(warm_up: bool, calls: int) -> None:
    order: list[str] = []

    def side(name: str, figures: list[float]) -> Callable[[], float]:
        left = iter(figures if not warm_up else [1000.0, *figures])

        def measure() -> float:
            order.append(name)
            return next(left)

        return measure

    found = interleaved(side("ours", [1.0, 9.0, 2.0]), side("other", [5.0, 3.0, 4.0]), 3, warm_up=warm_up)
    assert found == (2.0, 4.0)
    assert order == ["ours", "other"] * calls
