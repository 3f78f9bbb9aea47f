"""Moves blocking calls of a transfer to a thread, and measures the rate of its bytes."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

_POLL_S = 0.2  # the delay of a cancel while nothing arrives
_AHEAD = 64  # items read ahead of the disk: 4 MB in the client's pieces
_WINDOW_S = 5.0
_WARM_UP_S = 1.0

T = TypeVar("T")


def from_thread(source: Callable[[], Iterator[T]]) -> Generator[T | None, None, None]:
    """The items of an iterator that may block, and None whenever nothing came for a moment.

    It runs on a thread of its own, is never more than a few items ahead and raises here what it raises there. To close
    this generator is to end that one at its next item; from then on nothing of it arrives anywhere.
    """
    feed = _Feed(source)
    threading.Thread(target=feed.run, name="transfer", daemon=True).start()
    try:
        yield from feed.items()
    finally:
        feed.closed.set()


def result_from_thread(call: Callable[[], T]) -> Generator[None, None, T]:
    """Run a blocking call on a thread and return its result; yields while it runs."""

    def once() -> Iterator[T]:
        yield call()

    for result in from_thread(once):
        if result is not None:
            return result
        yield
    raise RuntimeError("the call returned nothing")


class Meter:
    """Bytes a second over the last seconds. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._arrivals: deque[tuple[float, int]] = deque([(clock(), 0)])

    def add(self, count: int) -> None:
        now = self._clock()
        self._arrivals.append((now, count))
        while self._arrivals[0][0] < now - _WINDOW_S and len(self._arrivals) > 1:
            self._arrivals.popleft()

    @property
    def rate(self) -> float:
        """The rate; 0 in the first second, in which it would be far off."""
        began, first = self._arrivals[0]
        seconds = self._clock() - began
        return (sum(count for _, count in self._arrivals) - first) / seconds if seconds >= _WARM_UP_S else 0.0


class _ClosedError(Exception):
    """Ends the thread, since its items have no consumer any more."""


class _Feed(Generic[T]):
    """The queue between the thread and the generator. `closed` is set where nobody takes items any more."""

    def __init__(self, source: Callable[[], Iterator[T]]) -> None:
        self._source = source
        self._queue: Queue[tuple[T] | BaseException | None] = Queue(_AHEAD)
        self.closed = threading.Event()

    def run(self) -> None:
        try:
            for item in self._source():
                self._put((item,))
            self._put(None)
        except _ClosedError:
            return
        except BaseException as error:  # noqa: BLE001 - handed to the generator, which raises it
            self._put_last(error)

    def items(self) -> Iterator[T | None]:
        while True:
            try:
                news = self._queue.get(timeout=_POLL_S)
            except Empty:
                yield None
                continue
            match news:
                case (item,):
                    yield item
                case BaseException():
                    raise news
                case _:
                    return

    def _put(self, news: tuple[T] | None) -> None:
        while not self.closed.is_set():
            try:
                return self._queue.put(news, timeout=_POLL_S)
            except Full:
                continue
        raise _ClosedError

    def _put_last(self, error: BaseException) -> None:
        while not self.closed.is_set():
            try:
                return self._queue.put(error, timeout=_POLL_S)
            except Full:
                continue
        return None
