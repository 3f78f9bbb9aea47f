"""Compiles the kernels into a shared library beside this file; the build back end and the tests call it.

Standard library only. `python -m engine.kernels.compile` does it for a checkout whose machine got a compiler later.
"""

import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LIBRARY = "libnf4.so"
_FLAGS = (
    "-std=c11",
    "-O3",
    "-fPIC",
    "-fvisibility=hidden",
    "-ffp-contract=off",
    "-Wall",
    "-Wextra",
    "-Werror=implicit",
)
_AVX512 = ("-mavx2", "-mfma", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512vnni", "-mavx512vbmi")


@dataclass(frozen=True, slots=True)
class Unit:
    """One object file: its source and its own compiler flags. Its code runs only after the processor was checked."""

    name: str
    source: str
    flags: tuple[str, ...] = ()


class NoCompiler(Exception):
    """There is no C compiler, or it failed; the text says which and what it said."""


def units(machine: str) -> list[Unit]:
    """What the library consists of on a kind of machine, as `platform.machine()` names it."""
    plain = [
        Unit("library", "library.c"),
        Unit("portable", "portable.c"),
        Unit("quantize", "quantize.c", ("-DNF4_QUANTIZE=nf4_quantize_blocks",)),
    ]
    if machine not in ("x86_64", "AMD64"):
        return plain
    return [
        *plain,
        Unit("quantize_avx2", "quantize.c", ("-DNF4_QUANTIZE=nf4_quantize_blocks_avx2", "-mavx2")),
        Unit("avx2", "avx2.c", ("-mavx2", "-mfma")),
        Unit("avx512", "avx512.c", _AVX512),
        Unit("avx512_bf16", "avx512.c", (*_AVX512, "-mavx512bf16")),
    ]


def find_compiler() -> list[str] | None:
    """The C compiler as the start of a command: $CC, or the first of cc, gcc and clang; None where there is none."""
    wanted = shlex.split(os.environ.get("CC", ""))
    names = [wanted] if wanted else [["cc"], ["gcc"], ["clang"]]
    return next((name for name in names if shutil.which(name[0])), None)


def compile_library(destination: Path, extra: Sequence[str] = ()) -> None:
    """Write the library to `destination`, whole or not at all. `extra` flags go to every step.

    Raises NoCompiler.
    """
    compiler = find_compiler()
    if compiler is None:
        raise NoCompiler("there is no C compiler (cc, gcc or clang)")
    with tempfile.TemporaryDirectory(prefix="nf4-") as work:
        parts = [(unit, Path(work) / f"{unit.name}.o") for unit in units(platform.machine())]

        def compile_unit(part: tuple[Unit, Path]) -> None:
            unit, target = part
            _run([*compiler, *_FLAGS, *unit.flags, *extra, "-c", str(FOLDER / unit.source), "-o", str(target)])

        with ThreadPoolExecutor() as executor:
            list(executor.map(compile_unit, parts))
        whole = Path(work) / LIBRARY
        _run([*compiler, *extra, "-shared", "-o", str(whole), *(str(target) for _, target in parts), "-lm"])
        destination.parent.mkdir(parents=True, exist_ok=True)
        beside = destination.with_name(f".{destination.name}.{os.getpid()}")
        shutil.copyfile(whole, beside)
        os.replace(beside, destination)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoCompiler(f"{shlex.join(command)} failed:\n{done.stderr}")


if __name__ == "__main__":
    try:
        compile_library(FOLDER / LIBRARY)
    except NoCompiler as error:
        sys.exit(f"lacuna: {error}")
