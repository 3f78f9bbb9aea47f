"""The worker's contract: order, one terminal event, cancel waiting and running, failure, then the next job."""

import threading
from collections.abc import Callable, Generator, Iterator
from queue import Queue

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Complete, Infill, Stop
from engine.messages.jobs import Event, Failed, Finished, Progress
from engine.messages.machine import UnloadModel
from engine.messages.project import CountTokens
from engine.worker import Worker
from tests.patience import WAIT_S


class Script:
    """Handlers that do what a test says, and note what was cleaned up."""

    def __init__(self) -> None:
        self.go_on = threading.Semaphore(0)
        self.closed: list[str] = []

    def counts(self, request: CountTokens) -> Generator[Event, None, Finished]:
        for done in range(3):
            yield Progress(request.job_id, "Counting", done, 3)
        return Finished(request.job_id)

    def waits(self, request: Complete) -> Generator[Event, None, Finished]:
        try:
            for done in range(1000):
                yield Progress(request.job_id, "Working", done, 1000)
                self.go_on.acquire()
            return Finished(request.job_id, stop=Stop.EOS)
        finally:
            self.closed.append(request.job_id)

    def fails(self, request: Infill) -> Generator[Event, None, Finished]:
        yield Progress(request.job_id, "Starting", 0, 1)
        raise LacunaError(ErrorCode.UNSUPPORTED, "This model can't fill gaps.", "Load another.")

    def breaks(self, request: UnloadModel) -> Generator[Event, None, Finished]:
        yield Progress(request.job_id, "Starting", 0, 1)
        raise ZeroDivisionError("a bug\nwith details")


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def events() -> "Queue[Event]":
    return Queue()


@pytest.fixture
def worker(script: Script, events: "Queue[Event]") -> Iterator[Worker]:
    handlers = {
        CountTokens: script.counts,
        Complete: script.waits,
        Infill: script.fails,
        UnloadModel: script.breaks,
    }
    worker = Worker(handlers, events.put)
    worker.start()
    yield worker
    script.go_on.release(2000)
    assert worker.close()


def take(events: "Queue[Event]", until: Callable[[Event], bool]) -> list[Event]:
    """Events up to and with the first one that fits."""
    taken = [events.get(timeout=WAIT_S)]
    while not until(taken[-1]):
        taken.append(events.get(timeout=WAIT_S))
    return taken


def ends(job_id: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Finished | Failed) and event.job_id == job_id


def test_events_arrive_in_order_with_one_end(worker: Worker, events: "Queue[Event]") -> None:
    worker.submit(CountTokens("a", "x"))
    worker.submit(CountTokens("b", "x"))
    seen = take(events, ends("b"))
    expected: list[Event] = []
    for job in "ab":
        expected += [Progress(job, "Counting", done, 3) for done in range(3)] + [Finished(job)]
    assert seen == expected


def test_cancel_while_running_closes_the_handler_before_its_next_event(
    worker: Worker, script: Script, events: "Queue[Event]"
) -> None:
    worker.submit(Complete("a", "x"))
    assert events.get(timeout=WAIT_S) == Progress("a", "Working", 0, 1000)
    worker.cancel("a")
    script.go_on.release()
    seen = take(events, ends("a"))
    assert seen[-1] == Finished("a", stop=Stop.CANCELLED)
    assert len(seen) <= 2
    assert script.closed == ["a"]


def test_cancel_while_waiting_ends_at_once_and_the_running_job_goes_on(
    worker: Worker, script: Script, events: "Queue[Event]"
) -> None:
    worker.submit(Complete("a", "x"))
    events.get(timeout=WAIT_S)
    worker.submit(CountTokens("b", "x"))
    worker.cancel("b")
    assert events.get(timeout=WAIT_S) == Finished("b", stop=Stop.CANCELLED)
    script.go_on.release(1000)
    assert take(events, ends("a"))[-1] == Finished("a", stop=Stop.EOS)
    assert events.empty()


def test_cancel_of_an_ended_job_does_not_touch_the_next(worker: Worker, events: "Queue[Event]") -> None:
    worker.submit(CountTokens("a", "x"))
    take(events, ends("a"))
    worker.cancel("a")
    worker.submit(CountTokens("b", "x"))
    assert take(events, ends("b"))[-1] == Finished("b")


def test_expected_failure_crosses_as_its_report_and_the_next_job_runs(worker: Worker, events: "Queue[Event]") -> None:
    worker.submit(Infill("a", "", ""))
    last = take(events, ends("a"))[-1]
    assert isinstance(last, Failed)
    assert last.error.code is ErrorCode.UNSUPPORTED
    assert last.error.text == "This model can't fill gaps. Load another."
    worker.submit(CountTokens("b", "x"))
    assert take(events, ends("b"))[-1] == Finished("b")


@pytest.mark.usefixtures("expect_errors")
def test_a_bug_becomes_a_sentence_with_the_traceback_for_the_log_only(worker: Worker, events: "Queue[Event]") -> None:
    worker.submit(UnloadModel("a"))
    last = take(events, ends("a"))[-1]
    assert isinstance(last, Failed)
    assert "ZeroDivisionError: a bug" in last.error.sentence
    assert "\n" not in last.error.text
    assert "Traceback" in last.error.detail
    worker.submit(CountTokens("b", "x"))
    assert take(events, ends("b"))[-1] == Finished("b")


def test_unknown_request_is_refused_with_a_sentence(script: Script, events: "Queue[Event]") -> None:
    worker = Worker({}, events.put)
    worker.start()
    worker.submit(CountTokens("a", "x"))
    last = take(events, ends("a"))[-1]
    assert isinstance(last, Failed)
    assert "CountTokens" in last.error.sentence
    assert worker.close()


def test_close_ends_what_runs_and_what_waits_and_refuses_more(script: Script, events: "Queue[Event]") -> None:
    worker = Worker({Complete: script.waits, CountTokens: script.counts}, events.put)
    worker.start()
    worker.submit(Complete("a", "x"))
    events.get(timeout=WAIT_S)
    worker.submit(CountTokens("b", "x"))
    assert not worker.close(timeout_s=0.01)  # it still stands in its call
    script.go_on.release()
    assert worker.close()
    worker.submit(CountTokens("c", "x"))
    rest = [events.get(timeout=WAIT_S) for _ in range(events.qsize())]
    stopped = {event.job_id for event in rest if isinstance(event, Finished) and event.stop is Stop.CANCELLED}
    assert stopped == {"a", "b", "c"}
