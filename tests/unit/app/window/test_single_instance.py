"""A second start reaches the first one, a dead owner does not block, and only lists of absolute paths are taken."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from app.window.single_instance import SingleInstance, parse_paths


def test_second_start_hands_its_paths_to_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path)
    assert first.claim()
    assert not second.claim()
    with qtbot.waitSignal(first.paths_received) as received:
        assert second.hand_over(["/a b/ü", "/c#%20", "/caf\udce9.py"])
    assert received.args == [["/a b/ü", "/c#%20", "/caf\udce9.py"]]
    first.release()
    assert second.claim()
    second.release()


def test_other_profile_is_free(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, other = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert first.claim()
    assert other.claim()
    first.release()
    other.release()


def test_killed_owner_does_not_block(tmp_path: Path, qtbot: QtBot) -> None:
    code = (
        "import os, sys, signal; from pathlib import Path; from PySide6.QtCore import QCoreApplication;"
        "from app.window.single_instance import SingleInstance; a = QCoreApplication([]);"
        "s = SingleInstance(Path(sys.argv[1]));"
        "assert s.claim(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=dict(os.environ), check=False)
    assert result.returncode < 0
    heir = SingleInstance(tmp_path)
    assert not heir.hand_over(["/x"])
    assert heir.claim()
    heir.release()


@pytest.mark.parametrize("data", [b"", b"{}", b'["relative"]', b"[1]", b"\xff\xfe", b'["/a"', b'"/a"'])
def test_anything_but_absolute_paths_is_refused(data: bytes) -> None:
    assert parse_paths(data) is None


@given(st.lists(st.text().map(lambda text: "/" + text)))
def test_paths_survive_the_socket(paths: list[str]) -> None:
    assert parse_paths(json.dumps(paths).encode() + b"\n") == paths
