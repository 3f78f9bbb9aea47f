"""The fetcher against a hub on loopback that answers as the real one does: wanted files only, hashes, refusals."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.errors import LacunaError
from engine.messages import Event, FetchModel, Finished, Progress
from engine.models.fetch import FetcherService, is_wanted
from engine.models.hub import HuggingFaceHub

WEIGHTS = bytes(range(256)) * 400


@dataclass
class FakeHub:
    """What the server answers; a test bends it before it asks."""

    files: dict[str, bytes] = field(
        default_factory=lambda: {
            "config.json": b"{}",
            "tokenizer.model": b"pieces",
            "model.safetensors": WEIGHTS,
            "pytorch_model.bin": b"pickle",
            "modeling_evil.py": b"import os",
        }
    )
    status: int = 200
    error_code: str = ""
    sent_instead: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def listing(self) -> bytes:
        siblings = [
            {
                "rfilename": name,
                "size": len(data),
                **(
                    {"lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}}
                    if name.endswith((".safetensors", ".model"))
                    else {}
                ),
            }
            for name, data in self.files.items()
        ]
        return json.dumps({"id": "org/model", "sha": "c0ffee", "siblings": siblings}).encode()


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def service(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[FetcherService]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append(f"{self.command} {self.path}")
            if hub.status != 200:
                self._answer(b"", hub.status)
            elif self.path.startswith("/api/"):
                self._answer(hub.listing())
            else:
                name = self.path.rsplit("/", 1)[1]
                self._answer(hub.sent_instead.get(name, hub.files[name]), etag=hashlib.sha1(name.encode()).hexdigest())

        do_HEAD = do_GET

        def _answer(self, body: bytes, status: int = 200, etag: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Repo-Commit", "c0ffee")
            if etag:
                self.send_header("ETag", f'"{etag}"')
            if hub.error_code:
                self.send_header("X-Error-Code", hub.error_code)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield FetcherService(HuggingFaceHub(f"http://127.0.0.1:{server.server_port}"))
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(service: FetcherService, folder: Path) -> tuple[list[Event], Finished]:
    events: list[Event] = []
    job = service.fetch(FetchModel("a", "org/model", "c0ffee", str(folder)))
    while True:
        try:
            events.append(next(job))
        except StopIteration as end:
            return events, end.value


def test_download_brings_weights_and_tokenizer_and_nothing_that_runs(service: FetcherService, tmp_path: Path) -> None:
    events, finished = fetch(service, tmp_path / "model")
    assert finished == Finished("a")
    arrived = {path.name for path in (tmp_path / "model").iterdir() if path.is_file()}
    assert arrived == {"config.json", "tokenizer.model", "model.safetensors"}
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == WEIGHTS
    steps = [event for event in events if isinstance(event, Progress) and event.total]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total


def test_download_again_transfers_nothing(service: FetcherService, hub: FakeHub, tmp_path: Path) -> None:
    fetch(service, tmp_path)
    hub.asked.clear()
    fetch(service, tmp_path)
    assert not [request for request in hub.asked if request.startswith("GET /org")]


def test_wrong_bytes_of_the_right_size_are_removed_and_fetched_again(
    service: FetcherService, hub: FakeHub, tmp_path: Path
) -> None:
    hub.sent_instead["model.safetensors"] = bytes(len(WEIGHTS))
    with pytest.raises(LacunaError, match="arrived damaged"):
        fetch(service, tmp_path)
    assert not (tmp_path / "model.safetensors").exists()
    hub.sent_instead.clear()
    fetch(service, tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "GatedRepo", "accepted its licence"),
        (404, "RepoNotFound", "was not found"),
        (500, "", "refused the download"),
    ],
)
def test_refusals_have_their_own_sentences(
    service: FetcherService, hub: FakeHub, tmp_path: Path, status: int, code: str, sentence: str
) -> None:
    hub.status, hub.error_code = status, code
    with pytest.raises(LacunaError, match=sentence):
        fetch(service, tmp_path)


def test_no_connection_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(LacunaError, match="could not be reached"):
        fetch(FetcherService(HuggingFaceHub("http://127.0.0.1:9")), tmp_path)


def test_a_repository_without_safetensors_is_refused(service: FetcherService, hub: FakeHub, tmp_path: Path) -> None:
    del hub.files["model.safetensors"]
    with pytest.raises(LacunaError, match="no safetensors"):
        fetch(service, tmp_path)


def test_too_little_space_is_said_before_anything_is_fetched(
    service: FetcherService, hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(LacunaError, match="GB free"):
        fetch(service, tmp_path)
    assert not [request for request in hub.asked if "/resolve/" in request]


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.py", "sub/model.safetensors", "../config.json"])
def test_pickles_code_and_paths_are_not_wanted(name: str) -> None:
    assert not is_wanted(name)
