"""The list of system libraries is complete (ldd, readelf), right (dpkg) and acted upon."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).resolve().parents[3] / "packaging"

# Qt's parts that the program uses, with what loads them.
MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtNetwork", "QtTest", "QtDBus")
PLUGINS = {
    "always": ("platforms/libqoffscreen.so", "platforms/libqminimal.so", "iconengines/*.so", "imageformats/libqsvg.so"),
    "x11": ("platforms/libqxcb.so", "xcbglintegrations/*.so", "platforminputcontexts/libibus*.so"),
    "wayland": (
        "platforms/libqwayland.so",
        "wayland-shell-integration/*.so",
        "wayland-decoration-client/*.so",
        "wayland-graphics-integration-client/*.so",
    ),
}
GLIBC = re.compile(r"(ld-linux-x86-64|lib(c|m|dl|pthread|resolv|rt))\.so")  # Python itself could not run without them


def _load() -> ModuleType:
    spec = spec_from_file_location("system_libraries", PACKAGING / "system_libraries.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


listing = _load()
LIBRARIES = listing.read_list(listing.LIST.read_text())


@pytest.fixture(scope="session")
def qt_folder() -> Path:
    spec = find_spec("PySide6")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def _files(qt_folder: Path, when: str) -> Iterator[Path]:
    """The files of Qt that are loaded with that kind of display."""
    yield from (qt_folder / f"{module}.abi3.so" for module in MODULES)
    for pattern in PLUGINS["always"] + (PLUGINS[when] if when != "always" else ()):
        yield from (qt_folder / "Qt" / "plugins").glob(pattern)


def _listed(when: str) -> set[str]:
    return {library.name for library in LIBRARIES if library.when in ("always", when)}


@pytest.mark.parametrize("when", PLUGINS)
def test_ldd_over_qts_platform_plugins_misses_nothing_that_is_not_listed(qt_folder: Path, when: str) -> None:
    files = [str(path) for path in _files(qt_folder, when)]
    assert len(files) > len(MODULES)
    told = subprocess.run(["ldd", *files], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"(\S+) => not found", told)) <= _listed(when)


@pytest.mark.parametrize("when", PLUGINS)
def test_list_is_exactly_what_qts_files_ask_for(qt_folder: Path, when: str) -> None:
    if shutil.which("readelf") is None:
        pytest.skip("readelf (binutils) is not installed: what Qt asks for directly was not compared with the list")
    todo, seen, asked = list(_files(qt_folder, when)), set[Path](), set[str]()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        told = subprocess.run(["readelf", "-d", str(path)], capture_output=True, text=True, check=True).stdout
        for name in re.findall(r"NEEDED.*\[(.*)\]", told):
            if (qt_folder / "Qt" / "lib" / name).exists():
                todo.append(qt_folder / "Qt" / "lib" / name)
            elif not GLIBC.match(name) and not name.startswith(("libpyside6", "libshiboken6")):
                asked.add(name)
    assert asked == _listed(when)


def test_packages_of_the_list_hold_the_libraries() -> None:
    if shutil.which("dpkg") is None:
        pytest.skip("dpkg is not installed: the packages' names were not checked")
    for library in LIBRARIES:
        told = subprocess.run(["dpkg", "-S", f"*/{library.name}"], capture_output=True, text=True, check=False).stdout
        owners = {line.split(":")[0].removesuffix("t64") for line in told.splitlines()}
        assert not owners or library.package in owners, library


@pytest.mark.parametrize(
    ("environment", "when"),
    [
        ({}, {"always"}),
        ({"DISPLAY": ":0"}, {"always", "x11"}),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, {"always", "x11", "wayland"}),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, {"always"}),
    ],
)
def test_needs_follow_the_display(environment: dict[str, str], when: set[str]) -> None:
    assert {library.when for library in listing.needed_here(LIBRARIES, environment)} == when


def test_packages_are_named_once() -> None:
    glib = [library for library in LIBRARIES if "glib" in library.package]
    assert len(glib) == 2
    assert listing.packages_of(glib) == ["libglib2.0-0"]


@pytest.fixture
def other_machine(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """The script with a list that names a library which exists nowhere, and a PATH on which `apt-get` keeps a log."""
    script = tmp_path / "packaging" / "system_libraries.py"
    script.parent.mkdir()
    shutil.copy(PACKAGING / script.name, script)
    (script.parent / "system-libraries.txt").write_text("always libz.so.1 zlib1g\nalways libnowhere.so.7 libnowhere7\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/apt.log\n')
    (tools / "apt-get").chmod(0o755)
    return script, {"PATH": str(tools), "HOME": str(tmp_path)}


def _run(script: Path, environment: dict[str, str], *, as_root: bool) -> subprocess.CompletedProcess[str]:
    """Run the script; who runs it is what it asks the system for, and this answers."""
    user = 0 if as_root else 1000
    start = f"import os, runpy; os.geteuid = lambda: {user}; runpy.run_path({str(script)!r}, run_name='__main__')"
    command = [sys.executable, "-c", start]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_missing_library_is_told_with_the_exact_command(other_machine: tuple[Path, dict[str, str]]) -> None:
    script, environment = other_machine
    result = _run(script, environment, as_root=False)
    assert result.returncode == 1
    assert "libnowhere.so.7" in result.stderr
    assert "sudo apt-get install -y --no-install-recommends libnowhere7\n" in result.stderr
    assert not (Path(environment["HOME"]) / "apt.log").exists()


def test_missing_library_is_installed_by_root_and_looked_for_again(other_machine: tuple[Path, dict[str, str]]) -> None:
    script, environment = other_machine
    result = _run(script, environment, as_root=True)
    log = (Path(environment["HOME"]) / "apt.log").read_text().splitlines()
    assert log == ["update -qq", "-qq install -y --no-install-recommends libnowhere7"]
    assert result.returncode == 1  # this apt-get brought nothing
    assert "libnowhere.so.7" in result.stderr


def test_nothing_missing_says_nothing_and_asks_no_package_manager(other_machine: tuple[Path, dict[str, str]]) -> None:
    script, environment = other_machine
    script.with_name("system-libraries.txt").write_text("# a comment\nalways libz.so.1 zlib1g\n")
    result = _run(script, environment | {"DISPLAY": os.environ.get("DISPLAY", "")}, as_root=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert not (Path(environment["HOME"]) / "apt.log").exists()
