"""Nothing but the fetcher opens a connection: the whole tour, in every process, under an audit hook that tells.

The hook sees Python's sockets, also those of the libraries underneath; that nothing imports a library that brings
sockets of its own is a contract in pyproject.toml.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.messages import Role
from tests.fake_hub import REPO, fake_hub

# Loaded by every Python process that finds it first on its path; forbids by an error, so that a process can't go on.
_WATCH = """
import os, sys
_file = os.environ["LACUNA_WATCH"]
def _note(line):
    handle = os.open(_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, (line + "\\n").encode(errors="replace"))
    os.close(handle)
def _watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"):
        address = arguments[1] if len(arguments) > 1 else None
        if isinstance(address, tuple):
            _note(f"OPENED {event} {address!r} {sys.orig_argv!r}")
            if "LACUNA_WATCH_ONLY" not in os.environ:
                raise PermissionError("no connections here")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        _note(f"OPENED {event} {arguments!r} {sys.orig_argv!r}")
_note(f"STARTED {sys.orig_argv!r}")
sys.addaudithook(_watch)
"""


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the processes started from here tell that they run, and what they open."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_WATCH)
    told = tmp_path / "told"
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.setenv("LACUNA_WATCH", str(told))
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)  # the program says so itself, or does not
    return told


def lacuna(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "app", *argv]
    return subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)


def opened(told: Path) -> list[str]:
    return [line for line in told.read_text().splitlines() if line.startswith("OPENED")]


def test_window_engine_and_reader_open_no_connection(watch: Path, tmp_path: Path) -> None:
    result = lacuna("tour", "--out", str(tmp_path / "tour"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert opened(watch) == []
    started = watch.read_text()
    for role in (Role.ENGINE, Role.READER):
        assert f"'engine', '{role}'" in started, f"the {role} was not watched"
    assert f"'engine', '{Role.FETCHER}'" not in started


def test_fetching_is_seen_by_the_same_hook(watch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setenv("LACUNA_WATCH_ONLY", "1")
        result = lacuna("models", "get", REPO, "--accept-licence", "--profile", str(tmp_path / "profile"))
        assert result.returncode == 0, result.stderr
    assert any("socket.connect" in line for line in opened(watch))
    assert {line.split(" (")[0] for line in opened(watch)} <= {
        "OPENED socket.connect",
        "OPENED socket.getaddrinfo",
    }


@pytest.mark.parametrize("role", [Role.ENGINE, Role.READER])
def test_libraries_are_told_that_there_is_no_network_before_they_are_imported(role: Role, watch: Path) -> None:
    code = (
        "import sys; from engine.messages import Role; from engine.roles import handlers_of; "
        f"handlers_of(Role({role.value!r})); assert 'huggingface_hub' not in sys.modules; "
        "import huggingface_hub.constants as c; print(c.is_offline_mode(), c.HF_HUB_DISABLE_TELEMETRY)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True", "True"]


def test_fetchers_libraries_are_told_to_be_quiet(watch: Path) -> None:
    code = (
        "from engine.messages import Role; from engine.roles import handlers_of; handlers_of(Role.FETCHER); "
        "import huggingface_hub.constants as c; print(c.is_offline_mode(), c.HF_HUB_DISABLE_TELEMETRY)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]
    assert os.environ["LACUNA_WATCH"] == str(watch)
