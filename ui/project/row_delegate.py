"""Paints a row of the project tree: tick and name, and on the right its tokens and a mark, or why it is left out.

The mark shows how much of a file was sent with the last question. Its shape says it without colour: a disc for the
whole file, a half disc for a part, a ring for nothing.
"""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.shown import count
from ui.project.file_tree import Inclusion, Node, Share
from ui.project.tree_model import NODE_ROLE
from ui.theme.theme import SPACE, Theme

MARK_PX = 8

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Paints the rows in its theme."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        node: Node = index.data(NODE_ROLE)
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        style = own.widget.style() if own.widget is not None else QApplication.style()
        own.text = ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, own, painter, own.widget)
        own.text = node.label
        # Keep the room for a tick in every row, so that all names are aligned.
        own.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        room = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, own, own.widget)
        room.setLeft(room.left() + SPACE)
        room.setRight(own.rect.right() - 2 * SPACE)
        painter.save()
        if node.inclusion is Inclusion.OUT:
            self._paint_out(painter, room, own.font, node)
        else:
            self._paint_in(painter, room, own.font, node)
        painter.restore()

    def _paint_in(self, painter: QPainter, room: QRect, font: QFont, node: Node) -> None:
        """Name, tokens, mark. The name is elided in its middle, because the ends of file names tell them apart."""
        metrics = QFontMetrics(font)
        self._paint_mark(painter, room, node.share)
        room.setRight(room.right() - MARK_PX - 2 * SPACE)
        figure = count(node.tokens)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.muted))
        _draw_line(painter, room, figure, Qt.AlignmentFlag.AlignRight)
        room.setRight(room.right() - metrics.horizontalAdvance(figure) - 3 * SPACE)
        painter.setPen(QColor(self._theme.colours.text))
        _draw_line(painter, room, metrics.elidedText(node.label, Qt.TextElideMode.ElideMiddle, room.width()))

    def _paint_out(self, painter: QPainter, room: QRect, font: QFont, node: Node) -> None:
        """Name and reason, muted. The reason gets the room that the name leaves."""
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.faint))
        name = metrics.elidedText(node.label, Qt.TextElideMode.ElideMiddle, room.width())
        _draw_line(painter, room, name)
        room.setLeft(room.left() + metrics.horizontalAdvance(name) + 3 * SPACE)
        if node.reason and room.width() > metrics.horizontalAdvance("nnn…"):
            painter.setFont(self._theme.text_font(0.9))
            reason = painter.fontMetrics().elidedText(node.reason, Qt.TextElideMode.ElideRight, room.width())
            _draw_line(painter, room, reason, Qt.AlignmentFlag.AlignRight)

    def _paint_mark(self, painter: QPainter, rect: QRect, share: Share) -> None:
        if share is Share.UNKNOWN:
            return
        disc = QRectF(0, 0, MARK_PX - 2, MARK_PX - 2)
        disc.moveCenter(QPointF(rect.right() - MARK_PX / 2 + 0.5, rect.center().y() + 0.5))
        colour = QColor(self._theme.colours.faint if share is Share.NONE else self._theme.colours.accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if share is Share.WHOLE else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(disc)
        if share is Share.PART:
            painter.setBrush(colour)
            painter.drawPie(disc, 90 * 16, 180 * 16)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = QFontMetrics(option.font).height() + 3 * SPACE
        return QSize(super().sizeHint(option, index).width(), height)


def _draw_line(
    painter: QPainter, room: QRect, text: str, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
) -> None:
    flags = alignment.value | Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextSingleLine.value
    painter.drawText(room, flags, text)
