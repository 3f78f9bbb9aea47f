"""The real fetcher process and the real command, downloading from a hub on loopback: killed, stopped, resumed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import pytest
from pytestqt.qtbot import QtBot

from app.host.profile import Profile
from app.window.program import Program
from engine.client import Client
from engine.errors import ErrorReport
from engine.messages.downloads import DiscardDownload, Fetched, FetchModel
from engine.messages.generation import Stop
from engine.messages.jobs import Event, Failed, Finished, Role
from engine.model_plans import DownloadStage
from engine.models.downloads import list_downloads
from tests.fake_hub import COMMIT, LATER_COMMIT, REPO, WEIGHTS, FakeHub, Fault, fake_hub
from tests.patience import WAIT_S, wait_until

MakeProgram = Callable[[], Program]
FIRST = "model-00001-of-00002.safetensors"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that the processes started here take for the real one."""
    with fake_hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "TRANSFORMERS_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield server


@dataclass
class Fetcher:
    """A client with its events in a queue."""

    client: Client
    events: "Queue[Event]"
    gone: "Queue[ErrorReport]"

    def last_of(self, job_id: str) -> list[Event]:
        """The job's last two events."""
        taken: list[Event] = []
        while not taken or not isinstance(taken[-1], Finished | Failed) or taken[-1].job_id != job_id:
            taken.append(self.events.get(timeout=WAIT_S))
        return taken[-2:]


@pytest.fixture
def fetcher(hub: FakeHub, tmp_path: Path) -> Iterator[Fetcher]:
    events: Queue[Event] = Queue()
    gone: Queue[ErrorReport] = Queue()
    client = Client(Role.FETCHER, events.put, lambda _, report: gone.put(report), log_file=tmp_path / "fetcher.log")
    client.start()
    yield Fetcher(client, events, gone)
    client.close()
    assert "Bearer" not in (tmp_path / "fetcher.log").read_text()


def request(job_id: str, folder: Path) -> FetchModel:
    return FetchModel(job_id, REPO, "main", str(folder), "Llama 2 Community License")


def test_killed_fetcher_goes_on_where_it_was_killed(fetcher: Fetcher, hub: FakeHub, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "7b"
    hub.script(FIRST, Fault(stall_at=700_000))
    fetcher.client.submit(request("first", folder))
    assert hub.stalled.wait(WAIT_S)
    partial = folder / (FIRST + ".partial")
    while not partial.exists() or partial.stat().st_size < 500_000:  # what stands in a buffer dies with the process
        fetcher.events.get(timeout=WAIT_S)
    assert fetcher.client.pid is not None
    os.kill(fetcher.client.pid, signal.SIGKILL)
    fetcher.gone.get(timeout=WAIT_S)
    hub.head = LATER_COMMIT
    (found,) = list_downloads(folder.parent)
    assert found.revision == COMMIT
    fetcher.client.start()
    hub.asked.clear()
    fetcher.client.submit(request("second", folder))
    assert fetcher.last_of("second") == [Fetched("second", str(folder), REPO, COMMIT), Finished("second")]
    assert hub.asked[0].range.startswith("bytes=")
    assert (folder / FIRST).read_bytes() == WEIGHTS


def test_cancel_is_seen_while_the_connection_stalls_and_the_next_job_runs(
    fetcher: Fetcher, hub: FakeHub, tmp_path: Path
) -> None:
    folder = tmp_path / "models" / "7b"
    hub.script(FIRST, Fault(stall_at=1000))
    fetcher.client.submit(request("first", folder))
    assert hub.stalled.wait(WAIT_S)
    fetcher.client.cancel("first")
    assert fetcher.last_of("first")[-1] == Finished("first", Stop.CANCELLED)
    fetcher.client.submit(DiscardDownload("second", str(folder)))
    assert fetcher.last_of("second")[-1] == Finished("second")
    assert not folder.exists()
    fetcher.client.submit(request("third", folder))
    assert isinstance(fetcher.last_of("third")[0], Fetched)


def test_command_stopped_by_the_keyboard_says_how_to_go_on_and_does(hub: FakeHub, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "app", "models", "get", REPO, "--accept-licence", "--profile", str(tmp_path)]
    hub.script(FIRST, Fault(stall_at=500_000))
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert hub.stalled.wait(WAIT_S)
    partial = tmp_path / "data" / "models" / "CodeLlama-7b-Instruct-hf" / (FIRST + ".partial")
    wait_until(lambda: partial.exists() and partial.stat().st_size > 0)  # what the hub sent is there only when it is
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=WAIT_S)
    assert (running.returncode, out) == (130, "")
    assert "of 2 MB are kept" in err
    assert f"lacuna models get {REPO}" in err
    kept = partial.stat().st_size
    hub.asked.clear()
    result = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip().endswith("models/CodeLlama-7b-Instruct-hf")
    assert result.stderr == ""
    assert hub.asked[0].range == f"bytes={kept}-"
    assert hub.transfers == [FIRST, FIRST.replace("00001-of", "00002-of")]


def test_fetcher_asks_for_nothing_but_the_listing_and_the_files(fetcher: Fetcher, hub: FakeHub, tmp_path: Path) -> None:
    fetcher.client.submit(request("only", tmp_path / "models" / "7b"))
    fetcher.last_of("only")
    assert all(asked.path.startswith((f"/api/models/{REPO}/", f"/{REPO}/resolve/{COMMIT}/")) for asked in hub.asked)


def test_window_finds_a_paused_download_again_at_its_next_start(
    hub: FakeHub, make_program: MakeProgram, profile: Profile, qtbot: QtBot
) -> None:
    hub.script(FIRST, Fault(stall_at=500_000))
    first = make_program()
    first.download.start(REPO, accepted=True)
    qtbot.waitUntil(lambda: first.download.states[0].done_bytes > 0, timeout=WAIT_S * 1000)
    with qtbot.waitSignal(
        first.download.changed, timeout=WAIT_S * 1000, check_params_cb=lambda state: state.is_paused
    ) as paused:
        first.download.pause(REPO)
    assert paused.args is not None
    (state,) = paused.args
    assert (state.stage, state.revision) == (DownloadStage.PAUSED, COMMIT)
    assert 0 < state.done_bytes < state.total_bytes
    first.close()
    second = make_program()
    assert second.download.states == (state,)
    with qtbot.waitSignal(second.download.fetched, timeout=WAIT_S * 1000) as fetched:
        second.download.start(REPO, accepted=True)
    assert fetched.args == [str(profile.models / "CodeLlama-7b-Instruct-hf")]
    assert second.window.notices.card("fetched") is not None
    assert second.download.states[0].stage is DownloadStage.DONE
