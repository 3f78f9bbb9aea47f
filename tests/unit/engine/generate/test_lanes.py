"""Lanes: how much of a prompt is reused, what a failure leaves, what is dropped for room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.generate.lanes import Lane, Lanes, common_prefix
from tests.scripted_network import ScriptedNetwork

ids_lists = st.lists(st.integers(0, 3), max_size=12)


def network() -> ScriptedNetwork:
    return ScriptedNetwork(rule=lambda ids: 0, vocab_size=8)


@given(first=ids_lists, second=ids_lists.filter(bool))
def test_rewound_lane_holds_a_prefix_of_the_prompt_and_the_cache_agrees(first: list[int], second: list[int]) -> None:
    scripted = network()
    lane = Lane(scripted)
    if first:
        lane.read(first)
    reused = lane.rewind(second)
    assert lane.ids == second[:reused]
    assert scripted.caches[-1].ids == lane.ids
    assert reused < len(second)
    longer = reused + 1
    assert longer == len(second) or first[:longer] != second[:longer]


def test_same_prompt_again_computes_its_last_token_only() -> None:
    lane = Lane(network())
    lane.read([1, 2, 3])
    assert lane.rewind([1, 2, 3]) == 2


def test_failed_read_leaves_the_lane_as_it_was() -> None:
    scripted = network()
    lane = Lane(scripted)
    lane.read([1, 2])
    scripted.failures[2] = RuntimeError("boom")
    with pytest.raises(RuntimeError):
        lane.read([3])
    assert lane.ids == [1, 2]
    lane.read([1])
    assert scripted.caches[-1].ids == [1, 2, 1]


def lanes_of(scripted: ScriptedNetwork, budget: int = 100, tail_budget: int = 100) -> Lanes:
    return Lanes(scripted, budget, tail_budget)


def read(lanes: Lanes, buffer: str, owner: str, prompt: list[int], base: int = 0) -> int:
    """Read a prompt as a job does; how many of its tokens were there."""
    lane, reused = lanes.open(buffer, owner, prompt, base, len(prompt))
    lane.read(prompt[reused:])
    assert lane.ids == prompt
    assert lane.cache.ids == prompt
    return reused


def test_buffers_are_found_again_by_their_names() -> None:
    lanes = lanes_of(network())
    read(lanes, "chat", "", [1, 2, 3])
    read(lanes, "infill", "", [4, 5, 6])
    assert read(lanes, "chat", "", [1, 2, 3, 4]) == 3
    assert read(lanes, "infill", "", [4, 5, 6, 7]) == 3


def test_least_recently_used_buffer_makes_room() -> None:
    lanes = lanes_of(network(), budget=10)
    for name in ("a", "b", "c"):
        read(lanes, name, "", [1, 2, 3])
    read(lanes, "a", "", [1, 2, 3])
    read(lanes, "d", "", [1, 2, 3, 4])
    assert read(lanes, "a", "", [1, 2, 3]) == 2
    assert read(lanes, "c", "", [1, 2, 3]) == 2
    assert read(lanes, "b", "", [1, 2, 3]) == 0


def test_buffer_larger_than_the_budget_is_still_served_alone() -> None:
    lanes = lanes_of(network(), budget=10)
    read(lanes, "a", "", [1, 2, 3])
    read(lanes, "b", "", list(range(8)) * 4)
    assert read(lanes, "b", "", [*range(8)] * 4) == 31
    assert read(lanes, "a", "", [1, 2, 3]) == 0


def test_cleared_lanes_forget_everything() -> None:
    lanes = lanes_of(network())
    read(lanes, "a", "", [1, 2])
    lanes.clear()
    assert read(lanes, "a", "", [1, 2]) == 0


PROJECT = [7, 7, 6, 5, 7, 6]


def test_chats_that_take_turns_behind_a_project_read_nothing_again_and_never_copy_the_project() -> None:
    scripted = network()
    lanes = lanes_of(scripted)
    first, second = [*PROJECT, 1, 2, 3], [*PROJECT, 4, 5]
    assert read(lanes, "project", "a", first, base=len(PROJECT)) == 0
    assert read(lanes, "project", "b", second, base=len(PROJECT)) == len(PROJECT)
    (cache,) = scripted.caches
    assert cache.copied == 3
    assert read(lanes, "project", "a", [*first, 4], base=len(PROJECT)) == len(first)
    assert read(lanes, "project", "b", [*second, 4], base=len(PROJECT)) == len(second)
    assert sum(len(call) for call in scripted.calls) == len(PROJECT) + 3 + 2 + 1 + 1


def test_chats_that_happen_to_begin_alike_still_find_their_own() -> None:
    lanes = lanes_of(network())
    base = len(PROJECT)
    read(lanes, "project", "a", [*PROJECT, 1, 2, 3], base)
    read(lanes, "project", "b", [*PROJECT, 1, 5], base)
    read(lanes, "project", "c", [*PROJECT, 4], base)
    assert read(lanes, "project", "a", [*PROJECT, 1, 2, 3, 3], base) == base + 3
    assert read(lanes, "project", "b", [*PROJECT, 1, 5, 5], base) == base + 2


def test_tail_behind_a_changed_project_is_not_believed() -> None:
    lanes = lanes_of(network())
    read(lanes, "project", "a", [*PROJECT, 1, 2, 3], len(PROJECT))
    changed = [*PROJECT[:3], 0, *PROJECT[4:]]
    read(lanes, "project", "b", [*changed, 4], len(PROJECT))
    assert read(lanes, "project", "a", [*changed, 1, 2, 3], len(PROJECT)) == len(PROJECT)


def test_waiting_tails_keep_to_their_budget_the_oldest_going_first() -> None:
    lanes = lanes_of(network(), tail_budget=4)
    base = len(PROJECT)
    for owner, token in (("a", 1), ("b", 2), ("c", 3)):
        read(lanes, "project", owner, [*PROJECT, token, token, token], base)
    assert read(lanes, "project", "b", [*PROJECT, 2, 2, 2, 0], base) == base + 3
    assert read(lanes, "project", "a", [*PROJECT, 1, 1, 1], base) == base


@given(turns=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6), ids_lists), max_size=12))
def test_whatever_takes_turns_the_lane_holds_its_prompt(turns: list[tuple[str, int, list[int]]]) -> None:
    lanes = lanes_of(network(), tail_budget=8)
    for owner, base, tail in turns:
        read(lanes, "project", owner, [*PROJECT[:base], *tail, 1], base)


@given(first=ids_lists, second=ids_lists)
def test_common_prefix_is_the_longest(first: list[int], second: list[int]) -> None:
    size = common_prefix(first, second)
    assert first[:size] == second[:size]
    assert size == min(len(first), len(second)) or first[size] != second[size]


def test_common_prefix_of_long_texts_is_found_across_its_strides() -> None:
    text = [index % 7 for index in range(20_000)]
    for size in (0, 1, 4095, 4096, 4097, 12_000, 20_000):
        other = [*text[:size], -1, *text[size:]]
        assert common_prefix(text, other) == size
