"""Paragraphs and tables as formatted text. They are inserted piece by piece, and nothing is parsed as markup."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtWidgets import QWidget

from ui.chat.pieces import Paragraph, Rule, Run, Table
from ui.chat.reading_view import ReadingView
from ui.theme.theme import SPACE, Theme, line_height_percent

_LINE_HEIGHT = 1.45  # times the font's size
PROSE_LETTERS = 76  # the widest line of prose; WCAG 2.2 (1.4.8) advises at most 80 letters and 1.5 lines of height

_INDENT_PX, _QUOTE_PX, _QUOTE_BAR_PX = 6 * SPACE, 4 * SPACE, 3
_HEADING_SCALES = (1.15, 1.15, 1.0, 1.0, 1.0, 1.0)
_PROPORTIONAL = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
_ALIGNMENTS = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}


class ProseView(ReadingView):
    """Paragraphs below each other. Paragraphs that did not change are not drawn again."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._shown: tuple[Paragraph | Rule, ...] = ()
        self._starts: list[int] = []
        self._formats = ProseFormats(theme)
        self._dress()

    def show_pieces(self, pieces: Sequence[Paragraph | Rule]) -> None:
        """Show these pieces in place of the current ones."""
        same = sum(1 for _ in takewhile(_are_equal, zip(self._shown, pieces, strict=False)))
        if same == len(self._shown) == len(pieces):
            return
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        self._cut(cursor, same)
        for piece in pieces[same:]:
            self._append(cursor, piece)
        cursor.endEditBlock()
        self._shown = tuple(pieces)
        if any(run.href for piece in pieces[same:] if isinstance(piece, Paragraph) for run in piece.runs):
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that Tab reaches the links
        self.updateGeometry()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._formats = ProseFormats(theme)
        self._dress()
        pieces, self._shown, self._starts = self._shown, (), []
        self.document().clear()
        self.show_pieces(pieces)
        self.forget_height()

    def _dress(self) -> None:
        self.setFont(self.theme.text_font())
        self.document().setDefaultFont(self.theme.text_font())
        self.setMaximumWidth(self.fontMetrics().horizontalAdvance("0") * PROSE_LETTERS)

    def _cut(self, cursor: QTextCursor, kept: int) -> None:
        """Remove all pieces after the first `kept`."""
        if kept < len(self._starts):
            cursor.setPosition(max(0, self._starts[kept] - 1))
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            del self._starts[kept:]
        cursor.movePosition(QTextCursor.MoveOperation.End)

    def _append(self, cursor: QTextCursor, piece: Paragraph | Rule) -> None:
        is_first = not self._starts
        block = self._formats.rule() if isinstance(piece, Rule) else self._formats.block(piece, is_first=is_first)
        if is_first:
            cursor.setBlockFormat(block)
        else:
            cursor.insertBlock(block, QTextCharFormat())
        self._starts.append(cursor.position())
        if isinstance(piece, Paragraph):
            if piece.marker:
                cursor.insertText(f"{piece.marker}\t", self._formats.marker())
            for run in piece.runs:
                cursor.insertText(run.text.replace("\n", "\u2028"), self._formats.run(run, piece.level))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        layout = self.document().documentLayout()
        for start, piece in zip(self._starts, self._shown, strict=True):
            if isinstance(piece, Paragraph) and piece.quote:
                place = layout.blockBoundingRect(self.document().findBlock(start))
                for level in range(piece.quote):
                    bar = QRectF(level * _QUOTE_PX, place.top(), _QUOTE_BAR_PX, place.height())
                    painter.fillRect(bar, QColor(self.theme.colours.line))


class TableView(ReadingView):
    """One table. New rows of a streaming table are appended, and only the last row is written again."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._shown: Table | None = None
        self._grid: QTextTable | None = None

    def show_table(self, table: Table) -> None:
        """Show this table instead of the present one."""
        if table == self._shown:
            return
        if self._shown is None or self._grid is None or not _grew(self._shown, table):
            self._draw(table)
        else:
            self._grow(self._grid, len(self._shown.rows), table)
        self._shown = table
        self.forget_height()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        if self._shown is not None:
            self._draw(self._shown)
            self.forget_height()

    def _draw(self, table: Table) -> None:
        self.setFont(self.theme.text_font())
        self.document().setDefaultFont(self.theme.text_font())
        self.document().clear()
        formats = ProseFormats(self.theme)
        with self._one_layout() as cursor:
            self._grid = cursor.insertTable(len(table.rows), len(table.alignments), formats.table(table))
            self._write(self._grid, table, 0)
            self._shrink_last_line()

    def _grow(self, grid: QTextTable, known: int, table: Table) -> None:
        with self._one_layout():
            if len(table.rows) > known:
                grid.appendRows(len(table.rows) - known)
            self._write(grid, table, known - 1)

    def _write(self, grid: QTextTable, table: Table, first_row: int) -> None:
        formats = ProseFormats(self.theme)
        for row in range(first_row, len(table.rows)):
            for column, runs in enumerate(table.rows[row]):
                cursor = grid.cellAt(row, column).firstCursorPosition()
                cursor.setPosition(grid.cellAt(row, column).lastPosition(), QTextCursor.MoveMode.KeepAnchor)
                cursor.removeSelectedText()
                cursor.setBlockFormat(formats.cell(table.alignments[column]))
                for run in runs:
                    cursor.insertText(run.text, formats.run(run, level=0 if row else 3))

    @contextmanager
    def _one_layout(self) -> Iterator[QTextCursor]:
        """Changes in one edit block: without it Qt lays the whole table out after each cell."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        try:
            yield cursor
        finally:
            cursor.endEditBlock()

    def _shrink_last_line(self) -> None:
        """Hide the empty line that Qt keeps after a table."""
        last = QTextCursor(self.document().lastBlock())
        block = QTextBlockFormat()
        block.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        last.setBlockFormat(block)


