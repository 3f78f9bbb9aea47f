"""Whether a window can open is known before Qt is asked, which would end the process."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.host import display
from app.host.display import why_no_display


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ""}, {"DISPLAY": "", "WAYLAND_DISPLAY": ""}])
def test_no_display_is_told_with_what_works_without(environment: dict[str, str]) -> None:
    told = why_no_display(environment)
    assert "no display" in told
    assert "lacuna tour" in told


@pytest.mark.parametrize(
    "environment", [{"DISPLAY": ":987"}, {"WAYLAND_DISPLAY": "nowhere", "XDG_RUNTIME_DIR": "/nonexistent"}]
)
def test_display_that_does_not_answer_is_told(environment: dict[str, str]) -> None:
    assert "does not answer" in why_no_display(environment)


def test_wayland_display_that_answers_is_enough() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/wayland-9")
        server.listen()
        assert why_no_display({"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": folder}) == ""
        assert why_no_display({"WAYLAND_DISPLAY": f"{folder}/wayland-9", "DISPLAY": ":987"}) == ""


def test_missing_library_of_x11_is_told_before_qt_aborts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_x11_answers", lambda name: True)
    monkeypatch.setattr(display, "_CURSORS", "libnobody-has-this.so.0")
    assert "libnobody-has-this.so.0, which is not installed" in why_no_display({"DISPLAY": ":1"})


def test_chosen_platform_needs_no_display() -> None:
    assert why_no_display({"QT_QPA_PLATFORM": "offscreen"}) == ""


def test_module_answers_a_makefile_with_its_exit_code() -> None:
    root = Path(__file__).resolve().parents[3]
    bare = {name: value for name, value in os.environ.items() if "DISPLAY" not in name and name != "QT_QPA_PLATFORM"}
    command = [sys.executable, "-m", "app.host.display"]
    result = subprocess.run(command, cwd=root, env=bare, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "no display" in result.stderr
    assert subprocess.run(command, cwd=root, env=bare | {"QT_QPA_PLATFORM": "offscreen"}, check=False).returncode == 0
