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
        self._measured = (-1, -1, 0)  # width, revision and the height they gave
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
        revision = self.document().revision()
        if self._measured[:2] != (width, revision):
            self.document().setTextWidth(width)
            self._measured = (width, revision, ceil(self.document().size().height()))
            if width != self.viewport().width():  # a layout only asked; the text stays as wide as it is shown
                self.document().setTextWidth(self.viewport().width())
        return self._measured[2]

    def forget_height(self) -> None:
        """A font or a format changed, which is no revision of the text."""
        self._measured = (-1, -1, 0)
        self.updateGeometry()

    def _on_anchor_clicked(self, url: QUrl) -> None:
        self.link_activated.emit(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.text_height_px(max(1, self.width())))

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
