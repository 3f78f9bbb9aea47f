"""What every test gets: an offscreen Qt, folders of its own, and failure on error logs that nobody expected."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("untimed", deadline=None)  # the machine may be busy with other work
hypothesis.settings.load_profile("untimed")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # as in the processes of the program
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"  # nobody's real one

ROOT = Path(__file__).resolve().parents[1]
STARTER = ROOT / "resources" / "starter" / "model"
GOLDEN = ROOT.parent / "shared" / "golden"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point every folder a program may write to into the test's own temporary folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        folder = home / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))


@pytest.fixture(autouse=True)
def _no_stray_errors(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs an error; one that provokes it says so with `expect_errors`."""
    yield
    if "expect_errors" in request.fixturenames:
        return
    stray = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not stray, "unexpected error logs: " + "; ".join(record.getMessage() for record in stray)


@pytest.fixture
def expect_errors() -> None:
    """Marks a test that provokes error logs on purpose."""


@pytest.fixture(scope="session")
def starter_folder() -> Path:
    """The real starter model."""
    return STARTER


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    """Golden prompts and tokens, which live beside the project and are never copied into it."""
    if not GOLDEN.is_dir():
        pytest.skip(f"golden data is not here ({GOLDEN.name}/ beside the checkout): token-exactness was not checked")
    return GOLDEN
