"""Prefill and decode over a scripted network: chunks, stops, and what closing leaves behind."""

from collections.abc import Iterator
from itertools import count

import pytest

from engine.generate.chunks import ChunkLength
from engine.generate.drafts import Drafter
from engine.generate.lanes import Lane
from engine.generate.loop import Limits, decode, prefill
from engine.generate.sampling import Drawn, Sampler
from engine.generate.steps import EagerSteps
from engine.messages.generation import Stop
from engine.settings import Sampling
from tests.scripted_network import ScriptedNetwork

SIZE = 50
Items = Iterator[Drawn | Stop]


def counting_up() -> ScriptedNetwork:
    """Answers with the last token plus one."""
    return ScriptedNetwork(rule=lambda ids: (ids[-1] + 1) % SIZE, vocab_size=SIZE)


class TickingClock:
    """Moves on by the same time at each look."""

    def __init__(self, seconds: float) -> None:
        self._ticks = count()
        self._seconds = seconds

    def __call__(self) -> float:
        return next(self._ticks) * self._seconds


def start(
    lane: Lane, first: int, stops: dict[int, Stop], limits: Limits, costs: dict[int, float] | None = None
) -> Items:
    greedy = Sampler(Sampling(temperature=0.0), SIZE)
    drafter = Drafter(lane.index, lane.ids, costs or {})
    return decode(Drawn(first), EagerSteps(lane, greedy, first), drafter, stops, limits)


def tokens(items: Items) -> list[int | Stop]:
    return [item if isinstance(item, Stop) else item.token for item in items]


def test_prompt_is_read_in_chunks_and_told_after_each() -> None:
    network = counting_up()
    lane = Lane(network)
    reads = list(prefill(lane, list(range(10)), ChunkLength(4), TickingClock(0.01)))
    assert [read.tokens for read in reads] == [4, 8, 10]
    assert network.calls == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert int(reads[-1].logits.argmax()) == 10


def test_only_what_the_lane_lacks_is_read() -> None:
    network = counting_up()
    lane = Lane(network)
    lane.read([0, 1, 2])
    lane.rewind(list(range(5)))
    assert [read.tokens for read in prefill(lane, list(range(5)), ChunkLength(64), TickingClock(0.01))] == [5]
    assert network.calls[1:] == [[3, 4]]


def test_closed_prefill_computes_no_further_chunk_and_keeps_what_it_read() -> None:
    network = counting_up()
    lane = Lane(network)
    reading = prefill(lane, list(range(100)), ChunkLength(8), TickingClock(0.01))
    next(reading)
    reading.close()
    assert len(network.calls) == 1
    assert lane.rewind(list(range(100))) == 8


def test_slow_machine_reads_the_rest_in_shorter_chunks() -> None:
    network = counting_up()
    list(prefill(Lane(network), list(range(32)), ChunkLength(8), TickingClock(0.4)))
    assert [len(call) for call in network.calls] == [8, 8, 4, 4, 2, 2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("stops", "max_tokens", "room_tokens", "expected"),
    [
        ({8: Stop.EOS}, 100, 100, [5, 6, 7, Stop.EOS]),
        ({8: Stop.EOT, 9: Stop.EOS}, 100, 100, [5, 6, 7, Stop.EOT]),
        ({5: Stop.EOS}, 100, 100, [Stop.EOS]),
        ({}, 3, 100, [5, 6, 7, Stop.LENGTH]),
        ({}, 100, 2, [5, 6, Stop.CONTEXT]),
        ({}, 2, 2, [5, 6, Stop.LENGTH]),
    ],
)
def test_text_ends_for_the_first_reason(
    stops: dict[int, Stop], max_tokens: int, room_tokens: int, expected: list[int | Stop]
) -> None:
    lane = Lane(counting_up())
    lane.read([4])
    assert tokens(start(lane, 5, stops, Limits(max_tokens, room_tokens))) == expected


def test_last_token_is_not_read_when_nothing_follows() -> None:
    network = counting_up()
    lane = Lane(network)
    lane.read([4])
    tokens(start(lane, 5, {}, Limits(3, 100)))
    assert lane.ids == [4, 5, 6]


def test_closed_decode_computes_no_further_token() -> None:
    network = counting_up()
    lane = Lane(network)
    lane.read([4])
    decoding = start(lane, 5, {}, Limits(100, 100))
    assert [next(decoding), next(decoding)] == [Drawn(5), Drawn(6)]
    decoding.close()
    assert network.calls == [[4], [5]]


COSTS = {1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0}


@pytest.mark.parametrize("max_tokens", [1, 2, 3, 7, 8, 9, 30, 60])
def test_drafts_give_the_same_text_in_fewer_forwards(max_tokens: int) -> None:
    """Counting up to 50 and again: the second round repeats the first."""
    plain, drafting = counting_up(), counting_up()
    expected = []
    for network, costs in ((plain, {}), (drafting, COSTS)):
        lane = Lane(network)
        lane.read(list(range(SIZE)))
        expected.append(tokens(start(lane, 0, {}, Limits(max_tokens, 100), costs)))
    assert expected[0] == expected[1]
    assert len(expected[0]) == max_tokens + 1
    if max_tokens >= 30:
        assert len(drafting.calls) * 2 < len(plain.calls)


def test_wrong_drafts_leave_no_trace_in_the_lane() -> None:
    """The rule turns away from what the prompt suggests at every fourth token."""
    network = ScriptedNetwork(rule=lambda ids: (ids[-1] * 7 + len(ids) // 4) % 5, vocab_size=SIZE)
    plain = ScriptedNetwork(rule=network.rule, vocab_size=SIZE)
    found = []
    for scripted, costs in ((network, COSTS), (plain, {})):
        lane = Lane(scripted)
        lane.read([1, 2, 3] * 8)
        found.append(tokens(start(lane, 1, {}, Limits(80, 200), costs)))
        assert lane.ids == [1, 2, 3] * 8 + list(found[-1][:-2])
        assert scripted.caches[-1].ids == lane.ids
    assert found[0] == found[1]


def test_stop_inside_a_right_draft_ends_the_text_there() -> None:
    lane = Lane(counting_up())
    lane.read(list(range(SIZE)))
    assert tokens(start(lane, 0, {9: Stop.EOS}, Limits(100, 100), COSTS)) == [*range(9), Stop.EOS]
