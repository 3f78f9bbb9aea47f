"""Prefill and decode over a scripted network: chunks, stops, and what closing leaves behind."""

from itertools import count

import pytest
import torch

from engine.generate.chunks import ChunkLength
from engine.generate.lanes import Lane
from engine.generate.loop import decode, prefill
from engine.generate.sampling import Sampler
from engine.messages import Stop
from engine.settings import Sampling
from tests.scripted_network import ScriptedNetwork

SIZE = 50


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


def run_decode(lane: Lane, first: int, stops: dict[int, Stop], max_tokens: int, room_tokens: int) -> list[int | Stop]:
    logits = torch.zeros(SIZE)
    logits[first] = 10.0
    greedy = Sampler(Sampling(temperature=0.0), SIZE)
    return list(decode(lane, logits, greedy, stops, max_tokens, room_tokens))


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
    lane.extend([0, 1, 2])
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
    lane.extend([4])
    assert run_decode(lane, 5, stops, max_tokens, room_tokens) == expected


def test_last_token_is_not_read_when_nothing_follows() -> None:
    network = counting_up()
    lane = Lane(network)
    lane.extend([4])
    run_decode(lane, 5, {}, max_tokens=3, room_tokens=100)
    assert lane.ids == [4, 5, 6]


def test_closed_decode_computes_no_further_token() -> None:
    network = counting_up()
    lane = Lane(network)
    logits = lane.extend([4])
    decoding = decode(lane, logits, Sampler(Sampling(temperature=0.0), SIZE), {}, 100, 100)
    assert [next(decoding), next(decoding)] == [5, 6]
    decoding.close()
    assert network.calls == [[4], [5]]
