"""The parts that compute, tested once more as lesser processors compute them: nothing may hang on this machine's kind.

`test_nf4.py` takes each instruction set by itself; here whole networks run with it, torch's products held to it too.
"""

import os
import subprocess
import sys

import pytest

from engine.kernels.nf4 import PATH_VARIABLE, kernels_of_every_path
from tests.conftest import ROOT

PARTS = (
    "tests/unit/engine/kernels/held_instructions.py",
    "tests/unit/engine/generate/test_graph_steps.py",
    "tests/unit/engine/generate/test_llama.py",
    "tests/unit/engine/generate/test_starter_answers.py",
)
# Of each network the small one, and of the starter its answers over our kernels: the rest only takes longer.
SMALL = "not starter- and not starter] and not whole and not packed and not transformers_generate and not drafts_change"
# Our kernels, torch's own, oneDNN's and MKL's.
HELD = {
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "portable": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
}


@pytest.mark.parametrize("instructions", HELD)
def test_what_computes_passes_its_tests_with_the_instructions_of_a_lesser_processor(instructions: str) -> None:
    if instructions not in {kernels.instructions for kernels in kernels_of_every_path()}:
        pytest.skip(f"this processor or this build has no {instructions}: nothing was tried with it")
    environment = os.environ | HELD[instructions] | {PATH_VARIABLE: instructions}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", SMALL, *PARTS]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
