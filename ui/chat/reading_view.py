"""A read-only stretch of formatted text that is as high as its text, follows no link and loads nothing."""

from math import ceil

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QTextCursor, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from ui.theme.theme import Theme

_CARET_WIDTH_PX = 2


class ReadingView(QTextBrowser):
    """What prose, tables and code in the transcript have in common.

    Signals: link_activated(str), when a link is clicked or chosen by key; the view itself never goes anywhere.
    """

    link_activated = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._has_caret = False
        self._heights: dict[int, int] = {}  # by width, of the text as it is at this revision
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
        """Show or hide the mark at the end of text that is still being written."""
        if shown != self._has_caret:
            self._has_caret = shown
            self.viewport().update()

    def text_height_px(self, width: int) -> int:
        """How high the text is when it is `width` pixels wide."""
        width = min(width, self.maximumWidth())
        if self._measured_revision != self.document().revision():
            self._measured_revision = self.document().revision()
            self._heights.clear()
        if width not in self._heights:
            self._heights[width] = self.measure_px(width)
        return self._heights[width]

    def measure_px(self, width: int) -> int:
        """Lay the text out at this width; costs in proportion to its length."""
        self.document().setTextWidth(width)
        return ceil(self.document().size().height())

    def forget_height(self) -> None:
        """A font or a format changed, which is no revision of the text."""
        self._heights.clear()
        self.updateGeometry()

    def _on_anchor_clicked(self, url: QUrl) -> None:
        self.link_activated.emit(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))

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
        event.ignore()  # the transcript scrolls, not a part of it

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.document().textWidth() != self.viewport().width():  # a layout asked for another width, and left it
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
