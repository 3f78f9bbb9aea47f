"""A source on a thread: its items in order, its failures here, its end where nobody takes items; the rate of bytes."""

import threading
from collections.abc import Iterator

import pytest

from engine.models.transfer import Meter, from_thread, result_from_thread
from tests.patience import WAIT_S


def test_items_come_in_order_and_then_it_ends() -> None:
    assert [item for item in from_thread(lambda: iter(range(1000))) if item is not None] == list(range(1000))


def test_failure_of_the_source_is_raised_after_what_it_brought() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    seen: list[int] = []
    feed = from_thread(source)
    with pytest.raises(ValueError, match="broken"):  # noqa: PT012 - what came before it counts too
        for item in feed:
            if item is not None:
                seen.append(item)
    assert seen == [1]


def test_source_that_blocks_lets_its_taker_look_around_and_ends_with_it() -> None:
    released, ended = threading.Event(), threading.Event()

    def source() -> Iterator[int]:
        try:
            yield 1
            released.wait()
            yield 2
        finally:
            ended.set()

    feed = from_thread(source)
    seen = [next(feed) for _ in range(3)]
    assert seen[0] == 1
    assert seen[1:] == [None, None]
    feed.close()
    released.set()
    assert ended.wait(WAIT_S)


def test_source_is_never_far_ahead_of_its_taker() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for number in range(10_000):
            made.append(number)
            yield number

    feed = from_thread(source)
    assert next(feed) == 0
    assert len(made) < 200
    feed.close()


def test_result_of_a_call_is_waited_for() -> None:
    waiting = result_from_thread(lambda: "done")
    while True:
        try:
            next(waiting)
        except StopIteration as end:
            result = end.value
            break
    assert result == "done"


def test_rate_is_that_of_the_last_seconds() -> None:
    now = 0.0
    meter = Meter(lambda: now)
    now += 0.5
    meter.add(100)
    assert meter.rate == 0.0  # too early to tell
    for _ in range(10):
        now += 1.0
        meter.add(100)
    assert meter.rate == pytest.approx(100)
    for _ in range(10):
        now += 1.0
        meter.add(1000)
    assert meter.rate == pytest.approx(1000)
    now += 5.0
    assert meter.rate == pytest.approx(500)
