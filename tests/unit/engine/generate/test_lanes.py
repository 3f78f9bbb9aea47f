"""Lanes: how much of a prompt is reused, what a failure leaves, what is dropped for room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.generate.lanes import Lane, Lanes
from tests.scripted_network import ScriptedNetwork

ids_lists = st.lists(st.integers(0, 3), max_size=12)


def network() -> ScriptedNetwork:
    return ScriptedNetwork(rule=lambda ids: 0, vocab_size=8)


@given(first=ids_lists, second=ids_lists.filter(bool))
def test_rewound_lane_holds_a_prefix_of_the_prompt_and_the_cache_agrees(first: list[int], second: list[int]) -> None:
    scripted = network()
    lane = Lane(scripted)
    if first:
        lane.extend(first)
    reused = lane.rewind(second)
    assert lane.ids == second[:reused]
    assert scripted.caches[-1].ids == lane.ids
    assert reused < len(second)
    longer = reused + 1
    assert longer == len(second) or first[:longer] != second[:longer]


def test_same_prompt_again_computes_its_last_token_only() -> None:
    lane = Lane(network())
    lane.extend([1, 2, 3])
    assert lane.rewind([1, 2, 3]) == 2


def test_failed_forward_empties_the_lane() -> None:
    scripted = network()
    lane = Lane(scripted)
    lane.extend([1, 2])
    scripted.failures[2] = RuntimeError("boom")
    with pytest.raises(RuntimeError):
        lane.extend([3])
    assert lane.ids == []
    lane.extend([1])
    assert scripted.caches[-1].ids == [1]


def test_lane_is_found_again_by_its_name() -> None:
    lanes = Lanes(network(), budget_tokens=100)
    chat = lanes.take("chat", 10)
    assert lanes.take("infill", 10) is not chat
    assert lanes.take("chat", 10) is chat


def test_least_recently_used_lane_makes_room() -> None:
    lanes = Lanes(network(), budget_tokens=10)
    for name in ("a", "b", "c"):
        lanes.take(name, 3).extend([1, 2, 3])
    lanes.take("a", 3)
    kept = lanes.take("d", 4)
    assert lanes.take("a", 3).ids == [1, 2, 3]
    assert lanes.take("c", 3).ids == [1, 2, 3]
    assert lanes.take("d", 4) is kept
    assert lanes.take("b", 3).ids == []


def test_lane_larger_than_the_budget_is_still_served_alone() -> None:
    lanes = Lanes(network(), budget_tokens=10)
    lanes.take("a", 3).extend([1, 2, 3])
    large = lanes.take("b", 50)
    assert lanes.take("b", 50) is large
    assert lanes.take("a", 3).ids == []


def test_cleared_lanes_forget_everything() -> None:
    lanes = Lanes(network(), budget_tokens=10)
    lanes.take("a", 3).extend([1])
    lanes.clear()
    assert lanes.take("a", 3).ids == []
