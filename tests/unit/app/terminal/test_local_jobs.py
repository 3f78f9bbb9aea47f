"""Jobs in the calling process: order, failure, and Ctrl+C as a cancel."""

import os
import signal
import threading
from collections.abc import Generator, Iterator

import pytest

from app.terminal.local_jobs import LocalJobs
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Complete, Stop, TextDelta
from engine.messages.jobs import Event, Finished, Progress

Job = Generator[Event, None, Finished]


def _endless(request: Complete) -> Job:
    tokens = 0
    while True:
        tokens += 1
        yield TextDelta(request.job_id, "x", tokens)


def _three(request: Complete) -> Job:
    for tokens in (1, 2, 3):
        yield TextDelta(request.job_id, str(tokens), tokens)
    return Finished(request.job_id, Stop.EOS)


def _failing(request: Complete) -> Job:
    yield Progress(request.job_id, "Reading", 0, 0)
    raise LacunaError(ErrorCode.PROMPT_TOO_LONG, "Too long.", "Cut it.", "detail")


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """Set when a job that ignores its cancel may end after all."""
    release = threading.Event()
    yield release
    release.set()


def _jobs(handler: object) -> LocalJobs:
    return LocalJobs({Complete: handler}, "test")  # type: ignore[dict-item]


def test_events_come_in_order_and_finished_is_the_last() -> None:
    jobs = _jobs(_three)
    events = list(jobs.run(Complete(jobs.new_id(), "text")))
    assert [event.text for event in events[:-1] if isinstance(event, TextDelta)] == ["1", "2", "3"]
    assert isinstance(events[-1], Finished)
    assert events[-1].stop is Stop.EOS
    assert jobs.close()


def test_failure_is_raised_as_it_was_reported_and_the_next_job_runs() -> None:
    requests = iter([_failing, _three])
    jobs = _jobs(lambda request: next(requests)(request))
    with pytest.raises(LacunaError) as caught:
        list(jobs.run(Complete(jobs.new_id(), "text")))
    assert caught.value.report.code is ErrorCode.PROMPT_TOO_LONG
    assert caught.value.report.text == "Too long. Cut it."
    assert len(list(jobs.run(Complete(jobs.new_id(), "text")))) == 4
    assert jobs.close()


def test_job_nobody_iterates_any_more_is_cancelled_and_its_events_do_not_reach_the_next() -> None:
    handlers = iter([_endless, _three])
    jobs = _jobs(lambda request: next(handlers)(request))
    events = jobs.run(Complete(jobs.new_id(), "text"))
    next(events)
    events.close()  # type: ignore[attr-defined]
    second = jobs.new_id()
    assert {event.job_id for event in jobs.run(Complete(second, "text"))} == {second}
    assert jobs.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_or_end_cancels_the_job_and_its_end_still_comes(number: signal.Signals) -> None:
    jobs = _jobs(_endless)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    last: Event | None = None
    for place, event in enumerate(jobs.run(Complete(jobs.new_id(), "text"))):
        last = event
        if place == 2:
            os.kill(os.getpid(), number)
    assert isinstance(last, Finished)
    assert last.stop is Stop.CANCELLED
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert jobs.close()


def test_second_interrupt_does_not_wait_for_a_stuck_job(stuck: threading.Event) -> None:
    def handler(request: Complete) -> Job:
        yield TextDelta(request.job_id, "x", 1)
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        stuck.wait()
        return Finished(request.job_id, Stop.EOS)

    jobs = _jobs(handler)
    with pytest.raises(KeyboardInterrupt):
        list(jobs.run(Complete(jobs.new_id(), "text")))
    assert not jobs.close(timeout_s=0.01)
    stuck.set()


def test_ignored_interrupts_stay_ignored_and_the_job_can_be_ended_all_the_same() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        jobs = _jobs(_endless)
        for place, event in enumerate(jobs.run(Complete(jobs.new_id(), "text"))):
            if place < 100:
                os.kill(os.getpid(), signal.SIGINT)
                assert not isinstance(event, Finished)
            elif place == 100:
                os.kill(os.getpid(), signal.SIGTERM)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert isinstance(event, Finished)
        assert event.stop is Stop.CANCELLED
        assert jobs.close()
    finally:
        signal.signal(signal.SIGINT, before)
