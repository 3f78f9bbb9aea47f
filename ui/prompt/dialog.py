"""The window "What the model saw": the parts of a prompt with their token counts, and its text or ids beside them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.errors import ErrorReport
from ui.parts.fields import Choice
from ui.parts.labels import PlainLabel, plain_tooltip
from ui.prompt.explained import ExplainedPrompt, Page, PartRow, ids_page, part_rows, text_page
from ui.theme.theme import SPACE, Theme

_WIDTH_LETTERS, _HEIGHT_LINES = 120, 40
_LIST_LETTERS = 34


class PromptDialog(QDialog):
    """Shows one prompt. Its text is foreign, so the widgets interpret no markup.

    Attributes: summary, rows, text, pages (text or ids): its parts.
    """

    def __init__(self, subject: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the model saw")
        self._theme = theme
        self._prompt: ExplainedPrompt | None = None
        self._rows: list[PartRow] = []
        self._page = Page("", (0,))
        self.heading = PlainLabel(f"What the model saw for {subject}", tone="heading")
        self.summary = PlainLabel("Reading the prompt…", tone="muted", wraps=True)
        self.pages = Choice(("Text", "Ids"), "Show")
        self.pages.choose(0)
        self.pages.chosen.connect(self._on_page_chosen)
        self.rows = _part_list()
        self.rows.itemSelectionChanged.connect(self._mark)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName("The prompt")
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.accept)
        self._lay_out()
        self.set_theme(theme)
        self._enable(False)

    def show_prompt(self, prompt: ExplainedPrompt) -> None:
        """Show a prompt whose ids were read."""
        self._prompt = prompt
        self._rows = part_rows(prompt.parts)
        for row in self._rows:
            item = QTreeWidgetItem([row.words, f"{row.tokens:,}"])
            item.setToolTip(0, plain_tooltip(row.words))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.rows.addTopLevelItem(item)
        self.summary.setText(
            f"{prompt.model_name} · {len(prompt.ids):,} tokens, the very ids that were sent. Marked are the control "
            "tokens, which Lacuna alone puts in; everything else is plain text to the model."
        )
        self._enable(True)
        self._show_page()

    def show_failure(self, error: ErrorReport) -> None:
        """Say why there is nothing to see."""
        self.summary.setText(error.text)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.text.setFont(theme.code_font())
        self._mark()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.pages)
        middle = QSplitter(Qt.Orientation.Horizontal)
        middle.setChildrenCollapsible(False)
        for part in (self.rows, self.text):
            middle.addWidget(part)
        letter = self.fontMetrics().averageCharWidth()
        middle.setSizes([letter * _LIST_LETTERS, letter * (_WIDTH_LETTERS - _LIST_LETTERS)])
        middle.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 5 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addLayout(top)
        layout.addWidget(self.summary)
        layout.addWidget(middle, 1)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)
        room = self.screen().availableSize()
        self.resize(
            min(letter * _WIDTH_LETTERS, room.width()),
            min(self.fontMetrics().lineSpacing() * _HEIGHT_LINES, room.height()),
        )

    def _enable(self, enabled: bool) -> None:
        for part in (self.rows, self.text, self.pages):
            part.setEnabled(enabled)

    def _show_page(self, index: int = 0) -> None:
        if self._prompt is None:
            return
        self._page = ids_page(self._prompt) if index else text_page(self._prompt)
        wrap = QPlainTextEdit.LineWrapMode
        self.text.setLineWrapMode(wrap.NoWrap if index else wrap.WidgetWidth)
        self.text.setPlainText(self._page.text)
        self._mark()

    def _on_page_chosen(self, index: int) -> None:
        self._show_page(index)

    def _mark(self) -> None:
        """Colour the control tokens and the chosen part, and scroll to the start of that part."""
        if self._prompt is None:
            return
        colours = self._theme.colours
        part, mark = QTextCharFormat(), QTextCharFormat()
        part.setBackground(QColor(colours.raised))
        mark.setForeground(QColor(colours.accent))
        mark.setBackground(QColor(colours.line))
        chosen = [self._rows[self.rows.indexOfTopLevelItem(item)] for item in self.rows.selectedItems()]
        places = [place for row in chosen for place in row.places]
        selections = [self._selection(start, stop, part) for start, stop in places]
        selections += [self._selection(place, place + 1, mark) for place in self._prompt.controls]
        self.text.setExtraSelections(selections)
        if places:
            cursor = QTextCursor(self.text.document())
            cursor.setPosition(self._page.borders[places[0][0]])
            self.text.setTextCursor(cursor)
            self.text.centerCursor()

    def _selection(self, start: int, stop: int, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
        first, last = self._page.range_of(start, stop)
        selection = QTextEdit.ExtraSelection()
        selection.cursor = QTextCursor(self.text.document())
        selection.cursor.setPosition(first)
        selection.cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        selection.format = look
        return selection


def _part_list() -> QTreeWidget:
    rows = QTreeWidget()
    rows.setAccessibleName("Parts of the prompt")
    rows.setHeaderLabels(["Part", "Tokens"])
    rows.setRootIsDecorated(False)
    rows.setUniformRowHeights(True)
    header = rows.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return rows
