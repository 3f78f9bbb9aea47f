"""What runs at the same time is shown and stopped by its urgency, and shown as long as there is something to say."""

from app.children.running_work import RunningWork, Work
from engine.messages.generation import Usage
from engine.messages.jobs import Progress


class Stops:
    """A table of works, and which of them were stopped."""

    def __init__(self, *works: Work) -> None:
        self.running = RunningWork()
        self.stopped: list[Work] = []
        for work in works:
            self.running.start(work, lambda work=work: self.stopped.append(work))


def test_the_most_urgent_work_that_has_something_to_show_is_shown_and_stopped_beside_its_words() -> None:
    stops = Stops(Work.DOWNLOAD, Work.CHAT)
    download, reading = Progress("d", "Downloading", 1, 2), Progress("c", "Reading the prompt", 0, 9)
    stops.running.show(Work.DOWNLOAD, download)
    stops.running.show(Work.CHAT, reading)
    assert stops.running.shown == reading
    stops.running.show(Work.CHAT, None)  # text is coming
    assert stops.running.shown == download
    stops.running.stop_shown()
    assert stops.stopped == [Work.DOWNLOAD]


def test_stop_ends_an_answer_before_a_download_whose_progress_is_shown() -> None:
    stops = Stops(Work.DOWNLOAD, Work.CHAT)
    stops.running.show(Work.DOWNLOAD, Progress("d", "Downloading", 1, 2))
    stops.running.stop()
    assert stops.stopped == [Work.CHAT]


def test_nothing_runs_and_nothing_can_be_stopped_after_the_end() -> None:
    stops = Stops(Work.FILL)
    stops.running.show(Work.FILL, Progress("f", "Reading the prompt", 0, 9))
    assert stops.running.is_any
    stops.running.end(Work.FILL)
    assert not stops.running.is_any
    assert stops.running.shown is None
    stops.running.stop()
    stops.running.stop_shown()
    assert stops.stopped == []


def test_work_that_begins_again_keeps_what_is_shown_and_takes_its_new_stop() -> None:
    stops = Stops(Work.DOWNLOAD)
    progress = Progress("d", "Downloading", 1, 2)
    stops.running.show(Work.DOWNLOAD, progress)
    stops.running.start(Work.DOWNLOAD, lambda: stops.stopped.append(Work.LOADING))
    assert stops.running.shown == progress
    stops.running.stop()
    assert stops.stopped == [Work.LOADING]


def test_usage_is_told_as_context_and_rate() -> None:
    running = RunningWork()
    told: list[tuple[float, ...]] = []
    running.context_changed.connect(lambda used, total: told.append((used, total)))
    running.rate_changed.connect(lambda rate: told.append((rate,)))
    usage = Usage(10, 4, 6, 3, 4096, prefill_ms=1.0, decode_ms=2.0)
    running.set_usage(usage)
    assert told == [(13, 4096), (usage.tokens_per_s,)]
