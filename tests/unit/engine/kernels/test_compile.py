"""Compiling the kernels: with the sanitizers, which then watch the tests of the products, and without a compiler."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.kernels import nf4
from engine.kernels.compile import NoCompiler, compile_library, find_compiler, units

PRODUCTS = Path(__file__).with_name("test_nf4.py")
SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


@pytest.fixture(scope="module")
def compiler() -> list[str]:
    found = find_compiler()
    if found is None:
        pytest.skip("there is no C compiler: the kernels were not compiled anew")
    return found


@pytest.fixture(scope="module")
def watched_library(compiler: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kernels compiled with the sanitizers."""
    library = tmp_path_factory.mktemp("watched") / "libnf4.so"
    compile_library(library, SANITIZERS)
    return library


def _runtime(compiler: list[str], name: str) -> str:
    """The path of a sanitizer's library, which must be loaded before Python's own."""
    asked = subprocess.run([*compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    path = asked.stdout.strip()
    if not Path(path).is_absolute():
        pytest.skip(f"the compiler brings no {name}: the sanitizers were not run")
    return path


def test_sanitizers_find_nothing_in_the_tests_of_the_products(compiler: list[str], watched_library: Path) -> None:
    environment = os.environ | {
        "NF4_TEST_LIBRARY": str(watched_library),
        "LD_PRELOAD": f"{_runtime(compiler, 'libasan.so')}:{_runtime(compiler, 'libubsan.so')}",
        "ASAN_OPTIONS": "detect_leaks=0",  # Python keeps what it keeps
        "PYTHONMALLOC": "malloc",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(PRODUCTS), "-k", "not target"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_sanitizers_see_a_write_behind_the_end(compiler: list[str], watched_library: Path) -> None:
    """Else the test above would prove nothing."""
    lie = (
        "import ctypes, sys; from engine.kernels.nf4 import open_library; import torch; "
        "l = open_library(sys.argv[1]); p = l.nf4_paths() - 1; w = torch.ones(64); a = torch.empty(1); "
        "q = torch.empty(8, dtype=torch.uint8); "
        "l.nf4_quantize(p, 1, w.data_ptr(), 256, 0, 64, q.data_ptr(), 32, a.data_ptr(), 4)"
    )
    environment = os.environ | {"LD_PRELOAD": _runtime(compiler, "libasan.so"), "ASAN_OPTIONS": "detect_leaks=0"}
    command = [sys.executable, "-c", lie, str(watched_library)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "heap-buffer-overflow" in done.stderr


def test_other_machines_get_the_portable_path_alone() -> None:
    assert {unit.name for unit in units("aarch64")} == {"library", "portable", "quantize"}
    assert {unit.name for unit in units("x86_64")} > {"avx2", "avx512"}


def test_without_a_compiler_it_is_said_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoCompiler, match="no C compiler"):
        compile_library(tmp_path / "libnf4.so")
    assert not list(tmp_path.iterdir())


def test_compiler_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = tmp_path / "cc"
    failing.write_text("#!/bin/sh\necho 'no such header' >&2\nexit 1\n")
    failing.chmod(0o755)
    monkeypatch.setenv("CC", str(failing))
    with pytest.raises(NoCompiler, match="no such header"):
        compile_library(tmp_path / "libnf4.so")
    assert not (tmp_path / "libnf4.so").exists()


@pytest.fixture
def fresh_kernels() -> object:
    """The loader's memory, empty before and after."""
    nf4.load_kernels.cache_clear(), nf4._open.cache_clear()
    yield
    nf4.load_kernels.cache_clear(), nf4._open.cache_clear()


@pytest.mark.usefixtures("fresh_kernels")
class TestLoading:
    def test_missing_library_gives_no_kernels_and_the_reason(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(nf4, "LIBRARY", tmp_path / "libnf4.so")
        assert nf4.load_kernels() is None
        assert "C compiler" in nf4.kernels_fault()

    def test_damaged_library_gives_no_kernels_and_the_reason(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "libnf4.so").write_bytes(b"\x7fELF, but no more")
        monkeypatch.setattr(nf4, "LIBRARY", tmp_path / "libnf4.so")
        assert nf4.load_kernels() is None
        assert "can't be loaded" in nf4.kernels_fault()

    def test_library_of_another_version_is_refused(
        self, compiler: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compile_library(tmp_path / "libnf4.so")
        monkeypatch.setattr(nf4, "LIBRARY", tmp_path / "libnf4.so")
        monkeypatch.setattr(nf4, "_VERSION", -1)
        assert nf4.load_kernels() is None
        assert "install Lacuna again" in nf4.kernels_fault()

    def test_path_can_be_chosen_and_a_foreign_one_is_refused(
        self, compiler: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compile_library(tmp_path / "libnf4.so")
        monkeypatch.setattr(nf4, "LIBRARY", tmp_path / "libnf4.so")
        monkeypatch.setenv(nf4.PATH_VARIABLE, "portable")
        kernels = nf4.load_kernels()
        assert kernels is not None
        assert kernels.instructions == "portable"
        nf4.load_kernels.cache_clear(), nf4._open.cache_clear()
        monkeypatch.setenv(nf4.PATH_VARIABLE, "altivec")
        assert nf4.load_kernels() is None
        assert "altivec" in nf4.kernels_fault()
