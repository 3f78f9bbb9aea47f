"""That the instruction set is held to what the environment says, in our kernels and in torch: run by
test_instruction_sets.py in a process of its own, with the tests of the parts that compute.
"""

import os

import torch

from engine.kernels.nf4 import PATH_VARIABLE, load_kernels


def test_our_kernels_use_the_instructions_asked_for() -> None:
    kernels = load_kernels()
    assert kernels is not None
    assert kernels.instructions == os.environ[PATH_VARIABLE]


def test_torch_uses_the_instructions_asked_for() -> None:
    assert torch.backends.cpu.get_cpu_capability().lower() == os.environ["ATEN_CPU_CAPABILITY"]
