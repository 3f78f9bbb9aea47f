"""A code block of an answer: a card with its language, Copy and Insert, highlighted line by line."""

from math import ceil

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QSyntaxHighlighter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.chat.code_spans import TokenSpan, language_of, spans_of
from ui.chat.pieces import Code
from ui.chat.reading_view import ReadingView
from ui.chat.wishes import InsertCode
from ui.parts.buttons import quiet_button
from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.syntax import colour_of
from ui.theme.theme import SPACE, Theme, line_height_percent

_LINE_HEIGHT = 1.4  # times the font's size, as in the editor
_COPIED_MS = 1500
_HIGHLIGHT_EACH_TIME = 2_000  # characters
_HIGHLIGHT_WHILE_GROWING = 12_000  # characters; a longer block gets its colours when it is complete


class CodeBlock(QFrame):
    """One code block.

    Signals: wished(InsertCode), with the text exactly as the model wrote it.
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._code: Code | None = None
        self.setProperty("surface", "raised")
        self.language = PlainLabel(tone="faint")
        self.copy_button = quiet_button("Copy", "Copy this code")
        self.insert_button = quiet_button("Insert at cursor", "Insert this code at the editor's cursor")
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.insert_button.clicked.connect(self._on_insert_clicked)
        self.text_view = _CodeText(theme, self)
        self._copied = QTimer(self, singleShot=True, interval=_COPIED_MS)
        self._copied.timeout.connect(self._on_copied_timeout)
        header = QHBoxLayout()
        header.setContentsMargins(3 * SPACE, SPACE, SPACE, 0)
        header.setSpacing(0)
        header.addWidget(self.language, 1)
        header.addWidget(self.copy_button)
        header.addWidget(self.insert_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self.text_view)
        self.set_theme(theme)

    @property
    def text(self) -> str:
        return self._code.text if self._code is not None else ""

    def show_code(self, code: Code, *, is_growing: bool) -> None:
        """Show a block's text. Where the text only grew, the new part is appended."""
        language = language_of(code.language, code.text)
        self.language.setText(language or "code")
        self.text_view.setAccessibleName(f"Code, {language}" if language else "Code")
        self.text_view.show_text(code.text, language, is_growing=is_growing)
        self._code = code

    def set_theme(self, theme: Theme) -> None:
        self.copy_button.setIcon(self._icons.icon("copy", theme))
        self.insert_button.setIcon(self._icons.icon("insert", theme))
        self.text_view.set_theme(theme)

    def set_caret(self, shown: bool) -> None:
        self.text_view.set_caret(shown)

    def _on_copy_clicked(self, _checked: bool) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.copy_button.setText("Copied")
        self._copied.start()

    def _on_copied_timeout(self) -> None:
        self.copy_button.setText("Copy")

    def _on_insert_clicked(self, _checked: bool) -> None:
        self.wished.emit(InsertCode(self.text))


class _CodeText(ReadingView):
    """The text of a block; long lines scroll sideways."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._text = ""
        self._coloured_letters = 0
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        frame = self.document().rootFrame().frameFormat()
        frame.setLeftMargin(3 * SPACE)
        frame.setRightMargin(3 * SPACE)
        frame.setTopMargin(SPACE)
        frame.setBottomMargin(2 * SPACE)
        self.document().rootFrame().setFrameFormat(frame)
        self._highlighter = _Highlighter(self.document(), theme)

    def show_text(self, text: str, language: str, *, is_growing: bool) -> None:
        if text != self._text or not self._text:
            self._put(text)
        if not is_growing or self._is_due(len(text)):
            self._highlighter.use(spans_of(text, language))
            self._coloured_letters = len(text)
        self.updateGeometry()

    def _is_due(self, letters: int) -> bool:
        """Whether a growing block gets its colours anew: a long one when it has grown by an eighth."""
        if letters <= _HIGHLIGHT_EACH_TIME or letters < self._coloured_letters:
            return True
        return letters <= _HIGHLIGHT_WHILE_GROWING and letters - self._coloured_letters > self._coloured_letters // 8

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.setFont(theme.code_font())
        self.document().setDefaultFont(theme.code_font())
        self._highlighter.set_theme(theme)
        whole = QTextCursor(self.document())
        whole.select(QTextCursor.SelectionType.Document)
        whole.setBlockFormat(self._block_format())
        self.forget_height()

    def _block_format(self) -> QTextBlockFormat:
        block = QTextBlockFormat()
        percent = line_height_percent(self.theme.code_font(), _LINE_HEIGHT)
        block.setLineHeight(percent, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        return block

    def measure_px(self, width: int) -> int:
        """Lines are not wrapped, so one layout serves all widths."""
        if self.document().textWidth() <= 0:
            self.document().setTextWidth(width)
        overflows = self.document().idealWidth() > width
        scroll_bar_px = self.horizontalScrollBar().sizeHint().height() if overflows else 0
        return ceil(self.document().size().height()) + scroll_bar_px

    def _put(self, text: str) -> None:
        cursor = QTextCursor(self.document())
        if self._text and text.startswith(self._text):
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(text[len(self._text) :])
        else:
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.setBlockFormat(self._block_format())
            cursor.insertText(text)
        own = self.textCursor()
        if not own.hasSelection():  # it moved along with the text, and Qt would scroll to it
            own.setPosition(0)
            self.setTextCursor(own)
        self._text = text


class _Highlighter(QSyntaxHighlighter):
    """Colours lines by given spans. Only lines whose spans changed are coloured again."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        self._lines: list[list[TokenSpan]] = []

    def use(self, lines: list[list[TokenSpan]]) -> None:
        before, self._lines = self._lines, lines
        for number, spans in enumerate(lines):
            if number >= len(before) or before[number] != spans:
                self.rehighlightBlock(self.document().findBlockByNumber(number))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.rehighlight()

    def highlightBlock(self, _text: str) -> None:
        number = self.currentBlock().blockNumber()
        for span in self._lines[number] if number < len(self._lines) else ():
            colour = colour_of(span.token, self._theme.colours)
            if colour is not None:
                look = QTextCharFormat()
                look.setForeground(QColor(colour))
                self.setFormat(span.start, span.length, look)
