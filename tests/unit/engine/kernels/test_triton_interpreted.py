"""Runs triton_checks.py under Triton's interpreter, which is chosen when triton is first imported: in another
process."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import WAIT_S

_CHECKS = Path(__file__).with_name("triton_checks.py")


def test_kernels_agree_with_float64_under_the_interpreter() -> None:
    if importlib.util.find_spec("triton") is None:
        pytest.skip("triton is not installed: the GPU kernels were not checked")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", str(_CHECKS)],
        env=os.environ | {"TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    if result.returncode == pytest.ExitCode.NO_TESTS_COLLECTED:
        pytest.skip(f"the GPU kernels were not checked: {result.stdout[-600:]}")
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
