"""What every test gets: an offscreen Qt, folders of its own, and failure on error logs that nobody expected."""

import contextlib
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.model_folders import write_endless_model

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # as in the processes of the program
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"  # nobody's real one

with contextlib.suppress(ImportError):  # tests/gpu runs also if there is neither hypothesis nor Qt
    from hypothesis import HealthCheck, settings

    # The machine may be busy with other work: an example that takes long is no fault.
    settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]
# What tests start finds this checkout's packages from wherever it runs; an installation hides its own (`lacuna`).
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
STARTER = ROOT / "tests" / "model"  # the quick model, which stands in for the one that ships
SHIPPED = ROOT / "resources" / "starter" / "model"
os.environ["LACUNA_STARTER"] = str(STARTER)  # most tests need a network, and not a good one
GOLDEN = ROOT.parent / "shared" / "golden"


@pytest.fixture(autouse=True, scope="session")
def _signals_as_in_a_terminal() -> None:
    """Let Ctrl+C and the end of a session be heard, here and in the processes that tests start.

    What a script runs in the background ignores SIGINT from its start, and what `nohup` runs ignores SIGHUP.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> "QtBot":
    """pytest-qt's, but patient."""
    from tests.patient_bot import PatientBot

    return PatientBot(request)


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
    """The quick model: a small one in the starter's formats, which stands in for it in most tests."""
    return STARTER


@pytest.fixture
def shipped_folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model that ships, which then is the program's starter."""
    if not (SHIPPED / "config.json").exists():
        pytest.skip("the demonstration model was not built (make setup): nothing was tried with it")
    monkeypatch.delenv("LACUNA_STARTER")
    return SHIPPED


@pytest.fixture(scope="session")
def endless_folder(tmp_path_factory: pytest.TempPathFactory, starter_folder: Path) -> Path:
    """A model that is still writing whenever a test looks; the name says to Lacuna that it chats."""
    return write_endless_model(tmp_path_factory.mktemp("models") / "endless-instruct", starter_folder)


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    """Golden prompts and tokens, which live beside the project and are never copied into it."""
    if not GOLDEN.is_dir():
        pytest.skip(f"golden data is not here ({GOLDEN.name}/ beside the checkout): token-exactness was not checked")
    return GOLDEN
