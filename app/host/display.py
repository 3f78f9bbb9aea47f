"""Whether a window can open on a display. `python -m app.host.display` answers by its exit code and says why not.

Qt aborts the process with a core dump if there is no display, so this is asked first. POSIX only.
"""

import ctypes
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_ALTERNATIVE = "Use `lacuna ask`, `fill` and `project` without a window, or `lacuna tour --out DIR` for pictures of it."


_CURSORS = "libxcb-cursor.so.0"  # without it Qt aborts while loading its X11 plug-in


def why_no_display(environment: Mapping[str, str]) -> str:
    """Why no window can be opened, in a sentence; empty if one can."""
    if environment.get("QT_QPA_PLATFORM"):
        return ""  # the person chose a platform; some need no display
    wayland, x11 = environment.get("WAYLAND_DISPLAY", ""), environment.get("DISPLAY", "")
    if not wayland and not x11:
        return f"There is no display (neither WAYLAND_DISPLAY nor DISPLAY is set). {_ALTERNATIVE}"
    if wayland and _wayland_answers(wayland, environment):
        return ""
    if not (x11 and _x11_answers(x11)):
        return f"The display {wayland or x11} does not answer. {_ALTERNATIVE}"
    if not _has_library(_CURSORS):
        return f"Qt needs the library {_CURSORS}, which is not installed (on Debian: libxcb-cursor0). {_ALTERNATIVE}"
    return ""


def _wayland_answers(name: str, environment: Mapping[str, str]) -> bool:
    path = Path(environment.get("XDG_RUNTIME_DIR", "")) / name  # joining an absolute name yields that name
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(os.fsencode(path))
        except OSError:
            return False
    return True


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _x11_answers(name: str) -> bool:
    """Whether an X connection succeeds, with the person's X authority, as Qt will make it. False without libxcb."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(os.fsencode(name), None)  # never NULL, even on failure
    answers: bool = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers


if __name__ == "__main__":
    sys.exit(why_no_display(os.environ) or 0)
