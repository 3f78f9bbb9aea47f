"""Labels for foreign text. They never interpret markup, and they end with an ellipsis instead of being clipped."""

from html import escape
from math import ceil

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QStyle, QStyleOption, QToolTip, QWidget

_LINE_LETTERS, _LEAST_LINE_LETTERS = 60, 12


def plain_tooltip(text: str) -> str:
    """`text` for setToolTip, which would otherwise guess whether it is markup. "" stays ""."""
    return f'<div style="white-space: pre-wrap">{escape(text)}</div>' if text else ""


def without_mnemonic(text: str) -> str:
    """`text` for a button or menu, where a single ampersand would vanish and underline the next letter."""
    return text.replace("&", "&&")


class PlainLabel(QLabel):
    """A label that shows plain text; `tone` selects its look in the style sheet (ui/theme/style.py).

    With `wraps` it breaks lines between words, and inside a word that is longer than a line, such as a path. A QLabel
    would make its window as wide as that word.
    """

    def __init__(self, text: str = "", *, tone: str = "", wraps: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wraps)
        if tone:
            self.setProperty("tone", tone)
        self.setText(text)

    def _laid_out(self, width_px: int) -> QTextLayout:
        """The text, laid out in lines of at most this width."""
        layout = QTextLayout(self.text().replace("\n", "\u2028"), self.font())
        layout.setTextOption(_breaking_anywhere())
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width_px)
            line.setPosition(QPointF(0, top))
            top += line.height()
        layout.endLayout()
        return layout

    def heightForWidth(self, width_px: int) -> int:
        if not self.wordWrap():
            return super().heightForWidth(width_px)
        edges = self.contentsMargins()
        lines = self._laid_out(max(1, width_px - edges.left() - edges.right()))
        return ceil(lines.boundingRect().height()) + edges.top() + edges.bottom()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if not self.wordWrap():
            return hint
        widest = self.fontMetrics().averageCharWidth() * _LINE_LETTERS
        width = min(self.fontMetrics().horizontalAdvance(self.text()) + 1, widest)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        if not self.wordWrap():
            return super().minimumSizeHint()
        hint = self.sizeHint()
        least = self.fontMetrics().averageCharWidth() * _LEAST_LINE_LETTERS
        return QSize(min(least, hint.width()), self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.wordWrap():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        _draw_ground(self, painter)
        room = self.contentsRect()
        lines = self._laid_out(room.width())
        above = max(0.0, (room.height() - lines.boundingRect().height()) / 2)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        lines.draw(painter, QPointF(room.left(), room.top() + above))


class ElidedLabel(PlainLabel):
    """One line that ends with an ellipsis if there is no room. Then the tooltip has the whole text."""

    def minimumSizeHint(self) -> QSize:
        few = self.fontMetrics().horizontalAdvance("…") + 1
        return QSize(min(few, super().sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        _draw_ground(self, painter)
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(room, self.alignment().value | Qt.TextFlag.TextSingleLine.value, shown)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and not self.toolTip():
            if self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width():
                QToolTip.showText(event.globalPos(), plain_tooltip(self.text()), self)
            return True
        return super().event(event)


def _breaking_anywhere() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option


def _draw_ground(label: QLabel, painter: QPainter) -> None:
    """Draw the label's background and frame from the style sheet."""
    option = QStyleOption()
    option.initFrom(label)
    label.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, label)
