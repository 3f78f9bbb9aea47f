"""Highlights a document in short slices, from the edited line to where the old colours are still right."""

import time
from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.token import _TokenType
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QTextCharFormat, QTextDocument, QTextLayout

from ui.code.lexing import TOP, Lexeme, ResumePoint, Stack, can_resume, lex, lexer_for
from ui.code.line_layout import raw_text
from ui.parts.utf16 import utf16_length
from ui.theme.colours import Colours
from ui.theme.syntax import colour_of

_SLICE_S = 0.004
_EVENTS_A_LOOK = 16  # events between two checks of the time
MAX_CHARS = 500_000
_MAX_CHARS_SETTLED = 200_000
MAX_CHARS_FROM_TOP = 100_000  # for lexers that start over at each edit
MAX_LINE_CHARS = 5_000  # one match of a lexer cannot be interrupted


class Highlighter(QObject):
    """Highlights one document while it exists. The text and its undo steps are never changed.

    After an edit, lexing resumes from the state before the edited line. A lexer may also look ahead over any distance:
    Python's looks for the end of a docstring, so an edit can change colours above it. Therefore a file that is not too
    large is lexed again from its top `settle_ms` after the last edit.

    Attributes: is_off, True if the file's type is unknown, the file is too large or one of its lines is too long.
    """

    def __init__(self, document: QTextDocument, file_name: str, colours: Colours, settle_ms: int = 600) -> None:
        super().__init__(document)
        self._document = document
        self._lexer: Lexer | None = None
        self._resumable = False
        self._colours = colours
        self._formats: dict[_TokenType, QTextCharFormat | None] = {}
        self._marks: list[Stack | None] = [TOP]  # the lexer's state at the start of each line; None inside a token
        self._run = _Run(iter(()), "", 0, 0)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._on_timeout)
        self._settle = QTimer(self, singleShot=True, interval=settle_ms)
        self._settle.timeout.connect(self.highlight_all)
        self.is_off = True
        document.contentsChange.connect(self._on_contents_change)
        self.set_file_name(file_name)

    @property
    def is_done(self) -> bool:
        """Whether all lines are highlighted."""
        return not self._timer.isActive() and not self._settle.isActive()

    def set_file_name(self, file_name: str) -> None:
        """Highlight the text as a file of this name. A file of unknown type loses its colours."""
        self._lexer = lexer_for(file_name)
        self._resumable = self._lexer is not None and can_resume(self._lexer)
        self.highlight_all()
        if self.is_off:
            self._clear()

    def set_colours(self, colours: Colours) -> None:
        """Use another theme's colours."""
        self._colours = colours
        self._formats.clear()
        self.highlight_all()

    def highlight_all(self) -> None:
        """Highlight every line again."""
        if self._lexer is None:
            self._timer.stop()
            self.is_off = True
            return
        self._marks = [TOP] + [None] * (self._document.blockCount() - 1)
        self._start(0, self._document.blockCount() - 1)

    def _on_contents_change(self, position: int, _removed: int, added: int) -> None:
        document = self._document
        first = document.findBlock(position).blockNumber()
        end = document.findBlock(position + added)
        last = end.blockNumber() if end.isValid() else document.blockCount() - 1
        if self.is_off:
            self.highlight_all()
            return
        shift = document.blockCount() - len(self._marks)
        self._marks[first + 1 : last + 1 - shift] = [None] * (last - first)
        if self._timer.isActive():  # the interrupted run goes on behind the edit
            last = max(last, self._run.last + shift, self._run.line + shift)
            first = min(first, self._run.line)
        self._start(first, last)
        if document.characterCount() <= _MAX_CHARS_SETTLED:
            self._settle.start()

    def _start(self, first: int, last: int) -> None:
        """Lex from the nearest known state at or before line `first`, at least to the end of line `last`."""
        self._timer.stop()
        self.is_off = self._lexer is None or not self._is_fit(first, last)
        if self.is_off or self._lexer is None:
            return
        first = first if self._resumable else 0
        while self._marks[first] is None:
            first -= 1
        text = raw_text(self._document)
        position = self._document.findBlockByNumber(first).position()
        if len(text) != self._document.characterCount() - 1:  # some characters count two in Qt and one in Python
            position = len(text.encode("utf-16-le", "surrogatepass")[: 2 * position].decode("utf-16-le", "replace"))
        events = lex(self._lexer, text, position, self._marks[first] or TOP)
        self._run = _Run(events, text, first, last, position)
        self._work()

    def _is_fit(self, first: int, last: int) -> bool:
        """Whether the document is small enough and these lines are short enough to be highlighted."""
        most = MAX_CHARS if self._resumable else MAX_CHARS_FROM_TOP
        if self._document.characterCount() > most:
            return False
        block = self._document.findBlockByNumber(first)
        while block.isValid() and block.blockNumber() <= last:
            if block.length() > MAX_LINE_CHARS:
                return False
            block = block.next()
        return True

    def _on_timeout(self) -> None:
        self._work()

    def _work(self) -> None:
        """Do one slice. The timer runs as long as there is more to do."""
        run, begin = self._run, self._run.line
        deadline = time.perf_counter() + _SLICE_S
        is_done = False
        for count, event in enumerate(run.events, 1):
            if isinstance(event, Lexeme):
                self._take(run, event)
            elif self._holds_at(run, event):
                is_done = True
                break
            if count % _EVENTS_A_LOOK == 0 and time.perf_counter() > deadline:
                break
        else:
            self._paint_line(run)
            is_done = True
        self._show(begin, run.line)
        if is_done:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def _clear(self) -> None:
        block = self._document.begin()
        while block.isValid():
            if block.layout().formats():
                block.layout().clearFormats()
            block = block.next()
        self._show(0, self._document.blockCount() - 1)

    def _holds_at(self, run: "_Run", point: ResumePoint) -> bool:
        """Note the state at a line's start. True if the lines from here on were highlighted from this state."""
        self._marks[run.line] = point.stack
        return run.line > run.last and run.old_stack == point.stack

    def _take(self, run: "_Run", lexeme: Lexeme) -> None:
        """Add a lexeme to the line or lines that it covers."""
        wanted = self._format_of(lexeme.kind)
        start = lexeme.start
        while start < lexeme.end:
            line_end = run.text.find("\n", start, lexeme.end)
            stop = lexeme.end if line_end < 0 else line_end
            if wanted is not None and stop > start:
                run.add(start, stop, wanted)
            if line_end < 0:
                return
            self._paint_line(run)
            run.next_line(line_end + 1, self._marks[run.line + 1])
            self._marks[run.line] = None  # if the line starts between two lexemes, a ResumePoint follows
            start = line_end + 1

    def _paint_line(self, run: "_Run") -> None:
        block = self._document.findBlockByNumber(run.line)
        if block.isValid():
            block.layout().setFormats(run.ranges)

    def _show(self, first: int, last: int) -> None:
        """Have the lines laid out and painted again. This is no edit and makes no undo step."""
        begin = self._document.findBlockByNumber(first)
        end = self._document.findBlockByNumber(last)
        if begin.isValid():
            until = end.position() + end.length() if end.isValid() else self._document.characterCount()
            self._document.markContentsDirty(begin.position(), until - begin.position())

    def _format_of(self, kind: _TokenType) -> QTextCharFormat | None:
        if kind not in self._formats:
            colour = colour_of(kind, self._colours)
            wanted = None
            if colour is not None:
                wanted = QTextCharFormat()
                wanted.setForeground(QColor(colour))
            self._formats[kind] = wanted
        return self._formats[kind]


class _Run:
    """A run of the lexer: where it is, how far it must go, and the colours of its current line.

    Attributes: events, text; line, the current line, which starts at `line_start`; last, the last line that may have
    changed; ranges, formats of the current line in UTF-16 units; old_stack, the state known at its start before.
    """

    __slots__ = ("events", "last", "line", "line_start", "old_stack", "ranges", "text")

    def __init__(
        self, events: Iterator[Lexeme | ResumePoint], text: str, line: int, last: int, line_start: int = 0
    ) -> None:
        self.events = events
        self.text = text
        self.line = line
        self.last = last
        self.line_start = line_start
        self.old_stack: Stack | None = None
        self.ranges: list[QTextLayout.FormatRange] = []

    def add(self, start: int, stop: int, wanted: QTextCharFormat) -> None:
        part = QTextLayout.FormatRange()
        part.start = utf16_length(self.text[self.line_start : start])
        part.length = utf16_length(self.text[start:stop])
        part.format = wanted
        self.ranges.append(part)

    def next_line(self, line_start: int, old_stack: Stack | None) -> None:
        self.line += 1
        self.line_start = line_start
        self.old_stack = old_stack
        self.ranges = []
