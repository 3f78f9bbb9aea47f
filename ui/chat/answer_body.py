"""The formatted text of an answer: prose, tables and code blocks below each other. It grows at the end only."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.chat.code_block import CodeBlock
from ui.chat.markdown import MarkdownReader, MarkdownStream, closed, is_hostile
from ui.chat.pieces import Code, Paragraph, Piece, Rule, Table, pieces_of
from ui.chat.prose_view import ProseView, TableView
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

# A view is laid out again as a whole when its text grows, so a long answer is split into several views.
_PIECES_TOGETHER = 24
# Of one answer: what comes after so many pieces, or code blocks and tables, is shown as it was written, in one block.
_MOST_PIECES, _MOST_CARDS = 1000, 120

Part = ProseView | TableView | CodeBlock


class AnswerText:
    """An answer's text as pieces. Pieces of finished blocks are made once, those of the open block at each call."""

    def __init__(self) -> None:
        self._reader = MarkdownReader()
        self._forget()

    def _forget(self) -> None:
        self._stream = MarkdownStream()
        self._settled: list[Piece] = []
        self._rest = ""
        self._text = ""

    def pieces(self, text: str, *, is_growing: bool) -> list[Piece]:
        """The pieces of `text`. Text that continues the last call's text costs only the new part."""
        if not text.startswith(self._text):
            self._forget()
        blocks = self._stream.push(text[len(self._text) :])
        self._text = text
        for block in blocks:
            if self._is_full:
                self._rest += block
            else:
                self._settled += pieces_of(block, self._reader)
        open_block = self._stream.open_block
        if self._is_full:
            return [*self._settled, Code(self._rest + open_block)]
        return [*self._settled, *self._open_pieces(open_block, is_growing=is_growing)]

    @property
    def _is_full(self) -> bool:
        cards = sum(isinstance(piece, Code | Table) for piece in self._settled)
        return cards >= _MOST_CARDS or len(self._settled) >= _MOST_PIECES

    def _open_pieces(self, block: str, *, is_growing: bool) -> tuple[Piece, ...]:
        is_readable = is_growing and not any(map(is_hostile, block.split("\n")))
        return pieces_of(closed(block, self._reader) if is_readable else block, self._reader)


class AnswerBody(QWidget):
    """Shows an answer's text.

    Signals: wished(OpenLink | InsertCode).
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._theme = theme
        self._text = AnswerText()
        self._parts: list[Part] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3 * SPACE)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(self._parts)

    def show_text(self, text: str, *, is_growing: bool, is_plain: bool = False) -> None:
        """Show the answer's whole text. Finished blocks are not drawn again. Plain text is shown as code."""
        pieces = [Code(text)] if is_plain else self._text.pieces(text, is_growing=is_growing)
        groups = list(_grouped(pieces))
        for index, group in enumerate(groups):
            self._show_part(index, group, is_growing=is_growing and index == len(groups) - 1)
        self._drop_parts(len(groups))
        for index, part in enumerate(self._parts):
            if not isinstance(part, TableView):
                part.set_caret(is_growing and index == len(groups) - 1)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in self._parts:
            part.set_theme(theme)

    def _show_part(self, index: int, group: Sequence[Piece], *, is_growing: bool) -> None:
        kind = _kind(group[0])
        if index < len(self._parts) and not isinstance(self._parts[index], kind):
            self._drop_parts(index)
        if index == len(self._parts):
            self._add_part(kind)
        match self._parts[index], group[0]:
            case CodeBlock() as block, Code() as code:
                block.show_code(code, is_growing=is_growing)
            case TableView() as view, Table() as table:
                view.show_table(table)
            case ProseView() as prose, _:
                prose.show_pieces([piece for piece in group if isinstance(piece, Paragraph | Rule)])

    def _add_part(self, kind: type[Part]) -> None:
        part: Part
        if kind is CodeBlock:
            part = CodeBlock(self._icons, self._theme, self)
        else:
            part = ProseView(self._theme, self) if kind is ProseView else TableView(self._theme, self)
            part.setAccessibleName("Answer" if kind is ProseView else "Table")
        part.wished.connect(self.wished)
        self._parts.append(part)
        self._layout.addWidget(part)

    def _drop_parts(self, kept: int) -> None:
        for part in self._parts[kept:]:
            self._layout.removeWidget(part)
            part.hide()
            part.deleteLater()
        del self._parts[kept:]


def _kind(piece: Piece) -> type[Part]:
    match piece:
        case Code():
            return CodeBlock
        case Table():
            return TableView
        case _:
            return ProseView


def _grouped(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Pieces grouped by the part that shows them: prose together, each table and code block by itself."""
    for kind, group in groupby(pieces, key=_kind):
        together = list(group)
        step = _PIECES_TOGETHER if kind is ProseView else 1
        yield from (together[start : start + step] for start in range(0, len(together), step))
