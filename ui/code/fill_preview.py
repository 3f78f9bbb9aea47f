"""The preview of a fill, in the editor's place. It has a document of its own, so the person's is never touched.

While the model writes, the person's text, cursor, undo steps and saved state stay as they were. Discarding just closes
the preview, and no unaccepted text can be saved by mistake.
"""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QWidget

from ui.code.editor import CodeEditor
from ui.code.fill_bar import FillBar
from ui.code.gap import Gap
from ui.code.highlighter import Highlighter
from ui.code.line_layout import SpacedLayout, code_document
from ui.code.preview_rows import RowKind, preview_rows
from ui.parts.utf16 import utf16_length
from ui.theme.theme import SPACE, Theme


class FillPreview(CodeEditor):
    """A read-only editor that shows a gap and the growing fill, with a bar below the fill's last line.

    Attributes: filled_gap; fill, the text so far, with LF; can_accept, True once the fill has ended; bar.
    Signals: accepted, discarded: by key or button.
    """

    accepted = Signal()
    discarded = Signal()

    def __init__(self, gap: Gap, file_name: str, theme: Theme, parent: QWidget | None = None) -> None:
        document = code_document(theme.code_font())
        document.setUndoRedoEnabled(False)
        self.filled_gap = gap
        self.fill = ""
        self.can_accept = False
        self._shown = preview_rows(gap)
        document.setPlainText(self._shown.text)
        super().__init__(document, theme, parent)
        document.setParent(self)
        self._highlighter = Highlighter(document, file_name, theme.colours)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName("Preview of the fill")
        self.bar = FillBar(self.viewport())
        self.bar.accept_button.clicked.connect(self._on_accept_pressed)
        self.bar.discard_button.clicked.connect(self.discarded)
        self.updateRequest.connect(self._on_scrolled)
        cursor = QTextCursor(document)
        cursor.setPosition(self._shown.fill_start)
        self.setTextCursor(cursor)
        self._strike_removed()
        self._make_room()

    def append(self, text: str) -> None:
        """Append text to the fill, with its line ends as LF."""
        text = text.replace("\r", "")
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._fill_end)
        cursor.insertText(text)
        self.fill += text
        self._make_room()

    def show_progress(self, words: str) -> None:
        """Show how far the fill is."""
        self.bar.show_running(words)
        self._place_bar()

    def show_ended(self, words: str) -> None:
        """The fill has ended and can be accepted."""
        self.can_accept = True
        self.bar.show_ended(words)
        self._place_bar()

    def reveal(self) -> None:
        """Scroll until the fill's end and the bar are in view; its beginning too, where both fit."""
        layout = self.document().documentLayout()
        top = self._top_of(self._last_row) - (self._last_row - self._shown.lines_before) * self._pitch_px
        bottom = self._top_of(self._last_row) + self._pitch_px + self.bar.height() + 2 * SPACE
        if isinstance(layout, SpacedLayout) and bottom > self.viewport().height():
            rows = -(-(bottom - self.viewport().height()) // self._pitch_px)
            most = max(0, top // self._pitch_px)
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + int(min(rows, most)))

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._highlighter.set_colours(theme.colours)
        self._strike_removed()
        self._make_room()

    # --- what a preview shows differently -----------------------------------------------------------------------------

    def line_label(self, number: int) -> str:
        return self._shown.label_of(number, self._lines_filled)

    def line_tint(self, number: int) -> str:
        return self._theme.colours.gap if self._kind_of(number) is RowKind.ADDED else ""

    def line_edge(self, number: int) -> str:
        return "" if self._kind_of(number) is RowKind.SAME else self._theme.colours.gap_edge

    def tinted_ranges(self) -> list[tuple[int, int, str]]:
        cursor = self.textCursor()
        return [
            (self._shown.fill_start, self._fill_end, _mixed(self._theme.colours.gap, self._theme.colours.gap_edge)),
            (cursor.selectionStart(), cursor.selectionEnd(), self._theme.colours.line),
        ]

    # --- how ----------------------------------------------------------------------------------------------------------

    @property
    def _lines_filled(self) -> int:
        return self.fill.count("\n") + 1

    @property
    def _last_row(self) -> int:
        return self._shown.lines_before + self._shown.lines_removed + self._lines_filled - 1

    @property
    def _fill_end(self) -> int:
        return self._shown.fill_start + utf16_length(self.fill)

    @property
    def _pitch_px(self) -> float:
        layout = self.document().documentLayout()
        return layout.pitch_px if isinstance(layout, SpacedLayout) else 1.0

    def _kind_of(self, number: int) -> RowKind:
        return self._shown.kind_of(number, self._lines_filled)

    def _strike_removed(self) -> None:
        """Strike through the text that the fill replaces, except the indentation of its lines."""
        look = QTextCharFormat()
        look.setForeground(QColor(self._theme.colours.faint))
        look.setFontStrikeOut(True)
        parts = []
        start = self._shown.removed[0]
        for line in self.filled_gap.middle.split("\n"):
            part = QTextEdit.ExtraSelection()
            part.cursor = QTextCursor(self.document())
            part.cursor.setPosition(start + len(line) - len(line.lstrip()))
            part.cursor.setPosition(start + utf16_length(line), QTextCursor.MoveMode.KeepAnchor)
            part.format = look
            parts.append(part)
            start += utf16_length(line) + 1
        self.setExtraSelections(parts)

    def _make_room(self) -> None:
        layout = self.document().documentLayout()
        if isinstance(layout, SpacedLayout):
            layout.room_line, layout.room_px = self._last_row, self.bar.sizeHint().height() + 2 * SPACE
        self.viewport().update()
        self._place_bar()

    def _top_of(self, row: int) -> float:
        block = self.document().findBlockByNumber(row)
        return self.blockBoundingGeometry(block).translated(self.contentOffset()).top()

    def _place_bar(self) -> None:
        """Put the bar below the fill's last line, or at the edge if that line is out of view."""
        top = round(self._top_of(self._last_row) + self._pitch_px) + SPACE
        highest = self.viewport().height() - self.bar.height() - SPACE
        self.bar.adjustSize()
        self.bar.move(2 * SPACE, max(SPACE, min(top, highest)))

    def _on_accept_pressed(self) -> None:
        if self.can_accept:
            self.accepted.emit()

    def _on_scrolled(self, _rect: QRect, moved_px: int) -> None:
        if moved_px:
            self._place_bar()

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Tab and not event.modifiers():
            self._on_accept_pressed()
        elif event.key() == Qt.Key.Key_Escape:
            self.discarded.emit()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.discarded.emit()  # undo before accepting means: not this fill
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, _next: bool) -> bool:
        return False  # Tab accepts; a read-only QPlainTextEdit would move the focus

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_bar()


def _mixed(ground: str, over: str, share: float = 0.16) -> str:
    """The first colour mixed with a share of the second: the background of the fill's characters."""
    one, other = QColor(ground), QColor(over)
    parts = zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * share) for a, b in parts)).name()
