"""The code editor: line numbers, current line, indentation. The selection is what a fill is asked for."""

from PySide6.QtCore import QMimeData, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from ui.code.gap import Gap, cut_gap
from ui.code.gutter import Gutter, GutterRow
from ui.code.indentation import backspace_count, dedent_count, needs_tabs, next_indent, to_next_stop, unit_of
from ui.code.line_layout import SpacedLayout, raw_text, set_code_font
from ui.theme.theme import Theme

_TAB_COLUMNS = 4
_KEEP = QTextCursor.MoveMode.KeepAnchor
_BEGINNING = 50_000  # characters from which the file's indentation is found


class CodeEditor(QPlainTextEdit):
    """Shows and edits one document, which must have a SpacedLayout (see `code_document`).

    Qt would paint the selection only as high as the glyphs. So the style sheet makes Qt's selection transparent, and
    `paintEvent` paints it below the text at full line height.

    Signals: cursor_moved(line, column), both from 1; fill_pressed, when the key is pressed and no menu takes it;
    nul_left_out, when NUL characters were dropped from a pasted text.
    """

    cursor_moved = Signal(int, int)
    fill_pressed = Signal()
    nul_left_out = Signal()

    def __init__(self, document: QTextDocument, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._unit = unit_of(_beginning(document))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDocument(document)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName("Code")
        self._gutter = Gutter(self._rows, theme, self)
        self.blockCountChanged.connect(self._on_block_count_changed)
        self.updateRequest.connect(self._on_update_request)
        self.cursorPositionChanged.connect(self._on_cursor_position_changed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab writes here, so Tab must not lead here
        self.selectionChanged.connect(self._on_selection_changed)
        self._wear(theme)

    def set_theme(self, theme: Theme) -> None:
        self._wear(theme)
        self.viewport().update()

    def set_file_name(self, file_name: str) -> None:
        """Indent as the file's language wants it, whatever the text has so far."""
        if needs_tabs(file_name):
            self._unit = "\t"

    def text(self) -> str:
        """The whole text, with LF."""
        return raw_text(self.document())

    def selected_gap(self) -> Gap:
        """The gap at the selection, or at the cursor if nothing is selected."""
        cursor = self.textCursor()
        return cut_gap(self.text(), cursor.selectionStart(), cursor.selectionEnd())

    def replace(self, start: int, end: int, text: str) -> None:
        """Replace [start, end), counted in UTF-16 units, as one undo step."""
        cursor = self.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, _KEEP)
        cursor.beginEditBlock()
        cursor.insertText(text)
        cursor.endEditBlock()
        self.setTextCursor(cursor)

    def find_text(self, text: str, *, backward: bool = False, stay: bool = False) -> bool:
        """Select the next occurrence of a text, wrapping around at the end. False if there is none.

        With `stay` the occurrence that is selected now counts as the next one, as while the text is being typed.
        """
        flags = QTextDocument.FindFlag.FindBackward if backward else QTextDocument.FindFlag(0)
        here = self.textCursor()
        if stay:
            here.setPosition(here.selectionStart())
        found = self.document().find(text, here, flags)
        if found.isNull():
            start = QTextCursor(self.document())
            start.movePosition(QTextCursor.MoveOperation.End if backward else QTextCursor.MoveOperation.Start)
            found = self.document().find(text, start, flags)
        if found.isNull():
            return False
        self.setTextCursor(found)
        self.centerCursor()
        return True

    def go_to_line(self, line: int) -> None:
        """Put the cursor at the start of a line, counted from 1, and scroll that line to the middle."""
        block = self.document().findBlockByNumber(max(0, min(line, self.blockCount()) - 1))
        self.setTextCursor(QTextCursor(block))
        self.centerCursor()

    # --- what a preview shows differently -----------------------------------------------------------------------------

    def line_label(self, number: int) -> str:
        """The gutter's text for a block."""
        return str(number + 1)

    def line_tint(self, number: int) -> str:
        """A block's background as `#RRGGBB`, "" for none."""
        return self._theme.colours.raised if number == self.textCursor().blockNumber() else ""

    def line_edge(self, number: int) -> str:
        """The colour of the edge beside a block, "" for none: the preview of a fill has one."""
        return ""

    def tinted_ranges(self) -> list[tuple[int, int, str]]:
        """Parts of the text with a background: (start, end, `#RRGGBB`)."""
        cursor = self.textCursor()
        return [(cursor.selectionStart(), cursor.selectionEnd(), self._theme.colours.selection)]

    # --- painting -----------------------------------------------------------------------------------------------------

    def _visible_blocks(self) -> list[tuple[QTextBlock, QRectF]]:
        block = self.firstVisibleBlock()
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        found = []
        while block.isValid() and rect.top() <= self.viewport().height():
            found.append((block, rect))
            block = block.next()
            rect = QRectF(rect.left(), rect.bottom(), rect.width(), self.blockBoundingRect(block).height())
        return found

    def _row_height_px(self, rect: QRectF) -> int:
        layout = self.document().documentLayout()
        return round(min(rect.height(), layout.pitch_px if isinstance(layout, SpacedLayout) else rect.height()))

    def _rows(self) -> list[GutterRow]:
        current = self.textCursor().blockNumber()
        rows = []
        for block, rect in self._visible_blocks():
            number = block.blockNumber()
            place = QRect(0, round(rect.top()), 0, self._row_height_px(rect))
            rows.append(GutterRow(place, self.line_label(number), self.line_edge(number), number == current))
        return rows

    def _paint_backgrounds(self, painter: QPainter) -> None:
        ranges = [part for part in self.tinted_ranges() if part[0] < part[1]]
        for block, rect in self._visible_blocks():
            row = QRect(0, round(rect.top()), self.viewport().width(), self._row_height_px(rect))
            tint = self.line_tint(block.blockNumber())
            if tint:
                painter.fillRect(row, QColor(tint))
            for start, end, colour in ranges:
                self._paint_part(painter, block, row, start, end, colour)

    def _paint_part(self, painter: QPainter, block: QTextBlock, row: QRect, start: int, end: int, colour: str) -> None:
        """Tint the part of [start, end) that lies in a block, up to the right edge if it includes the line end."""
        first, stop = block.position(), block.position() + block.length()
        if start >= stop or end <= first:
            return
        left = self._x_of(block, max(start, first) - first)
        right = row.right() + 1 if end >= stop else self._x_of(block, end - first)
        area = QRect(left, row.top(), right - left, row.height())
        painter.fillRect(area, QColor(colour))

    def _x_of(self, block: QTextBlock, offset: int) -> int:
        line = block.layout().lineAt(0)  # lines are never wrapped
        if not line.isValid():
            return round(self.contentOffset().x())
        place: tuple[float, int] = line.cursorToX(offset)  # type: ignore[assignment]  # the stub says object
        return round(self.contentOffset().x() + place[0])

    # --- reactions to changes -----------------------------------------------------------------------------------------

    def _on_block_count_changed(self) -> None:
        self._gutter.digits = max(3, len(str(self.blockCount())))
        self.setViewportMargins(self._gutter.sizeHint().width(), 0, 0, 0)
        self._place_gutter()

    def _on_update_request(self, rect: QRect, moved_px: int) -> None:
        if moved_px:
            self._gutter.scroll(0, moved_px)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def _on_cursor_position_changed(self) -> None:
        cursor = self.textCursor()
        before = cursor.block().text().encode("utf-16-le", "surrogatepass")[: 2 * cursor.positionInBlock()]
        self.cursor_moved.emit(cursor.blockNumber() + 1, len(before.decode("utf-16-le", "replace")) + 1)
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        self.viewport().update()
        self._gutter.update()

    def _wear(self, theme: Theme) -> None:
        self._theme = theme
        palette = self.palette()
        for role, colour in (
            (QPalette.ColorRole.Base, theme.colours.panel),
            (QPalette.ColorRole.Text, theme.colours.text),
            (QPalette.ColorRole.HighlightedText, theme.colours.text),
        ):
            palette.setColor(role, QColor(colour))
        palette.setColor(QPalette.ColorRole.Highlight, Qt.GlobalColor.transparent)
        self.setPalette(palette)
        font = theme.code_font()
        self.setFont(font)
        set_code_font(self.document(), font)
        self.setTabStopDistance(QFontMetricsF(font).horizontalAdvance(" ") * _TAB_COLUMNS)
        self._gutter.set_theme(theme)
        self._on_block_count_changed()

    def _place_gutter(self) -> None:
        inside = self.contentsRect()
        self._gutter.setGeometry(inside.left(), inside.top(), self._gutter.sizeHint().width(), inside.height())

    # --- keys ---------------------------------------------------------------------------------------------------------

    def _line_before_cursor(self) -> str:
        cursor = self.textCursor()
        units = cursor.block().text().encode("utf-16-le", "surrogatepass")
        return units[: 2 * cursor.positionInBlock()].decode("utf-16-le", "replace")

    def _type_tab(self) -> None:
        cursor = self.textCursor()
        if cursor.hasSelection() and "\u2029" in cursor.selectedText():
            self._shift_lines(cursor, deeper=True)
        else:
            cursor.setPosition(cursor.selectionStart() if cursor.hasSelection() else cursor.position())
            column = cursor.positionInBlock()
            self.textCursor().insertText(to_next_stop(column, self._unit))

    def _shift_lines(self, cursor: QTextCursor, *, deeper: bool) -> None:
        """Indent or dedent all lines that the selection touches by one level, as one undo step."""
        document = self.document()
        block = document.findBlock(cursor.selectionStart())
        last = document.findBlock(max(cursor.selectionStart(), cursor.selectionEnd() - 1)).blockNumber()
        edit = QTextCursor(document)
        edit.beginEditBlock()
        while block.isValid() and block.blockNumber() <= last:
            edit.setPosition(block.position())
            if not deeper:
                edit.setPosition(block.position() + dedent_count(block.text(), self._unit), _KEEP)
                edit.removeSelectedText()
            elif block.text():
                edit.insertText(self._unit)
            block = block.next()
        edit.endEditBlock()

    def _type_enter(self) -> None:
        cursor = self.textCursor()
        cursor.beginEditBlock()
        if cursor.hasSelection():
            cursor.removeSelectedText()
            self.setTextCursor(cursor)
        cursor.insertText("\n" + next_indent(self._line_before_cursor(), self._unit))
        cursor.endEditBlock()
        self.ensureCursorVisible()

    def _type_backspace(self) -> None:
        cursor = self.textCursor()
        if not cursor.hasSelection():
            count = backspace_count(self._line_before_cursor(), self._unit)
            cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter, _KEEP, count)
        cursor.removeSelectedText()
        self.ensureCursorVisible()

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain = modifiers == Qt.KeyboardModifier.NoModifier
        shifted = modifiers == Qt.KeyboardModifier.ShiftModifier
        if event.keyCombination() == QKeySequence("Ctrl+I")[0]:  # type: ignore[index]  # PySide6 stubs lack __getitem__
            self.fill_pressed.emit()
        elif self.isReadOnly():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Tab and plain:
            self._type_tab()
        elif event.key() == Qt.Key.Key_Backtab and shifted:
            self._shift_lines(self.textCursor(), deeper=False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (plain or shifted):
            self._type_enter()  # for Shift+Enter, Qt would type U+2028
        elif event.key() == Qt.Key.Key_Backspace and plain:
            self._type_backspace()
        else:
            super().keyPressEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        """The selected text as it stands, for copy, cut and drag.

        Qt's own would turn a no-break space into a space and U+2028 into a line end.
        """
        data = QMimeData()
        data.setText(self.textCursor().selectedText().replace("\u2029", "\n"))
        return data

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert what is pasted or dropped, without NULs: a file with a NUL is binary for most programs."""
        text = source.text()
        if "\0" not in text:
            super().insertFromMimeData(source)
            return
        without = QMimeData()
        without.setText(text.replace("\0", ""))
        super().insertFromMimeData(without)
        self.nul_left_out.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self._paint_backgrounds(painter)
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_gutter()


def _beginning(document: QTextDocument) -> str:
    cursor = QTextCursor(document)
    cursor.setPosition(min(_BEGINNING, document.characterCount() - 1), _KEEP)
    return cursor.selectedText().replace("\u2029", "\n")
