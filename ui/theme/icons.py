"""Small action icons, drawn from SVG files in the theme's colours."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme.theme import Theme

# A 16 px icon at scale factors 1, 1.5, 2 and 3. Qt picks the size that fits.
_SIZES_PX = (16, 24, 32, 48)


class Icons:
    """The icons of one folder: `<name>.svg` files in currentColor.

    Attributes: folder, where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._drawn: dict[tuple[str, str, str], QIcon] = {}

    def icon(self, name: str, theme: Theme, colour: str = "") -> QIcon:
        """The icon in `colour` (`#RRGGBB`, or "" for the theme's muted text); fainter while it is disabled.

        Raises FileNotFoundError if the folder has no such icon.
        """
        wanted = colour or theme.colours.muted
        key = (name, wanted, theme.colours.line)
        if key not in self._drawn:
            self._drawn[key] = self._draw(name, wanted, theme.colours.line)
        return self._drawn[key]

    def _draw(self, name: str, colour: str, disabled: str) -> QIcon:
        source = (self.folder / f"{name}.svg").read_bytes()
        icon = QIcon()
        for mode, paint in (
            (QIcon.Mode.Normal, colour),
            (QIcon.Mode.Active, colour),
            (QIcon.Mode.Selected, colour),
            (QIcon.Mode.Disabled, disabled),
        ):
            svg = QSvgRenderer(QByteArray(source.replace(b"currentColor", paint.encode("ascii"))))
            for size_px in _SIZES_PX:
                icon.addPixmap(_rendered(svg, size_px), mode)
        return icon


def _rendered(svg: QSvgRenderer, size_px: int) -> QPixmap:
    pixmap = QPixmap(size_px, size_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    svg.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return pixmap
