"""The tour in a process of its own, with an audit hook in it and its children that tells and forbids connections."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.patience import WAIT_S

# What the program has to tell its libraries by itself.
UNSAID = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY")

# Loaded by every Python process that finds it first on its path; forbids by an error, so that a process can't go on.
_WATCH = """
import os, sys

from tests.patience import WAIT_S
_file = os.environ["LACUNA_WATCH"]
def _note(line):
    handle = os.open(_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, (line + "\\n").encode(errors="replace"))
    os.close(handle)
def _watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"):
        address = arguments[1] if len(arguments) > 1 else None
        if isinstance(address, tuple):
            _note(f"OPENED {event} {address!r} {sys.orig_argv!r}")
            if "LACUNA_WATCH_ONLY" not in os.environ:
                raise PermissionError("no connections here")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        _note(f"OPENED {event} {arguments!r} {sys.orig_argv!r}")
_note(f"STARTED {sys.orig_argv!r}")
sys.addaudithook(_watch)
"""


@dataclass(frozen=True)
class Tour:
    """How it went, where its pictures are, and where its processes told that they started and what they opened."""

    result: subprocess.CompletedProcess[str]
    pictures: Path
    told: Path


def watched_environment(folder: Path) -> Mapping[str, str]:
    """What puts the hook into every Python process; it writes to the file `told` in the folder."""
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(_WATCH)
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH", ""))))
    return {"PYTHONPATH": path, "LACUNA_WATCH": str(folder / "told")}


def take_tour(folder: Path) -> Tour:
    """Run `lacuna tour` once, with the person's folders in this one."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSAID}
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        environment[name] = str(folder / name.lower())
        Path(environment[name]).mkdir(mode=0o700)
    environment |= {"HOME": str(folder), **watched_environment(folder)}
    command = [sys.executable, "-P", "-m", "app", "tour", "--out", str(folder / "tour")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False, env=environment)
    return Tour(result, folder / "tour", folder / "told")
