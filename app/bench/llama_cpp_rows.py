"""Our decode and prefill beside llama.cpp's Q4_0 at the same shapes, given an environment with llama-cpp-python.

llama.cpp runs first and in its own process, so that neither side takes the other's memory or threads.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.bench.row import Row, more_is_better, not_measured
from engine.errors import ErrorCode, LacunaError

_SCRIPT = Path(__file__).with_name("llama_cpp_script.py")
_FILE_BYTES = 4_500_000_000
_TIMEOUT_S = 600
_AHEAD = 1.0
_DECODE_GOAL_WITHOUT_AVX512 = 1.2


@dataclass(frozen=True, slots=True)
class LlamaCpp:
    """llama.cpp's tokens a second, or why there is no figure (`fault`)."""

    rates: Mapping[str, float]
    described: str
    fault: str = ""


def measure_llama_cpp(python: Path, threads: int, layers: int | None = None) -> LlamaCpp:
    """Write a model into a temporary folder, measure, remove it. Raises LacunaError USAGE if `python` can't run."""
    with tempfile.TemporaryDirectory(prefix="lacuna-bench-") as folder:
        free_bytes = shutil.disk_usage(folder).free
        if free_bytes < _FILE_BYTES:
            needed = f"{_FILE_BYTES / 1e9:.1f} GB are needed in {folder}'s place"
            return LlamaCpp({}, "", f"{free_bytes / 1e9:.1f} GB are free on the disk, {needed}")
        command = [str(python), str(_SCRIPT), str(Path(folder) / "model.gguf"), str(threads)]
        command += [] if layers is None else [str(layers)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return LlamaCpp({}, "", f"llama.cpp took more than {_TIMEOUT_S} s")
        except OSError as error:
            sentence = f"{python} can't be run ({error.strerror})."
            raise LacunaError(ErrorCode.USAGE, sentence, "Name the Python of an environment.") from None
    return read_result(done.returncode, done.stdout, done.stderr)


def read_result(returncode: int, output: str, errors: str) -> LlamaCpp:
    """The script's last line of output, or else the reason why it failed."""
    if returncode:
        said = errors.strip().splitlines() or [f"exit code {returncode}"]
        return LlamaCpp({}, "", f"llama.cpp failed: {said[-1]}")
    found = json.loads(output.strip().splitlines()[-1])
    sets = [name for name in found["instructions"] if name.startswith(("AVX", "NEON", "AMX"))]
    described = f"llama-cpp-python {found['version']} ({', '.join(sets)}), {found['file_bytes'] / 1e9:.2f} GB, Q4_0"
    return LlamaCpp({"decode": found["decode"], "prefill": found["prefill"]}, described)


def llama_cpp_rows(ours: Sequence[Row], other: LlamaCpp, has_avx512: bool) -> Iterator[Row]:
    """Rows "decode" and "prefill" with llama.cpp as the other side."""
    for name in ("decode", "prefill"):
        row = next((row for row in ours if row.row == name and row.ours is not None), None)
        if row is None or row.ours is None or other.fault:
            yield not_measured(name, "7B shapes, random", other.fault or "ours was not measured")
            continue
        goal = _DECODE_GOAL_WITHOUT_AVX512 if name == "decode" and not has_avx512 else _AHEAD
        note = f"{other.described}, in its own process before ours"
        yield more_is_better(name, row.model, "tok/s", row.ours, other.rates[name], "llama.cpp", goal, note)
