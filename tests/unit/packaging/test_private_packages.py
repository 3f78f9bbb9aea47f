"""An installed program beside other distributions whose packages have the same names: each finds its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, STARTER

NAMES = ("app", "ui", "engine", "resources")
# A child as the window starts it: it has to answer, so it has to be ours.
ASK_A_CHILD = """
import sys
from queue import Queue
import lacuna
sys.path.insert(0, str(lacuna.packages_folder()))
from engine.client import Client
from engine.messages.jobs import Failed, Finished, Role
from engine.messages.project import Counted, CountTokens, UseTokenizer
events = Queue()
client = Client(Role.READER, events.put, lambda *gone: events.put(Failed(*gone)))
client.start()
client.submit(UseTokenizer("tokenizer", sys.argv[1]))
client.submit(CountTokens("count", "def f(x): return x"))
while not isinstance(event := events.get(), Counted | Failed): pass
client.close()
print(event)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where packages are installed: ours as a wheel puts them there, and foreign ones that fail where they are used."""
    (tmp_path / "lacuna").mkdir()
    for name in ("__init__.py", "__main__.py"):
        (tmp_path / "lacuna" / name).write_bytes((ROOT / "lacuna" / name).read_bytes())
    for name in NAMES:
        (tmp_path / "lacuna" / name).symlink_to(ROOT / name)
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("is_foreign = True\n")
    return tmp_path


def python(site: Path, *arguments: str) -> str:
    """What an interpreter prints, for which things are installed there and nowhere before it."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-P", *arguments]
    done = subprocess.run(command, env=environment, cwd=site, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_command_runs_our_packages_and_no_others(site: Path) -> None:
    assert python(site, "-m", "lacuna", "--version").startswith("lacuna ")


def test_child_runs_our_packages_and_no_others(site: Path) -> None:
    assert python(site, "-c", ASK_A_CHILD, str(STARTER / "tokenizer.model")).startswith("Counted(")


def test_other_programs_find_their_own_packages(site: Path) -> None:
    found = python(
        site, "-c", f"import {', '.join(NAMES)}, lacuna; print({', '.join(f'{n}.is_foreign' for n in NAMES)})"
    )
    assert found.split() == ["True"] * len(NAMES)
