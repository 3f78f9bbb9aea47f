"""Checks for the system libraries that Qt needs. As root it installs missing ones, else it prints the exact command.

Standard library only. It asks the loader, not the package database, so it takes milliseconds if nothing is missing and
works on every distribution. With a display, the libraries for that display are checked too.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("system-libraries.txt")


@dataclass(frozen=True, slots=True)
class Library:
    """A shared library, its Debian package, and `when` it is needed: always, x11 or wayland."""

    when: str
    name: str
    package: str


def read_list(text: str) -> list[Library]:
    """Parse the list of libraries."""
    lines = (line.split("#")[0].split() for line in text.splitlines())
    return [Library(*fields) for fields in lines if fields]


def needed_here(libraries: Iterable[Library], environment: Mapping[str, str]) -> list[Library]:
    """The libraries that a start in this environment needs; without a display, those of the offscreen window."""
    when = {"always"}
    if environment.get("QT_QPA_PLATFORM") != "offscreen":
        when |= {"x11"} if environment.get("DISPLAY") else set()
        when |= {"wayland"} if environment.get("WAYLAND_DISPLAY") else set()
    return [library for library in libraries if library.when in when]


def missing(libraries: Iterable[Library], loads: Callable[[str], bool]) -> list[Library]:
    """Those of the libraries that the loader does not find."""
    return [library for library in libraries if not loads(library.name)]


def loads(name: str) -> bool:
    """Whether the loader finds a library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def packages_of(libraries: Iterable[Library]) -> list[str]:
    """The libraries' packages, each once, in order."""
    return sorted({library.package for library in libraries})


def main() -> int:
    """Returns 0 if nothing is missing in the end, else 1, with what the person has to do on standard error."""
    here = needed_here(read_list(LIST.read_text(encoding="utf-8")), os.environ)
    lacking = missing(here, loads)
    if not lacking:
        return 0
    names = ", ".join(library.name for library in lacking)
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages_of(lacking)]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stderr.write(f"lacuna: installing the system libraries that Qt needs ({names})\n")
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        # If the refresh fails, the old package lists may still do.
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
        if subprocess.run([install[0], "-qq", *install[1:]], env=environment, check=False).returncode == 0:
            lacking = missing(lacking, loads)
    if lacking:
        command = " ".join(("sudo", *install))
        sys.stderr.write(
            f"lacuna: Qt needs system libraries that are missing: {names}.\nOn Debian and Ubuntu: {command}\n"
        )
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