class ProseFormats:
    """The Qt formats of pieces and runs in one theme."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._line_height_percent = line_height_percent(theme.text_font(), _LINE_HEIGHT)

    def block(self, piece: Paragraph, *, is_first: bool) -> QTextBlockFormat:
        block = QTextBlockFormat()
        block.setLineHeight(self._line_height_percent, _PROPORTIONAL)
        above = 4 if piece.level else 1 if piece.is_tight else 3
        block.setTopMargin(0 if is_first else above * SPACE)
        block.setLeftMargin(piece.indent * _INDENT_PX + piece.quote * _QUOTE_PX)
        if piece.marker:
            block.setTextIndent(-_INDENT_PX + SPACE)
            block.setTabPositions([QTextOption.Tab(_INDENT_PX - SPACE, QTextOption.TabType.LeftTab)])
        if piece.level:
            block.setHeadingLevel(piece.level)
        if piece.quote:
            block.setProperty(QTextFormat.Property.BlockQuoteLevel, piece.quote)
        return block

    def rule(self) -> QTextBlockFormat:
        block = QTextBlockFormat()
        block.setTopMargin(2 * SPACE)
        block.setBottomMargin(2 * SPACE)
        length = QTextLength(QTextLength.Type.PercentageLength, 100)
        block.setProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth, length)
        block.setProperty(QTextFormat.Property.BackgroundBrush, QBrush(QColor(self._theme.colours.line)))
        return block

    def marker(self) -> QTextCharFormat:
        return self._in_colour(self._theme.colours.muted)

    def run(self, run: Run, level: int) -> QTextCharFormat:
        colours = self._theme.colours
        look = self._in_colour(colours.text)
        if level:
            look.setFontPointSize(self._theme.text_pt * _HEADING_SCALES[level - 1])
        if run.bold or level:
            look.setFontWeight(QFont.Weight.DemiBold)
        look.setFontItalic(run.italic)
        look.setFontStrikeOut(run.struck)
        if run.code:
            look.setFontFamilies([self._theme.code_family])
            look.setFontFixedPitch(True)
            look.setBackground(QColor(colours.raised))
        if run.href:
            look.setAnchor(True)
            look.setAnchorHref(run.href)
            look.setForeground(QColor(colours.link))
            look.setFontUnderline(not run.is_target)
        if run.is_target:
            look.setForeground(QColor(colours.muted))
        return look

    def table(self, table: Table) -> QTextTableFormat:
        look = QTextTableFormat()
        look.setBorder(1)
        look.setBorderCollapse(True)
        look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        look.setBorderBrush(QBrush(QColor(self._theme.colours.line)))
        look.setCellPadding(1.5 * SPACE)
        look.setCellSpacing(0)
        look.setHeaderRowCount(1)
        look.setLeftMargin(table.indent * _INDENT_PX)
        return look

    def cell(self, alignment: str) -> QTextBlockFormat:
        block = QTextBlockFormat()
        block.setAlignment(_ALIGNMENTS.get(alignment, Qt.AlignmentFlag.AlignLeft))
        return block

    def _in_colour(self, colour: str) -> QTextCharFormat:
        look = QTextCharFormat()
        look.setForeground(QColor(colour))
        return look


def _grew(before: Table, after: Table) -> bool:
    """Whether `after` is `before` with more in its last row, or below it."""
    kept = len(before.rows) - 1
    same_frame = (before.alignments, before.indent) == (after.alignments, after.indent)
    return same_frame and kept > 0 and len(after.rows) > kept and before.rows[:kept] == after.rows[:kept]


def _are_equal(pair: tuple[object, object]) -> bool:
    return pair[0] == pair[1]
