"""Nothing but the fetcher opens a connection: the whole tour, in every process, under an audit hook that tells.

The hook sees Python's sockets, also those of the libraries underneath; that nothing imports a library that brings
sockets of its own is a contract in pyproject.toml.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.messages.jobs import Role
from tests.fake_hub import REPO, fake_hub
from tests.patience import WAIT_S
from tests.watched_tour import UNSAID, Tour, watched_environment


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the processes started from here tell what they open."""
    for name, value in watched_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    for name in UNSAID:
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "told"


def lacuna(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "app", *argv]
    return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)


def opened(told: Path) -> list[str]:
    return [line for line in told.read_text().splitlines() if line.startswith("OPENED")]


def test_window_engine_and_reader_open_no_connection(tour: Tour) -> None:
    assert tour.result.returncode == 0, tour.result.stdout + tour.result.stderr
    assert opened(tour.told) == []
    started = tour.told.read_text()
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
        "import sys; from engine.messages.jobs import Role; from engine.roles import handlers_of; "
        f"handlers_of(Role({role.value!r})); assert 'huggingface_hub' not in sys.modules; "
        "import huggingface_hub.constants as c; print(c.is_offline_mode(), c.HF_HUB_DISABLE_TELEMETRY)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True", "True"]


def test_fetchers_libraries_are_told_to_be_quiet(watch: Path) -> None:
    code = (
        "from engine.messages.jobs import Role; from engine.roles import handlers_of; handlers_of(Role.FETCHER); "
        "import huggingface_hub.constants as c; print(c.is_offline_mode(), c.HF_HUB_DISABLE_TELEMETRY)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]
    assert os.environ["LACUNA_WATCH"] == str(watch)
