"""A model hub on loopback that answers as the real one does, and misbehaves as told: cuts, lies, refuses, stalls.

The real huggingface_hub client talks to it. One scripted `Fault` is used up by each request for its file; the listing's
stand under "".
"""

import hashlib
import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

COMMIT = "c0ffee" * 6 + "beef"
LATER_COMMIT = "facade" * 6 + "beef"
REPO = "org/CodeLlama-7b-Instruct-hf"
WEIGHTS = bytes(range(256)) * 4000  # 1 MB


@dataclass(frozen=True)
class Fault:
    """What is wrong with one answer. Bytes are counted within the body of the answer."""

    status: int = 0  # a refusal
    code: str = ""  # X-Error-Code, by which the client tells refusals apart
    message: str = ""  # X-Error-Message
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # sent instead of the file
    cut_at: int | None = None  # the connection closes after so many bytes
    stall_at: int | None = None  # nothing comes after so many bytes
    lie_by: int = 0  # added to the stated length
    ignores_range: bool = False
    leads_to: str = ""  # a redirect


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    host: str
    range: str
    token: str


class FakeHub:
    """Attributes: `files` at COMMIT, `head` (what main stands for), `faults` by file name, `asked`, `address`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {
            "config.json": b"{}",
            "tokenizer.model": b"pieces",
            "model-00001-of-00002.safetensors": WEIGHTS,
            "model-00002-of-00002.safetensors": WEIGHTS[::-1],
            "model.safetensors.index.json": b'{"weight_map": {}}',
            "LICENSE.txt": b"licence",
            "USE_POLICY.md": b"policy",
            "pytorch_model.bin": b"pickle",
            "modeling_evil.py": b"import os",
            "original/consolidated.safetensors": b"elsewhere",
        }
        self.head = COMMIT
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.asked: list[Asked] = []
        self.address = ""
        self.listing_changes: dict[str, dict[str, object]] = {}  # file name -> what the listing says instead
        self.stalled = threading.Event()  # a stall has begun
        self.released = threading.Event()  # set to end every stall

    @property
    def transfers(self) -> list[str]:
        """The names of the files that were asked for, in order."""
        return [asked.path.rsplit("/", 1)[1] for asked in self.asked if "/resolve/" in asked.path]

    def script(self, name: str, *faults: Fault) -> None:
        self.faults[name].extend(faults)

    def next_fault(self, name: str) -> Fault:
        return self.faults[name].popleft() if self.faults[name] else Fault()

    def listing(self) -> bytes:
        return json.dumps(
            {"id": REPO, "sha": self.head, "siblings": [self._sibling(name) for name in self.files]}
        ).encode()

    def _sibling(self, name: str) -> dict[str, object]:
        data = self.files[name]
        sibling: dict[str, object] = {"rfilename": name, "size": len(data)}
        sibling["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        if name.endswith((".safetensors", ".model", ".bin")):
            sibling["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
        return sibling | self.listing_changes.get(name, {})


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub

    def do_GET(self) -> None:
        headers = self.headers
        asked = Asked(self.path, headers["Host"], headers.get("Range", ""), headers.get("Authorization", ""))
        self.hub.asked.append(asked)
        is_listing = self.path.startswith("/api/models/")
        name = "" if is_listing else self.path.rsplit("/", 1)[1]
        fault = self.hub.next_fault(name)
        if fault.leads_to:
            self._refuse(302, {"Location": fault.leads_to})
        elif fault.status:
            extra = {"X-Error-Code": fault.code} if fault.code else {}
            extra |= {"X-Error-Message": fault.message} if fault.message else {}
            self._refuse(fault.status, {**extra, **fault.headers}, fault.body or b"")
        else:
            self._send(self.hub.listing() if is_listing else self.hub.files[name], fault)

    def _refuse(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send(self, data: bytes, fault: Fault) -> None:
        whole = data if fault.body is None else fault.body
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(match[1]) if match and not fault.ignores_range else 0
        body = whole[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) + fault.lie_by))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole) + fault.lie_by}")
        self.end_headers()
        self.wfile.write(body[: fault.cut_at if fault.cut_at is not None else fault.stall_at])
        if fault.stall_at is not None:
            self.wfile.flush()
            self.hub.stalled.set()
            self.hub.released.wait()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def hub_for_this_process(patch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub, and leave for the client in this process to ask it; what the machine knows of tokens is not looked at."""
    from huggingface_hub.utils import close_session

    patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    patch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "/nowhere/token")
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        patch.delenv(name, raising=False)
    with fake_hub() as server:
        yield server
        close_session()


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """A hub that answers until the block is left."""
    hub = FakeHub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="fake-hub")
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
