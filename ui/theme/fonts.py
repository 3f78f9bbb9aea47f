"""Makes the fonts that ship with Lacuna known to Qt, so that the window looks the same on every desktop."""

import logging
from pathlib import Path

from PySide6.QtGui import QFontDatabase

_log = logging.getLogger(__name__)


def load_fonts(folder: Path) -> None:
    """Load every font file of a folder. One that Qt refuses is left out: the theme then takes the next best font."""
    for file in sorted([*folder.glob("*.otf"), *folder.glob("*.ttf")]):
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            _log.warning("the font %s could not be loaded", file.name)
