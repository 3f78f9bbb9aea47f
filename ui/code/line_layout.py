"""Lays out code with space between the lines, and with room below one line for a bar."""

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QTextBlock, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout

LINE_HEIGHT = 1.4  # times the font's size


class SpacedLayout(QPlainTextDocumentLayout):
    """Qt's plain text layout with every line of the same height and its text centred in it.

    QPlainTextEdit ignores the line height of block formats, but it asks `blockBoundingRect` for every height it needs.

    Attributes: pitch_px, the distance from one line to the next; room_px, kept free below line `room_line` (-1: none).
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
    """An empty document in this font, for a CodeEditor."""
    document = QTextDocument(parent)
    document.setDocumentLayout(SpacedLayout(document))
    set_code_font(document, font)
    return document


def set_code_font(document: QTextDocument, font: QFont) -> None:
    """Set a document's font and the line height that belongs to it."""
    layout = document.documentLayout()
    if isinstance(layout, SpacedLayout):
        layout.pitch_px = round(max(LINE_HEIGHT * QFontInfo(font).pixelSize(), QFontMetricsF(font).height()))
    document.setDefaultFont(font)


def raw_text(document: QTextDocument) -> str:
    """A document's exact text, with LF between its blocks.

    `toPlainText` would turn U+2028 into a line end and a no-break space into a space.
    """
    return document.toRawText().replace("\u2029", "\n")
