"""Drafts: what followed last time is proposed, stale entries do no harm, and what does not pay is left off."""

from hypothesis import given
from hypothesis import strategies as st

from engine.generate.drafts import Drafter, DraftIndex

COSTS = {1: 1.0, 2: 1.1, 4: 1.2, 8: 1.5}


def drafter(ids: list[int], costs: dict[int, float] | None = None) -> Drafter:
    return Drafter(DraftIndex(ids), ids, COSTS if costs is None else costs)


def test_what_followed_the_same_tokens_last_time_is_proposed() -> None:
    ids = [1, 2, 3, 10, 11, 9, 1, 2, 3, 20, 21, 22, 5, 1, 2]
    assert drafter(ids).propose(3, 3)[:3] == [20, 21, 22][: len(drafter(ids).propose(3, 3))]
    assert drafter(ids).propose(3, 3)[0] == 20


def test_longer_agreement_wins_over_a_later_shorter_one() -> None:
    run = [1, 2, 3, 4, 5, 6, 7]
    ids = [*run, 50, 51, 99, 5, 6, 7, 60, 61, *run[:-1]]
    assert drafter(ids).propose(7, 8)[:2] == [50, 51]


def test_nothing_is_proposed_without_agreement_without_room_or_where_verifying_costs_too_much() -> None:
    ids = [1, 2, 3, 10, 1, 2]
    assert drafter(ids).propose(9, 8) == []
    assert drafter(ids).propose(3, 0) == []
    assert drafter(ids, {}).propose(3, 8) == []
    assert drafter(ids, {1: 1.0, 2: 2.0, 4: 4.0, 8: 8.0}).propose(3, 8) == []


@given(ids=st.lists(st.integers(0, 3), max_size=60), cut=st.integers(0, 60), more=st.lists(st.integers(0, 3)))
def test_proposals_continue_an_earlier_occurrence_whatever_was_cut(ids: list[int], cut: int, more: list[int]) -> None:
    index = DraftIndex(ids)
    index.find(0)
    del ids[cut:]
    index.truncate(cut)
    ids.extend(more)
    for pending in range(4):
        place, length = index.find(pending)
        if length:
            assert place < len(ids)
            assert ids[place - length : place] == [*ids, pending][-length:]


def test_drafts_that_are_wrong_again_and_again_stop_and_are_tried_again_later() -> None:
    ids = [1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 1, 2]
    guessing = drafter(ids)
    tried = 0
    while draft := guessing.propose(3, 8):
        guessing.observe(len(draft), 0)
        tried += 1
        assert tried < 20
    assert guessing.accepted == 0
    for _ in range(200):
        if guessing.propose(3, 8):
            break
    else:
        raise AssertionError("it never tried again")


def test_drafts_that_are_right_grow_to_the_largest_window() -> None:
    ids = [1, 2, 3, *range(10, 30), 1, 2]
    guessing = drafter(ids)
    for _ in range(10):
        draft = guessing.propose(3, 20)
        guessing.observe(len(draft), len(draft))
    assert len(guessing.propose(3, 20)) == 7
    assert guessing.accepted == guessing.drafted > 0
