"""The overlay during a drag: it dims the window, outlines the pane that takes the drop, and says so in words."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from ui.theme.style import HEADING_SCALE
from ui.theme.theme import CARD_RADIUS, SPACE, Theme
from ui.window.drop import Drop, drop_of

_VEIL_ALPHA, _TINT_ALPHA = 170, 30  # of 255, so that the window stays visible below


@dataclass(frozen=True, slots=True)
class Targets:
    """The places for folders and files, in the window's coordinates."""

    project: QRect
    code: QRect


class DropOverlay(QWidget):
    """Covers its parent during a drag of files, so that no pane below takes them as text.

    The caller calls `enter` at the first event of a drag, wherever in the window it arrives.

    Signals: dropped(Drop).
    """

    dropped = Signal(object)

    def __init__(self, targets: Callable[[], Targets], theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._targets = targets
        self._theme = theme
        self._drop = Drop()
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.hide()

    @property
    def words(self) -> tuple[str, ...]:
        """The texts that are shown now, one for each outlined pane."""
        return tuple(words for words, _ in self._outlines())

    def enter(self, event: QDragEnterEvent) -> None:
        """Show what a drop would do. A drag without files, or under a modal dialog, is ignored."""
        if not event.mimeData().hasUrls() or QApplication.activeModalWidget() is not None:
            return
        self._drop = drop_of(event.mimeData().urls())
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.update()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def _outlines(self) -> list[tuple[str, QRect]]:
        targets = self._targets()
        outlines = []
        if self._drop.folder:
            outlines.append(("Read this folder", targets.project))
        if self._drop.files:
            outlines.append((self._drop.file_words, targets.code))
        return outlines or [("Only files and folders of this computer", self.rect())]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.hide()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.dropped.emit(drop_of(event.mimeData().urls()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(colours.ground)
        veil.setAlpha(_VEIL_ALPHA)
        painter.fillRect(self.rect(), veil)
        edge = QColor(colours.accent if self._drop.paths else colours.warn)
        for words, target in self._outlines():
            frame = target.adjusted(2 * SPACE, 2 * SPACE, -2 * SPACE, -2 * SPACE)
            tint = QColor(edge)
            tint.setAlpha(_TINT_ALPHA)
            painter.setPen(QPen(edge, 2))
            painter.setBrush(tint)
            painter.drawRoundedRect(frame, CARD_RADIUS, CARD_RADIUS)
            self._draw_words(painter, frame, words)

    def _draw_words(self, painter: QPainter, frame: QRect, words: str) -> None:
        """Draw the words on a card in the middle of the outlined pane."""
        painter.setFont(self._theme.text_font(HEADING_SCALE, bold=True))
        wrapped = Qt.AlignmentFlag.AlignCenter.value | Qt.TextFlag.TextWordWrap.value
        room = frame.adjusted(6 * SPACE, 0, -6 * SPACE, 0)
        place = painter.boundingRect(room, wrapped, words)
        painter.setPen(QPen(QColor(self._theme.colours.line), 1))
        painter.setBrush(QColor(self._theme.colours.panel))
        painter.drawRoundedRect(place.adjusted(-4 * SPACE, -3 * SPACE, 4 * SPACE, 3 * SPACE), CARD_RADIUS, CARD_RADIUS)
        painter.setPen(QColor(self._theme.colours.text))
        painter.drawText(place, wrapped, words)


class DragWatch(QObject):
    """An event filter of the native window: it sees a drag before any widget, so that no text field takes a folder."""

    def __init__(self, overlay: DropOverlay) -> None:
        super().__init__(overlay)
        self._overlay = overlay

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent) and not self._overlay.isVisible():
            self._overlay.enter(event)
        return super().eventFilter(watched, event)
