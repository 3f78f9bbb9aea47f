"""Lays code out with air between the lines, and room below one line for a bar that belongs to it."""

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QTextBlock, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout

LINE_HEIGHT = 1.4  # of the font's size (reference: visual.md, "Type and space")


class SpacedLayout(QPlainTextDocumentLayout):
    """Qt's plain layout with every line at the same pitch, its text in the middle of it.

    QPlainTextEdit ignores the line height of block formats, but asks this method wherever it needs a height.

    Attributes: pitch_px, from one line to the next; room_px below the line `room_line` (-1: below none).
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.pitch_px = 0.0
        self.room_line = -1
        self.room_px = 0

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        rect = super().blockBoundingRect(block)
        if rect.isNull():
            return rect
        lines = block.layout()
        for index in range(lines.lineCount()):
            line = lines.lineAt(index)
            top = index * self.pitch_px + max(0.0, self.pitch_px - line.height()) / 2
            if abs(line.y() - top) > 0.01:
                line.setPosition(QPointF(line.x(), top))
        room = self.room_px if block.blockNumber() == self.room_line else 0
        rect.setHeight(self.pitch_px * max(1, lines.lineCount()) + room)
        return rect


def code_document(font: QFont, parent: QObject | None = None) -> QTextDocument:
    """An empty document in this font, ready for a code editor."""
    document = QTextDocument(parent)
    document.setDocumentLayout(SpacedLayout(document))
    set_code_font(document, font)
    return document


def set_code_font(document: QTextDocument, font: QFont) -> None:
    """Put a document into another font."""
    layout = document.documentLayout()
    if isinstance(layout, SpacedLayout):
        layout.pitch_px = round(max(LINE_HEIGHT * QFontInfo(font).pixelSize(), QFontMetricsF(font).height()))
    document.setDefaultFont(font)


def raw_text(document: QTextDocument) -> str:
    """A document's text with LF between its blocks and nothing else changed.

    `toPlainText` would turn U+2028 into a line end and a no-break space into a space.
    """
    return document.toRawText().replace("\u2029", "\n")
