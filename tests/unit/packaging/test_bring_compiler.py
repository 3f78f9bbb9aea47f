"""The step that sees to a C compiler: quiet where one works, never a failure, and told where it could do nothing."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "packaging" / "bring_compiler"


class Machine:
    """A machine on which only the tools given here exist."""

    def __init__(self, folder: Path) -> None:
        self.tools = folder
        self._log = folder / "log"

    def tool(self, name: str, script: str) -> None:
        path = self.tools / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self._log}\n{script}\n')
        path.chmod(0o755)

    def run(self, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.tools), **variables}
        return subprocess.run(["/bin/sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)

    @property
    def calls(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("name", ["cc", "gcc", "clang"])
def test_working_compiler_is_left_alone_without_a_word(machine: Machine, name: str) -> None:
    machine.tool(name, "exit 0")
    result = machine.run()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_named_compiler_counts(machine: Machine) -> None:
    machine.tool("tcc", "exit 0")
    assert machine.run(CC="tcc").stderr == ""


def test_root_gets_a_compiler_where_one_lacks_headers(machine: Machine) -> None:
    machine.tool("cc", "exit 1")
    machine.tool("id", "echo 0")
    machine.tool("apt-get", "exit 0")
    result = machine.run()
    assert result.returncode == 0
    assert "apt-get install -y -qq --no-install-recommends gcc libc6-dev" in machine.calls


@pytest.mark.parametrize(("user", "apt"), [("1000", "exit 0"), ("0", "exit 100")])
def test_who_may_not_or_can_not_install_is_told_the_command_and_goes_on(machine: Machine, user: str, apt: str) -> None:
    machine.tool("id", f"echo {user}")
    machine.tool("apt-get", apt)
    result = machine.run()
    assert result.returncode == 0
    assert "sudo apt-get install gcc libc6-dev" in result.stderr
    assert "slow on the processor" in result.stderr
