"""The bridge's decisions: what is merged, and that another thread's values reach the main thread in order."""

import itertools
import threading

from hypothesis import given
from hypothesis import strategies as st

from app.children.bridge import MainThreadQueue, merged
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import TextDelta
from engine.messages.jobs import Event, Finished, Progress, Role

job_ids = st.sampled_from(["a", "b"])
events = st.lists(
    st.one_of(
        st.builds(TextDelta, job_ids, st.text(max_size=3), st.integers(0, 9)),
        st.builds(Progress, job_ids, st.just("Reading"), st.integers(0, 9), st.just(9)),
        st.builds(Finished, job_ids),
    ),
    max_size=30,
)


@given(events)
def test_merging_keeps_each_jobs_text_and_order(arrivals: list[Event]) -> None:
    out = list(merged(arrivals))
    for job in "ab":
        assert "".join(e.text for e in out if isinstance(e, TextDelta) and e.job_id == job) == "".join(
            e.text for e in arrivals if isinstance(e, TextDelta) and e.job_id == job
        )
    assert [e for e in out if not isinstance(e, TextDelta)] == [e for e in arrivals if not isinstance(e, TextDelta)]
    neighbours = itertools.pairwise(out)
    assert not any(
        isinstance(x, TextDelta) and isinstance(y, TextDelta) and x.job_id == y.job_id for x, y in neighbours
    )


def test_merging_keeps_the_last_token_count() -> None:
    assert list(merged([TextDelta("a", "x", 1), TextDelta("a", "y", 4)])) == [TextDelta("a", "xy", 4)]


def test_a_gone_process_is_not_overtaken_by_text() -> None:
    report = (Role.ENGINE, ErrorReport(ErrorCode.PROCESS_GONE, "gone"))
    arrivals = [TextDelta("a", "x", 1), report, TextDelta("a", "y", 2)]
    assert list(merged(arrivals)) == arrivals


def test_queue_takes_everything_in_order_from_another_thread() -> None:
    queue = MainThreadQueue()
    thread = threading.Thread(target=lambda: [queue.put(Finished(str(number))) for number in range(500)])
    thread.start()
    taken: list[str] = []
    while len(taken) < 500:
        taken += [event.job_id for event in queue.take_all() if isinstance(event, Finished)]
    thread.join()
    assert taken == [str(number) for number in range(500)]
    assert queue.take_all() == []
    queue.close()


def test_queue_that_was_closed_takes_what_still_arrives_and_keeps_nothing() -> None:
    """The thread of a child that was killed may still have an end to tell."""
    queue = MainThreadQueue()
    queue.close()
    queue.put(Finished("late"))
    assert queue.take_all() == []
