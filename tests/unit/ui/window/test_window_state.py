"""The window's state survives being bytes, and damaged bytes are no state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.window.panes import Pane, PaneVisibility
from ui.window.window_state import WindowState, state_of

_PANES = st.frozensets(st.sampled_from(Pane))


@given(st.binary(max_size=64), st.lists(st.integers(0, 10_000), max_size=4), _PANES)
def test_state_when_saved_and_read_again_is_equal(geometry: bytes, widths: list[int], hidden: frozenset[Pane]) -> None:
    state = WindowState(geometry, tuple(widths), hidden)
    assert state_of(state.to_bytes()) == state


@given(st.binary(max_size=200))
def test_state_of_any_bytes_never_fails(saved: bytes) -> None:
    assert state_of(saved) is None


@pytest.mark.parametrize(
    "saved",
    [
        b"",
        b"[]",
        b'{"version": 2}',
        b'{"version": 1, "geometry": "", "widths": ["a"], "hidden": []}',
        b'{"version": 1, "geometry": "", "widths": [], "hidden": ["attic"]}',
        b'{"version": 1, "geometry": "?", "widths": [], "hidden": []}',
        b'{"version": 1, "geometry": 3, "widths": [], "hidden": []}',
    ],
)
def test_state_when_damaged_or_of_another_version_is_none(saved: bytes) -> None:
    assert state_of(saved) is None


def test_project_pane_when_the_window_gets_narrow_folds_and_comes_back() -> None:
    panes = PaneVisibility()
    panes.set_narrow(True)
    assert panes.visible == {Pane.CODE, Pane.CHAT}
    panes.set_narrow(False)
    assert panes.visible == set(Pane)


def test_project_pane_when_asked_for_in_a_narrow_window_shows_until_the_width_crosses_again() -> None:
    panes = PaneVisibility()
    panes.set_narrow(True)
    panes.set_wanted(Pane.PROJECT, True)
    assert Pane.PROJECT in panes.visible
    panes.set_narrow(True)
    assert Pane.PROJECT in panes.visible
    panes.set_narrow(False)
    panes.set_narrow(True)
    assert Pane.PROJECT not in panes.visible


def test_project_pane_when_hidden_by_the_person_stays_hidden_in_a_wide_window() -> None:
    panes = PaneVisibility()
    panes.set_wanted(Pane.PROJECT, False)
    panes.set_narrow(True)
    panes.set_narrow(False)
    assert Pane.PROJECT not in panes.visible


@given(st.lists(st.tuples(st.sampled_from(["wanted", "unwanted", "narrow", "wide"]), st.sampled_from(Pane))))
def test_one_pane_always_shows(steps: list[tuple[str, Pane]]) -> None:
    panes = PaneVisibility()
    for what, pane in steps:
        match what:
            case "wanted":
                panes.set_wanted(pane, True)
                assert pane in panes.visible
            case "unwanted":
                panes.set_wanted(pane, False)
            case _:
                panes.set_narrow(what == "narrow")
        assert panes.visible
