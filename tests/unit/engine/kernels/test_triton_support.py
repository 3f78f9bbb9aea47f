"""What is said where the Triton kernels can't run."""

import sysconfig
from pathlib import Path

import pytest
import torch

from engine.kernels import triton_support
from engine.kernels.triton_support import launcher_fault, triton_fault


def _program(directory: Path, name: str) -> None:
    program = directory / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with the headers of Python and no compiler; programs put into the directory are found."""
    (tmp_path / "Python.h").touch()
    monkeypatch.setattr(sysconfig, "get_paths", lambda *_: {"include": str(tmp_path)})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    return tmp_path


def test_missing_compiler_is_named(bare: Path) -> None:
    _program(bare, "cc")  # Triton doesn't look for it
    assert "C compiler" in launcher_fault()


@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_compiler_on_the_path_will_do(bare: Path, name: str) -> None:
    _program(bare, name)
    assert launcher_fault() == ""


def test_compiler_of_the_environment_will_do(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/opt/bin/cc")
    assert launcher_fault() == ""


def test_missing_headers_are_named(bare: Path) -> None:
    _program(bare, "gcc")
    (bare / "Python.h").unlink()
    assert "headers of Python" in launcher_fault()


def test_the_device_in_question_is_asked(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(bare, "gcc")
    capabilities = {torch.device("cuda:0"): (9, 0), torch.device("cuda:1"): (7, 5)}
    monkeypatch.setattr(triton_support.importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", capabilities.__getitem__)
    assert triton_fault(torch.device("cuda:0")) == ""
    assert "this device has 7.5" in triton_fault(torch.device("cuda:1"))
