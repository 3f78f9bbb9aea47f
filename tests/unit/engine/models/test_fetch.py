"""The fetcher against a hub on loopback: what it brings, what it checks, and how it goes on after every kind of cut."""

import errno
import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.messages.downloads import DiscardDownload, Fetched, FetchModel
from engine.messages.jobs import Event, Finished, Progress
from engine.models.download_job import DownloadJob
from engine.models.downloads import (
    RECORD,
    Download,
    is_wanted,
    list_downloads,
    read_download,
    terms_in,
    write_download,
)
from engine.models.fetch import FetcherService
from engine.models.folder_lock import held
from engine.models.hub import HuggingFaceHub
from engine.models.remote import Listing, PassingError, Piece, RemoteFile
from tests.fake_hub import COMMIT, LATER_COMMIT, REPO, WEIGHTS, FakeHub, Fault

FIRST = "model-00001-of-00002.safetensors"
SECOND = "model-00002-of-00002.safetensors"
BROUGHT = {
    "config.json",
    "tokenizer.model",
    "model.safetensors.index.json",
    "LICENSE.txt",
    "USE_POLICY.md",
    FIRST,
    SECOND,
}


class Waits:
    """Stands for `time.sleep`: nobody waits, and it is known for how long."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def service(client: HuggingFaceHub, waits: Waits) -> FetcherService:
    return FetcherService(client, waits)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / "CodeLlama-7b-Instruct-hf"


def request(folder: Path, **changes: str) -> FetchModel:
    values = {"repo_id": REPO, "revision": "main", "accepted_licence": "Llama 2 Community License"} | changes
    return FetchModel("a", folder=str(folder), **values)


def fetch(service: FetcherService, folder: Path, **changes: str) -> list[Event]:
    """The events of a download that succeeds."""
    events: list[Event] = []
    job = service.fetch(request(folder, **changes))
    while True:
        try:
            events.append(next(job))
        except StopIteration as end:
            finished = end.value
            break
    assert finished == Finished("a")
    return events


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def stages(events: list[Event]) -> list[str]:
    return [event.stage for event in events if isinstance(event, Progress)]


@contextmanager
def the_next_download_works(service: FetcherService, hub: FakeHub, folder: Path) -> Iterator[None]:
    """After the fault in the block, the same request brings everything."""
    yield
    hub.faults.clear()
    hub.listing_changes.clear()
    hub.released.set()
    fetch(service, folder)
    assert names(folder) == BROUGHT | {RECORD}
    assert (folder / FIRST).read_bytes() == WEIGHTS
    assert (folder / SECOND).read_bytes() == WEIGHTS[::-1]


# --- what is brought --------------------------------------------------------------------------------------------------


def test_download_brings_weights_tokenizer_and_licence_and_nothing_that_runs(
    service: FetcherService, folder: Path
) -> None:
    events = fetch(service, folder)
    assert names(folder) == BROUGHT | {RECORD}
    assert (folder / FIRST).read_bytes() == WEIGHTS
    assert events[-1] == Fetched("a", str(folder), REPO, COMMIT)
    steps = [event for event in events if isinstance(event, Progress) and event.total]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (
        steps[-1].done
        == steps[-1].total
        == sum(len(path.read_bytes()) for path in folder.iterdir()) - len((folder / RECORD).read_bytes())
    )


def test_licence_and_policy_of_a_model_are_found_in_its_folder(service: FetcherService, folder: Path) -> None:
    assert terms_in(folder) == ()
    fetch(service, folder)
    assert terms_in(folder) == (folder / "LICENSE.txt", folder / "USE_POLICY.md")


def test_licence_comes_before_the_weights(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    fetch(service, folder)
    assert hub.transfers.index("LICENSE.txt") < hub.transfers.index(FIRST)


def test_without_an_accepted_licence_nothing_is_asked(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    with pytest.raises(LacunaError, match="has not been accepted") as raised:
        fetch(service, folder, accepted_licence="")
    assert raised.value.report.code is ErrorCode.USAGE
    assert hub.asked == []


def test_branch_is_resolved_once_and_every_file_is_of_that_commit(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    fetch(service, folder)
    listing, *files = hub.asked
    assert listing.path.startswith(f"/api/models/{REPO}/revision/main")
    assert all(f"/resolve/{COMMIT}/" in asked.path for asked in files)


def test_download_again_asks_the_hub_for_nothing_and_reads_no_weights(
    service: FetcherService, hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(service, folder)
    hub.asked.clear()
    monkeypatch.setattr("engine.models.download_job.check", None)
    fetch(service, folder)
    assert hub.asked == []


def test_other_revision_or_other_repository_in_the_same_folder_is_refused(
    service: FetcherService, folder: Path
) -> None:
    fetch(service, folder)
    with pytest.raises(LacunaError, match=f"holds a download at main .{COMMIT[:12]}"):
        fetch(service, folder, revision="v2")
    with pytest.raises(LacunaError, match=f"holds a download of {REPO}"):
        fetch(service, folder, repo_id="other/CodeLlama-7b-Instruct-hf")


def test_files_that_are_there_already_are_checked_instead_of_fetched(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    folder.mkdir(parents=True)
    (folder / FIRST).write_bytes(WEIGHTS)
    (folder / "notes.txt").write_text("mine")
    fetch(service, folder)
    assert FIRST not in hub.transfers
    assert (folder / "notes.txt").read_text() == "mine"


def test_file_that_a_person_edited_is_kept_beside_the_right_one(service: FetcherService, folder: Path) -> None:
    fetch(service, folder)
    (folder / "config.json").write_text('{"rope_theta": 1}')
    fetch(service, folder)
    assert (folder / "config.json").read_bytes() == b"{}"
    assert (folder / "config.json.old").read_text() == '{"rope_theta": 1}'


def test_weights_that_rotted_are_found_and_fetched_alone(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    fetch(service, folder)
    (folder / SECOND).write_bytes(bytes(len(WEIGHTS)))
    hub.asked.clear()
    fetch(service, folder)
    assert hub.transfers == [SECOND]
    assert (folder / SECOND).read_bytes() == WEIGHTS[::-1]


def test_weights_of_a_person_are_set_aside_and_never_removed(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    folder.mkdir(parents=True)
    (folder / FIRST).write_bytes(b"my own weights")
    (folder / f"{FIRST}.old").write_text("my older ones")
    (folder / f"{SECOND}.partial").write_text("my own part")
    hub.script(SECOND, Fault(status=404, code="EntryNotFound"))
    with pytest.raises(LacunaError):
        fetch(service, folder)
    fetch(service, folder)
    assert (folder / FIRST).read_bytes() == WEIGHTS
    assert (folder / f"{FIRST}.old").read_text() == "my older ones"
    assert (folder / f"{FIRST}.old-2").read_bytes() == b"my own weights"
    assert (folder / f"{SECOND}.partial.old").read_text() == "my own part"
    list(service.discard(DiscardDownload("b", str(folder))))
    assert names(folder) == {f"{FIRST}.old", f"{FIRST}.old-2", f"{SECOND}.partial.old"}


def test_file_that_a_person_put_in_place_of_ours_outlives_the_download(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    fetch(service, folder)
    (folder / FIRST).write_bytes(b"fine-tuned")
    (folder / SECOND).write_bytes(bytes(len(WEIGHTS)))  # of the same length
    list(service.discard(DiscardDownload("b", str(folder))))
    assert names(folder) == {FIRST, SECOND}


def test_file_that_appears_while_its_own_is_fetched_is_set_aside(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    begun(service, hub, folder, at=1000)
    job = service.fetch(request(folder))
    for event in job:
        if isinstance(event, Progress) and event.detail == FIRST and not (folder / FIRST).exists():
            (folder / FIRST).write_text("just copied here")
    assert (folder / FIRST).read_bytes() == WEIGHTS
    assert (folder / f"{FIRST}.old").read_text() == "just copied here"


@pytest.mark.parametrize(
    "name",
    ["pytorch_model.bin", "model.py", "sub/model.safetensors", "../config.json", ".safetensors", "a\n.safetensors", ""],
)
def test_pickles_code_paths_and_odd_names_are_not_wanted(name: str) -> None:
    assert not is_wanted(name)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [(".safetensors", "no safetensors weights"), ("tokenizer.model", "no tokenizer.model"), ("config", "no config")],
)
def test_repository_that_lacks_what_loading_needs_is_refused_before_anything_is_fetched(
    service: FetcherService, hub: FakeHub, folder: Path, name: str, sentence: str
) -> None:
    hub.files = {key: data for key, data in hub.files.items() if name not in key}
    with pytest.raises(LacunaError, match=sentence):
        fetch(service, folder)
    assert hub.transfers == []


# --- pause, cancel, resume --------------------------------------------------------------------------------------------


def begun(service: FetcherService, hub: FakeHub, folder: Path, at: int) -> None:
    """A download that was paused while the first shard stood at byte `at`."""
    hub.script(FIRST, Fault(stall_at=at))
    job = service.fetch(request(folder))
    for event in job:
        if hub.stalled.is_set() and isinstance(event, Progress) and event.done > at:
            break
    job.close()
    hub.released.set()
    assert (folder / (FIRST + ".partial")).stat().st_size == at


def test_paused_download_goes_on_where_it_stood_with_the_same_commit(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    begun(service, hub, folder, at=300_000)
    (found,) = list_downloads(folder.parent)
    small = sum(len(data) for name, data in hub.files.items() if name in BROUGHT and "-of-" not in name)
    assert (found.repo_id, found.revision) == (REPO, COMMIT)
    assert (found.done_bytes, found.total_bytes) == (small + 300_000, small + 2 * len(WEIGHTS))
    hub.head = LATER_COMMIT  # main has moved meanwhile
    hub.asked.clear()
    events = fetch(service, folder)
    assert events[-1] == Fetched("a", str(folder), REPO, COMMIT)
    assert [(asked.path.rsplit("/")[-1], asked.range) for asked in hub.asked] == [
        (FIRST, "bytes=300000-"),
        (SECOND, ""),
    ]
    assert (folder / FIRST).read_bytes() == WEIGHTS
    assert list_downloads(folder.parent) == ()


def test_discarding_removes_what_was_brought_and_leaves_what_was_there(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    (folder / "notes.txt").write_text("mine")
    begun(service, hub, folder, at=1000)
    assert list(service.discard(DiscardDownload("b", str(folder))))
    assert names(folder) == {"config.json", "notes.txt"}


def test_discarding_a_whole_download_removes_its_folder_and_one_that_is_gone_is_no_fault(
    service: FetcherService, folder: Path
) -> None:
    fetch(service, folder)
    for _ in range(2):
        list(service.discard(DiscardDownload("b", str(folder))))
        assert not folder.exists()


def test_file_of_ours_that_was_only_touched_stays_ours(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    fetch(service, folder)
    os.utime(folder / FIRST, (1, 1))
    hub.asked.clear()
    fetch(service, folder)
    assert hub.asked == []
    list(service.discard(DiscardDownload("b", str(folder))))
    assert not folder.exists()


def test_two_downloads_into_one_folder_are_told_apart(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    with the_next_download_works(service, hub, folder), held(folder):
        with pytest.raises(LacunaError, match="Another Lacuna"):
            fetch(service, folder)
        with pytest.raises(LacunaError, match="Another Lacuna"):
            list(service.discard(DiscardDownload("b", str(folder))))


def test_record_that_is_torn_costs_one_listing_and_no_bytes(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    begun(service, hub, folder, at=300_000)
    (folder / RECORD).write_text('{"version": 1, "repo_id"')
    assert read_download(folder) is None
    hub.asked.clear()
    fetch(service, folder)
    assert hub.transfers == [FIRST, SECOND]
    assert hub.asked[1].range == "bytes=300000-"


# --- cuts, stalls and lies --------------------------------------------------------------------------------------------


def test_cut_connection_is_taken_up_again_without_being_asked(
    service: FetcherService, hub: FakeHub, folder: Path, waits: Waits
) -> None:
    hub.script(FIRST, Fault(cut_at=400_000), Fault(cut_at=0), Fault(cut_at=100_000))
    events = fetch(service, folder)
    assert [asked.range for asked in hub.asked if asked.path.endswith(FIRST)] == [
        "",
        "bytes=400000-",
        "bytes=400000-",
        "bytes=500000-",
    ]
    assert (folder / FIRST).read_bytes() == WEIGHTS
    assert any(stage.startswith("The connection was lost. Trying again in ") for stage in stages(events))
    assert waits.seconds == pytest.approx(1 + 2 + 1)


def test_connection_that_brings_nothing_any_more_is_given_up_with_a_sentence(
    service: FetcherService, hub: FakeHub, folder: Path
) -> None:
    with the_next_download_works(service, hub, folder):
        hub.script(FIRST, Fault(cut_at=1000), *[Fault(cut_at=0)] * 20)
        with pytest.raises(LacunaError, match="The connection was lost"):
            fetch(service, folder)
        assert hub.transfers.count(FIRST) == 6
        assert (folder / (FIRST + ".partial")).stat().st_size == 1000


def test_stalled_connection_is_taken_up_again_and_at_last_told(
    hub: FakeHub, folder: Path, service: FetcherService, waits: Waits
) -> None:
    impatient = FetcherService(HuggingFaceHub(hub.address, timeout_s=0.2), waits)
    with the_next_download_works(service, hub, folder):
        hub.script(FIRST, Fault(stall_at=500), *[Fault(stall_at=0)] * 20)
        with pytest.raises(LacunaError, match="The connection stalled"):
            fetch(impatient, folder)


def test_stall_of_the_listing_is_told(hub: FakeHub, folder: Path, service: FetcherService, waits: Waits) -> None:
    impatient = FetcherService(HuggingFaceHub(hub.address, timeout_s=0.2), waits)
    with the_next_download_works(service, hub, folder):
        hub.script("", Fault(stall_at=10))
        with pytest.raises(LacunaError, match="The connection stalled"):
            fetch(impatient, folder)


class _SilentHub:
    """A hub that takes every question, and whose answers never begin."""

    host = ""

    def __init__(self) -> None:
        self.released = threading.Event()

    def listing(self, repo_id: str, revision: str) -> Listing:
        self.released.wait(30)
        raise LacunaError(ErrorCode.DOWNLOAD, "too late")

    def pieces(self, repo_id: str, revision: str, file: RemoteFile, start: int) -> Iterator[Piece]:
        self.released.wait(30)
        yield from ()


def _clock() -> Callable[[], float]:
    """Twenty seconds pass between two looks at it."""
    times = itertools.count(0.0, 20.0)
    return lambda: next(times)


def test_answer_that_does_not_begin_in_a_minute_is_given_up(folder: Path, waits: Waits) -> None:
    hub = _SilentHub()
    folder.mkdir(parents=True)
    try:
        with pytest.raises(PassingError, match="stalled"):
            list(DownloadJob(hub, waits, request(folder), _clock()).run(folder))
        file = RemoteFile("config.json", 2, None, "0" * 40)
        write_download(Download(folder, REPO, "main", COMMIT, (file,)))
        with pytest.raises(PassingError, match="stalled"):
            list(DownloadJob(hub, waits, request(folder), _clock()).run(folder))
    finally:
        hub.released.set()


def test_wrong_bytes_are_fetched_again_by_themselves(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    hub.script(FIRST, Fault(body=bytes(len(WEIGHTS))))
    fetch(service, folder)
    assert hub.transfers.count(FIRST) == 2
    assert hub.transfers.count(SECOND) == 1
    assert (folder / FIRST).read_bytes() == WEIGHTS


@pytest.mark.parametrize("name", [FIRST, "tokenizer.model", "config.json"])
def test_bytes_that_stay_wrong_never_get_the_files_name(
    service: FetcherService, hub: FakeHub, folder: Path, name: str
) -> None:
    with the_next_download_works(service, hub, folder):
        hub.script(name, *[Fault(body=bytes(len(hub.files[name])))] * 2)
        with pytest.raises(LacunaError, match="arrived damaged twice"):
            fetch(service, folder)
        assert not {name, name + ".partial"} & names(folder)


def test_hub_that_ignores_the_range_begins_the_file_anew(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    hub.script(FIRST, Fault(cut_at=400_000), Fault(ignores_range=True))
    events = fetch(service, folder)
    assert (folder / FIRST).read_bytes() == WEIGHTS
    steps = [event for event in events if isinstance(event, Progress)]
    assert all(step.done <= step.total for step in steps)


def test_range_that_is_refused_begins_the_file_anew(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    hub.script(FIRST, Fault(cut_at=400_000), Fault(status=416))
    fetch(service, folder)
    assert [asked.range for asked in hub.asked if asked.path.endswith(FIRST)] == ["", "bytes=400000-", ""]


def test_partial_file_that_is_too_long_begins_anew(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    begun(service, hub, folder, at=1000)
    (folder / (FIRST + ".partial")).write_bytes(bytes(len(WEIGHTS) + 1))
    events = fetch(service, folder)
    assert all(event.done <= event.total for event in events if isinstance(event, Progress))
    assert (folder / FIRST).read_bytes() == WEIGHTS


@pytest.mark.parametrize("lie_by", [-1000, 1000])
def test_length_that_differs_from_the_listing_is_told(
    service: FetcherService, hub: FakeHub, folder: Path, lie_by: int
) -> None:
    with the_next_download_works(service, hub, folder):
        hub.script(FIRST, Fault(lie_by=lie_by))
        with pytest.raises(LacunaError, match=f"lists {FIRST} with 1,024,000 bytes and sends {1_024_000 + lie_by:,}"):
            fetch(service, folder)


@pytest.mark.parametrize(
    "change",
    [{"size": None, "lfs": None}, {"lfs": None, "blobId": None}, {"size": "12", "lfs": None}],
    ids=["no size", "no hash", "size in words"],
)
def test_listing_that_does_not_say_how_to_check_a_file_is_refused(
    service: FetcherService, hub: FakeHub, folder: Path, change: dict[str, object]
) -> None:
    with the_next_download_works(service, hub, folder):
        hub.listing_changes[FIRST] = change
        with pytest.raises(LacunaError, match=f"no checksum for {FIRST}"):
            fetch(service, folder)
        assert hub.transfers == []


def test_listing_that_names_no_commit_is_refused(service: FetcherService, hub: FakeHub, folder: Path) -> None:
    with the_next_download_works(service, hub, folder):
        hub.head = "main"
        with pytest.raises(LacunaError, match="does not say which commit"):
            fetch(service, folder)
        hub.head = COMMIT


# --- the disk ---------------------------------------------------------------------------------------------------------


def test_too_little_space_is_said_before_anything_is_fetched(
    service: FetcherService, hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with the_next_download_works(service, hub, folder):
        with monkeypatch.context() as patch:
            patch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
            with pytest.raises(LacunaError, match=r"needs 0\.0 GB and the disk has 0\.0 GB free"):
                fetch(service, folder)
        assert hub.transfers == []


def test_space_is_asked_for_what_is_still_to_come_only(
    service: FetcherService, hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(service, hub, folder, at=len(WEIGHTS) - 1000)
    needed = 1000 + len(WEIGHTS)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": needed + (256 << 20)})())
    fetch(service, folder)


def test_disk_that_fills_up_is_told_and_what_arrived_is_kept(
    service: FetcherService, hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        if os.readlink(f"/proc/self/fd/{handle}").endswith(FIRST + ".partial"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with the_next_download_works(service, hub, folder):
        hub.script(FIRST, Fault(cut_at=5000))
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            with pytest.raises(LacunaError, match="the disk is full") as raised:
                fetch(service, folder)
        assert raised.value.report.code is ErrorCode.DOWNLOAD
        (kept,) = list_downloads(folder.parent)
        assert kept.done_bytes > 5000


def test_link_in_a_foreign_folder_leads_no_byte_elsewhere(
    service: FetcherService, hub: FakeHub, folder: Path, tmp_path: Path
) -> None:
    folder.mkdir(parents=True)
    (tmp_path / "precious").write_text("mine")
    partial = folder / (FIRST + ".partial")
    partial.symlink_to(tmp_path / "precious")
    fetch(service, folder)
    assert (tmp_path / "precious").read_text() == "mine"
    assert (folder / (FIRST + ".partial.old")).is_symlink()


def test_link_in_place_of_a_part_of_ours_is_refused(
    service: FetcherService, hub: FakeHub, folder: Path, tmp_path: Path
) -> None:
    begun(service, hub, folder, at=1000)
    (tmp_path / "precious").write_text("mine")
    partial = folder / (FIRST + ".partial")
    partial.unlink()
    partial.symlink_to(tmp_path / "precious")
    with pytest.raises(LacunaError, match="Too many levels of symbolic links"):
        fetch(service, folder)
    assert (tmp_path / "precious").read_text() == "mine"


def test_folder_that_cannot_be_made_is_told(service: FetcherService, hub: FakeHub, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(LacunaError, match="can't be written"):
        fetch(service, tmp_path / "models" / "7b")
    assert hub.asked == []


def test_record_holds_what_a_later_start_needs(service: FetcherService, folder: Path) -> None:
    fetch(service, folder)
    record = json.loads((folder / RECORD).read_text())
    assert (record["repo_id"], record["asked"], record["revision"]) == (REPO, "main", COMMIT)
    assert set(record["checked"]) == BROUGHT
