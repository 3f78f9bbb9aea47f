"""The column of line numbers to the left of an editor."""

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.theme.theme import SPACE, Theme

EDGE_PX = 3


class GutterRow:
    """One line in the gutter: its label, whether the cursor is in it, and the colour of its gap edge ("" for none)."""

    __slots__ = ("edge", "is_current", "label", "rect")

    def __init__(self, rect: QRect, label: str, edge: str, is_current: bool) -> None:
        self.rect = rect
        self.label = label
        self.edge = edge
        self.is_current = is_current


class Gutter(QWidget):
    """Paints the lines in view, which `rows` returns."""

    def __init__(self, rows: Callable[[], list[GutterRow]], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self._theme = theme
        self.digits = 3

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setFont(theme.code_font())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("0" * self.digits) + 6 * SPACE, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setFont(self._theme.code_font())
        painter.fillRect(event.rect(), QColor(colours.panel))
        for row in self._rows():
            if row.edge:
                edge = QRect(self.width() - SPACE - EDGE_PX, row.rect.top(), EDGE_PX, row.rect.height())
                painter.fillRect(edge, QColor(row.edge))
            painter.setPen(QColor(colours.text if row.is_current else colours.faint))
            place = QRect(0, row.rect.top(), self.width() - 3 * SPACE, row.rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.label)
