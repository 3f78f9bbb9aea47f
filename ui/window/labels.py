"""Labels for text that somebody else wrote: never markup, cut with an ellipsis rather than clipped."""

from html import escape

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QStyle, QStyleOption, QToolTip, QWidget


def plain_tooltip(text: str) -> str:
    """`text` for setToolTip, which would otherwise guess whether it is markup. Empty stays empty."""
    return f'<div style="white-space: pre-wrap">{escape(text)}</div>' if text else ""


def without_mnemonic(text: str) -> str:
    """`text` for a button or menu, where a lone ampersand would vanish and underline the next letter."""
    return text.replace("&", "&&")


class PlainLabel(QLabel):
    """A label that shows its text as it is; `tone` picks its look from the style sheet (ui/theme/style.py)."""

    def __init__(self, text: str = "", *, tone: str = "", wraps: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wraps)
        if tone:
            self.setProperty("tone", tone)
        self.setText(text)


class ElidedLabel(PlainLabel):
    """One line that gives up its end, with an ellipsis, when there is no room; the tooltip then has the whole text."""

    def minimumSizeHint(self) -> QSize:
        few = self.fontMetrics().horizontalAdvance("…") + 1
        return QSize(min(few, super().sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
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
