"""Real children with the real starter in NF4: answers, cancel, a kill in mid-answer, a restart, no orphans."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import pytest

from engine.client import Client
from engine.errors import ErrorCode, ErrorReport
from engine.messages.downloads import FetchModel
from engine.messages.generation import Chat, Infill, Stop, TextDelta
from engine.messages.jobs import Event, Failed, Finished, Request, Role
from engine.messages.machine import LoadModel, ModelLoaded
from engine.messages.project import Counted, CountTokens, ReadProject, UseTokenizer
from engine.messages.prompts import Speaker, Turn
from engine.settings import Sampling
from tests.conftest import STARTER
from tests.e2e.conftest import ENDLESS
from tests.patience import WAIT_S, wait_until


@dataclass
class Child:
    """A client with its events in a queue."""

    client: Client
    events: "Queue[Event]"
    gone: "Queue[ErrorReport]"

    def submit_and_wait(self, request: Request) -> list[Event]:
        self.client.submit(request)
        return self.take(lambda event: event.job_id == request.job_id and isinstance(event, Finished | Failed))

    def take(self, until: Callable[[Event], bool]) -> list[Event]:
        taken = [self.events.get(timeout=WAIT_S)]
        while not until(taken[-1]):
            taken.append(self.events.get(timeout=WAIT_S))
        return taken


def child(role: Role, folder: Path) -> Child:
    events: Queue[Event] = Queue()
    gone: Queue[ErrorReport] = Queue()
    client = Client(role, events.put, lambda _, report: gone.put(report), log_file=folder / f"{role}.log")
    client.start()
    return Child(client, events, gone)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, starter_folder: Path) -> Iterator[Child]:
    made = child(Role.ENGINE, tmp_path_factory.mktemp("logs"))
    load(made, starter_folder)
    yield made
    made.client.close()


@pytest.fixture
def endless_engine(engine: Child, starter_folder: Path, endless_folder: Path) -> Iterator[Child]:
    """The engine with a model that is still writing whenever a test looks."""
    load(engine, endless_folder)
    yield engine
    load(engine, starter_folder)


def load(engine: Child, folder: Path) -> None:
    events = engine.submit_and_wait(LoadModel("load", str(folder), device="cpu", is_starter=folder == STARTER))
    assert isinstance(events[-1], Finished), events[-1]
    assert any(isinstance(event, ModelLoaded) for event in events)


def ask(job_id: str, text: str, sampling: Sampling | None = None) -> Chat:
    return Chat(job_id, (Turn(Speaker.USER, text),), sampling=sampling or Sampling(temperature=0, max_tokens=20))


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_chat_and_fill_come_from_the_real_model(engine: Child) -> None:
    answer = engine.submit_and_wait(ask("chat", "Who are you?", Sampling(temperature=0, max_tokens=60)))
    assert "Lacuna" in text_of(answer)
    last = answer[-1]
    assert isinstance(last, Finished)
    assert last.stop is Stop.EOS
    assert last.usage is not None
    assert last.usage.reused + last.usage.computed == last.usage.prompt_tokens
    fill = engine.submit_and_wait(Infill("fill", "def add(a, b):\n    return ", "\n"))
    assert isinstance(fill[-1], Finished)


def test_cancel_in_mid_answer_ends_it_and_the_next_request_works(endless_engine: Child) -> None:
    engine = endless_engine
    engine.client.submit(ask("long", "Write a class.", ENDLESS))
    engine.take(lambda event: isinstance(event, TextDelta))
    engine.client.cancel("long")
    rest = engine.take(lambda event: isinstance(event, Finished | Failed))
    assert isinstance(rest[-1], Finished)
    assert rest[-1].stop is Stop.CANCELLED
    assert isinstance(engine.submit_and_wait(ask("next", "Hello"))[-1], Finished)


def test_bad_model_folder_is_a_sentence_and_the_process_lives(
    engine: Child, starter_folder: Path, tmp_path: Path
) -> None:
    failed = engine.submit_and_wait(LoadModel("bad", str(tmp_path / "nowhere")))[-1]
    assert isinstance(failed, Failed)
    assert failed.error.code is ErrorCode.MODEL_MISSING
    load(engine, starter_folder)


def test_killed_in_mid_answer_tells_the_job_and_a_restart_works(endless_engine: Child, starter_folder: Path) -> None:
    engine = endless_engine
    engine.client.submit(ask("doomed", "Write a class.", ENDLESS))
    engine.take(lambda event: isinstance(event, TextDelta))
    pid = engine.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    failed = engine.take(lambda event: isinstance(event, Finished | Failed))[-1]
    assert isinstance(failed, Failed)
    assert failed.error.code is ErrorCode.PROCESS_GONE
    assert "SIGKILL" in engine.gone.get(timeout=WAIT_S).sentence
    refused = engine.submit_and_wait(ask("early", "Hello"))[-1]
    assert isinstance(refused, Failed)
    assert "not running" in refused.error.sentence
    engine.client.start()
    load(engine, starter_folder)
    assert isinstance(engine.submit_and_wait(ask("again", "Hello"))[-1], Finished)


def test_reader_counts_and_is_started_again_after_a_kill(tmp_path: Path, starter_folder: Path) -> None:
    reader = child(Role.READER, tmp_path)
    tokenizer = UseTokenizer("tokenizer", str(starter_folder / "tokenizer.model"))
    assert isinstance(reader.submit_and_wait(tokenizer)[-1], Finished)
    counted = reader.submit_and_wait(CountTokens("count", "def f(x):\n    return x\n"))
    assert any(isinstance(event, Counted) and event.tokens > 5 for event in counted)
    assert reader.client.pid is not None
    os.kill(reader.client.pid, signal.SIGKILL)
    reader.gone.get(timeout=WAIT_S)
    reader.client.start()
    assert isinstance(reader.submit_and_wait(tokenizer)[-1], Finished)
    reader.client.close()
    assert reader.client.pid is None
    assert reader.gone.empty()


def test_large_request_to_a_stopped_child_holds_nobody_up_and_is_answered_when_it_goes_on(tmp_path: Path) -> None:
    reader = child(Role.READER, tmp_path)
    pid = reader.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    reader.client.submit(CountTokens("large", "x" * (8 << 20)))
    reader.client.cancel("large")
    assert reader.events.empty()  # both calls came back while nobody reads the pipe
    os.kill(pid, signal.SIGCONT)
    assert isinstance(reader.take(lambda event: event.job_id == "large")[-1], Finished | Failed)
    reader.client.close()


def test_fetcher_without_a_connection_says_so_and_lives(tmp_path: Path) -> None:
    """The tests forbid the network (HF_HUB_OFFLINE), as a cut cable would."""
    fetcher = child(Role.FETCHER, tmp_path)
    for attempt in range(2):
        repo_id = "codellama/CodeLlama-7b-Instruct-hf"
        request = FetchModel(f"fetch-{attempt}", repo_id, "main", str(tmp_path / "7b"), "accepted")
        failed = fetcher.submit_and_wait(request)[-1]
        assert isinstance(failed, Failed)
        assert failed.error.code is ErrorCode.DOWNLOAD
        assert "could not be reached" in failed.error.sentence
    fetcher.client.close()


def test_child_whose_log_cannot_be_written_works_without(tmp_path: Path, starter_folder: Path) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    reader = child(Role.READER, tmp_path / "file")
    tokenizer = UseTokenizer("tokenizer", str(starter_folder / "tokenizer.model"))
    assert isinstance(reader.submit_and_wait(tokenizer)[-1], Finished)
    reader.client.close()


def test_child_that_is_replaced_ends_its_own_jobs_and_none_of_the_next_ones(
    tmp_path: Path, starter_folder: Path
) -> None:
    reader = child(Role.READER, tmp_path)
    tokenizer = UseTokenizer("tokenizer", str(starter_folder / "tokenizer.model"))
    assert isinstance(reader.submit_and_wait(tokenizer)[-1], Finished)
    old_pid = reader.client.pid
    assert old_pid is not None
    os.kill(old_pid, signal.SIGSTOP)  # so that the job can't end by itself
    reader.client.submit(ReadProject("doomed", os.path.dirname(os.__file__)))
    reader.client.kill()
    reader.client.start()
    reader.client.submit(tokenizer)
    ends: dict[str, Event] = {}
    while len(ends) < 2:
        event = reader.take(lambda event: isinstance(event, Finished | Failed))[-1]
        assert event.job_id not in ends
        ends[event.job_id] = event
    assert isinstance(ends["doomed"], Failed)
    assert isinstance(ends["tokenizer"], Finished)
    assert reader.client.pid not in (None, old_pid)
    reader.client.close()
    assert not is_alive(old_pid)
    assert reader.gone.empty()  # it was asked for


def test_killing_the_window_leaves_no_child_behind(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, threading\n"
        "from engine.client import Client\n"
        "from engine.messages.jobs import Role\n"
        "clients = [Client(role, print, print) for role in Role]\n"
        "for client in clients: client.start()\n"
        "print(*[client.pid for client in clients], flush=True)\n"
        "sys.stdin.readline()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    window = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert window.stdin is not None
    assert window.stdout is not None
    pids = [int(pid) for pid in window.stdout.readline().split()]
    assert len(pids) == len(Role)
    window.stdin.write("\n")
    window.stdin.close()
    window.wait(WAIT_S)
    window.stdout.close()
    wait_until(lambda: not any(is_alive(pid) for pid in pids))


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for its status to be read does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


@pytest.mark.parametrize("role", list(Role))
def test_foreign_package_named_engine_is_not_run(role: Role, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person may stand in a folder that holds a package of the same name."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("open('ran', 'w')\n")
    (tmp_path / "engine" / "__main__.py").write_text("open('ran', 'w')\n")
    monkeypatch.chdir(tmp_path)
    started = child(role, tmp_path)
    answer = started.submit_and_wait(CountTokens("count", "x"))[-1]
    assert isinstance(answer, Failed)
    assert answer.error.code is not ErrorCode.PROCESS_GONE
    started.client.close()
    assert not (tmp_path / "ran").exists()
