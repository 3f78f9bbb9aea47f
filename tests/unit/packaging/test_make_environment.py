"""Making the environment on machines that lack something: each is told what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "packaging" / "make_environment"


class Machine:
    """A machine on which only the tools given here exist. Attribute: `folder`, where the environment goes."""

    def __init__(self, folder: Path) -> None:
        self.tools = folder / "tools"
        self.tools.mkdir()
        self.folder = folder / "venv"
        self.log = folder / "log"

    def tool(self, name: str, script: str) -> None:
        path = self.tools / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.log}\n{script}\n')
        path.chmod(0o755)

    def make(self) -> subprocess.CompletedProcess[str]:
        command = ["/bin/sh", str(SCRIPT), "python3", str(self.folder)]
        environment = {"PATH": str(self.tools)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    @property
    def calls(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


_WITHOUT_VENV = """
case "$2" in
    *version_info*'<'*) exit 0 ;;
    *'import ensurepip'*) test -e "$0.venv" ;;
    *print*) echo 3.11 ;;
esac
"""


def test_machine_without_python_is_told_so(machine: Machine) -> None:
    result = machine.make()
    assert result.returncode == 1
    assert "Install Python 3.11" in result.stderr


def test_old_python_is_told_with_its_version(machine: Machine) -> None:
    machine.tool("python3", 'case "$1" in --version) echo Python 3.9.2 ;; *) exit 1 ;; esac')
    result = machine.make()
    assert result.returncode == 1
    assert "Python 3.9.2" in result.stderr
    assert "make setup PYTHON=" in result.stderr


def test_python_without_venv_is_told_the_exact_command(machine: Machine) -> None:
    machine.tool("python3", _WITHOUT_VENV)
    machine.tool("id", "echo 1000")
    machine.tool("apt-get", "exit 0")
    result = machine.make()
    assert result.returncode == 1
    assert "sudo apt-get install python3.11-venv" in result.stderr
    assert "apt-get" not in machine.calls


def test_root_gets_the_missing_package_installed(machine: Machine) -> None:
    machine.tool("python3", _WITHOUT_VENV)
    machine.tool("id", "echo 0")
    machine.tool("apt-get", f'[ "$1" = update ] || : > {machine.tools}/python3.venv')
    result = machine.make()
    assert result.returncode == 0, result.stderr
    assert "apt-get install -y -qq --no-install-recommends python3.11-venv" in machine.calls
    assert machine.calls.splitlines()[-1] == f"python3 -m venv --clear {machine.folder}"


def test_environment_that_is_there_is_left_alone(machine: Machine) -> None:
    (machine.folder / "bin").mkdir(parents=True)
    (machine.folder / "bin" / "python").symlink_to(sys.executable)
    machine.tool("python3", "exit 1")
    result = machine.make()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert machine.calls == ""
