"""Read-only formatted text, as high as its content. It never follows a link itself and loads nothing."""

from math import ceil

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QTextCursor, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from ui.chat.wishes import OpenLink
from ui.theme.theme import Theme

_CARET_WIDTH_PX = 2


class ReadingView(QTextBrowser):
    """The common part of prose, tables and code in the transcript.

    Signals: wished(OpenLink), when a link to the web is clicked or chosen by key. Links of other schemes do nothing.
    """

    wished = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._has_caret = False
        self._heights: dict[int, int] = {}  # by width, at the measured revision
        self._measured_revision = -1
        self.setProperty("surface", "clear")
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(self._on_anchor_clicked)

    def set_caret(self, shown: bool) -> None:
        """Show or hide the caret that stands at the end while the text is still being written."""
        if shown != self._has_caret:
            self._has_caret = shown
            self.viewport().update()

    def text_height_px(self, width: int) -> int:
        """The text's height where it is `width` pixels wide."""
        width = min(width, self.maximumWidth())
        if self._measured_revision != self.document().revision():
            self._measured_revision = self.document().revision()
            self._heights.clear()
        if width not in self._heights:
            self._heights[width] = self.measure_px(width)
        return self._heights[width]

    def measure_px(self, width: int) -> int:
        """Lay the text out at this width and return its height. The cost grows with the length of the text."""
        self.document().setTextWidth(width)
        return ceil(self.document().size().height())

    def forget_height(self) -> None:
        """Call this when a font or a format changed: the document does not count that as a revision."""
        self._heights.clear()
        self.updateGeometry()

    def _on_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            self.wished.emit(OpenLink(url.toString(QUrl.ComponentFormattingOption.FullyEncoded)))

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.fontMetrics().height())  # the height follows the width

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self.text_height_px(width)

    def loadResource(self, _type: int, _name: QUrl | str) -> object:
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the transcript scrolls, not this part of it

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.document().textWidth() != self.viewport().width():  # measure_px() left another
            self.document().setTextWidth(self.viewport().width())
        super().paintEvent(event)
        if self._has_caret:
            end = QTextCursor(self.document())
            end.movePosition(QTextCursor.MoveOperation.End)
            place = self.cursorRect(end)
            painter = QPainter(self.viewport())
            height = self.fontMetrics().height()
            painter.fillRect(
                place.x() + 2, place.bottom() - height, _CARET_WIDTH_PX, height, QColor(self.theme.colours.accent)
            )
