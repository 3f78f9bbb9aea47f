"""The window's geometry, pane widths and hidden panes as bytes, to be kept between two starts."""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass

from ui.window.panes import Pane

_VERSION = 1
_MOST_WIDTH = 1 << 16  # beyond any screen; Qt takes 32 bits


@dataclass(frozen=True, slots=True)
class WindowState:
    """`geometry` is from QWidget.saveGeometry. `widths` are pixels from left to right, of hidden panes too."""

    geometry: bytes
    widths: tuple[int, ...]
    hidden: frozenset[Pane] = frozenset()

    def to_bytes(self) -> bytes:
        table = {
            "version": _VERSION,
            "geometry": b64encode(self.geometry).decode("ascii"),
            "widths": list(self.widths),
            "hidden": sorted(self.hidden),
        }
        return json.dumps(table).encode("ascii")


def state_of(saved: bytes) -> WindowState | None:
    """The state that `WindowState.to_bytes` wrote; None if it is empty, damaged or of another version."""
    try:
        table = json.loads(saved)
        if table["version"] != _VERSION:
            return None
        widths = tuple(int(width) for width in table["widths"])
        if not all(0 <= width <= _MOST_WIDTH for width in widths):
            return None
        hidden = frozenset(Pane(name) for name in table["hidden"])
        return WindowState(b64decode(table["geometry"], validate=True), widths, hidden)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, Base64Error):
        return None
