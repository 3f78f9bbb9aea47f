"""A terminal session over a scripted engine for the tests of the commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripted_terminal import TerminalRun


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TerminalRun]:
    run = TerminalRun(tmp_path, monkeypatch)
    yield run
    run.close()
