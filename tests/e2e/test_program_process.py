"""The program as a process of its own: what it imports, how it starts and ends, and the tour."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import WAIT_S, wait_until
from tests.watched_tour import Tour

HEAVY = [
    "torch",
    "transformers",
    "bitsandbytes",
    "sentencepiece",
    "accelerate",
    "numpy",
    "huggingface_hub",
    "httpx2",
    "keyring",
]


def run(*arguments: str, timeout_s: float = WAIT_S) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "app", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


def test_window_process_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from app.host.profile import Profile\n"
        "from app.window.program import build_program\n"
        "from app.window.start import make_application\n"
        "application = make_application()\n"
        "profile = Profile.below(Path(sys.argv[1])); profile.create()\n"
        "program = build_program(application, profile)\n"
        "program.window.show(); application.processEvents(); program.close()\n"
        "print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))\n"
    )
    result = subprocess.run(
        [sys.executable, "-P", "-c", code, str(tmp_path), *HEAVY], capture_output=True, text=True, check=True
    )
    assert json.loads(result.stdout) == []


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_window_opens_a_file_and_ends_with_its_children(tmp_path: Path, end: signal.Signals) -> None:
    file = tmp_path / "ä file.py"
    file.write_text("x = 1\n")
    command = [sys.executable, "-P", "-m", "app", "open", str(file), "--profile", str(tmp_path / "profile")]
    window = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    settings = tmp_path / "profile" / "settings" / "settings.json"
    wait_until(lambda: settings.exists() and file.name in str(json.loads(settings.read_text())["recent_files"]))
    wait_until(lambda: bool(children_of(window.pid)))
    children = children_of(window.pid)
    window.send_signal(end)
    window.wait(WAIT_S)
    assert window.stderr is not None
    errors = window.stderr.read()
    window.stderr.close()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    if end is signal.SIGTERM:
        assert window.returncode == 0, errors
        assert not (tmp_path / "profile" / "state" / "running").exists()
    else:
        assert (tmp_path / "profile" / "state" / "running").exists()


def test_tour_holds_and_leaves_pictures_in_both_themes(tour: Tour) -> None:
    result = tour.result
    assert result.returncode == 0, result.stdout + result.stderr
    pictures = sorted(path.name for path in tour.pictures.glob("*.png"))
    assert len(pictures) >= 8
    assert any("light" in name for name in pictures)
    assert "Lacuna's demonstration model" in result.stdout
    assert "FAILED" not in result.stdout


def children_of(pid: int) -> list[int]:
    """Process ids of the children, as the kernel lists them."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
