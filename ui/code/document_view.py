"""One open file: its editor or the preview of a fill in the editor's place, its notices and its find bar."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.code.editor import CodeEditor
from ui.code.fill_preview import FillPreview
from ui.code.find_bar import FindBar
from ui.code.gap import Gap
from ui.code.highlighter import Highlighter
from ui.code.line_layout import code_document
from ui.code.occurrences import place_of
from ui.code.wishes import AcceptFill, DiscardFill, FillGap
from ui.parts.notice import Level, Notice, Notices
from ui.theme.icons import Icons
from ui.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class DocumentLabel:
    """A document's names: `title` on its tab, `details` in its tooltip, `file_name` to choose the highlighting."""

    title: str
    details: str
    file_name: str


class DocumentView(QWidget):
    """Holds one document and all widgets that belong to it.

    Attributes: label; editor; preview, None while no fill is shown; notices; find_bar.
    Signals: wished(FillWish).
    """

    wished = Signal(object)

    def __init__(
        self,
        document_id: str,
        label: DocumentLabel,
        text: str,
        icons: Icons,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._id = document_id
        self.label = label
        self._theme = theme
        document = code_document(theme.code_font(), self)
        document.setPlainText(text)
        document.setModified(False)
        self._highlighter = Highlighter(document, label.file_name, theme.colours)
        self.editor = CodeEditor(document, theme)
        self.editor.set_file_name(label.file_name)
        self.editor.nul_left_out.connect(self._on_nul_left_out)
        self.preview: FillPreview | None = None
        self.notices = Notices(icons, theme)
        self.find_bar = FindBar(icons, theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.editor)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.notices, self._stack, self.find_bar):
            column.addWidget(part)
        column.setStretch(1, 1)
        self.setFocusProxy(self.editor)
        self.editor.fill_pressed.connect(self.request_fill)
        self.find_bar.typed.connect(self._on_find_typed)
        self.find_bar.wanted.connect(self._on_find_wanted)
        self.find_bar.closed.connect(self._on_find_closed)

    @property
    def is_modified(self) -> bool:
        return self.editor.document().isModified()

    @property
    def key_target(self) -> CodeEditor:
        """The widget that takes the keys: the preview while there is one, else the editor."""
        return self.preview or self.editor

    def set_label(self, label: DocumentLabel) -> None:
        """Take another name and the highlighting that belongs to it."""
        if label.file_name != self.label.file_name:
            self._highlighter.set_file_name(label.file_name)
            self.editor.set_file_name(label.file_name)
        self.label = label

    def replace_text(self, text: str, *, undoable: bool = True) -> None:
        """Replace the whole text as one undo step, or without a way back; the cursor stays near its line.

        A preview is discarded, because its gap belongs to the old text.
        """
        if self.preview is not None:
            self._on_preview_discarded()
            self.end_preview()
        line = self.editor.textCursor().blockNumber() + 1
        self.editor.replace(0, self.editor.document().characterCount() - 1, text)
        if not undoable:
            self.editor.document().clearUndoRedoStacks()
        self.editor.go_to_line(line)

    def set_saved(self) -> None:
        """Mark the text as equal to what is on disk."""
        self.editor.document().setModified(False)

    def open_find(self) -> None:
        """Show the find bar with the selected text in it."""
        if self.preview is None:
            self.find_bar.open_bar(self.editor.textCursor().selectedText().replace("\u2029", "\n"))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._highlighter.set_colours(theme.colours)
        self.editor.set_theme(theme)
        self.notices.set_theme(theme)
        self.find_bar.set_theme(theme)
        if self.preview is not None:
            self.preview.set_theme(theme)

    # --- the fill -----------------------------------------------------------------------------------------------------

    def request_fill(self) -> None:
        """Ask for the gap: the preview's if there is one, else the selection or the cursor's position."""
        gap = self.preview.filled_gap if self.preview is not None else self.editor.selected_gap()
        self.wished.emit(FillGap(self._id, gap))

    def start_preview(self, gap: Gap) -> FillPreview:
        """Show a preview of the gap in the editor's place, at the same scroll position, and focus it."""
        self.end_preview()
        self.find_bar.hide()
        preview = FillPreview(gap, self.label.file_name, self._theme)
        preview.accepted.connect(self._on_preview_accepted)
        preview.discarded.connect(self._on_preview_discarded)
        preview.fill_pressed.connect(self.request_fill)
        hidden_above = int(preview.line_label(0)) - 1
        self.preview = preview
        self._stack.addWidget(preview)
        self._stack.setCurrentWidget(preview)
        preview.verticalScrollBar().setValue(self.editor.verticalScrollBar().value() - hidden_above)
        preview.horizontalScrollBar().setValue(self.editor.horizontalScrollBar().value())
        self.setFocusProxy(preview)
        preview.setFocus()
        preview.reveal()
        return preview

    def accept_preview(self) -> None:
        """Put the fill into the document as one undo step, with the cursor behind it."""
        if self.preview is not None:
            gap, fill = self.preview.filled_gap, self.preview.fill
            self.end_preview()
            self.editor.replace(gap.start, gap.end, fill)

    def end_preview(self) -> None:
        """Show the editor again, as it was before the preview."""
        if self.preview is None:
            return
        preview, self.preview = self.preview, None
        had_focus = preview.hasFocus()
        self._stack.removeWidget(preview)
        self._stack.setCurrentWidget(self.editor)
        self.setFocusProxy(self.editor)
        if had_focus:
            self.editor.setFocus()
        preview.deleteLater()

    def _on_preview_accepted(self) -> None:
        self.wished.emit(AcceptFill(self._id))

    def _on_preview_discarded(self) -> None:
        self.wished.emit(DiscardFill(self._id))

    # --- finding ------------------------------------------------------------------------------------------------------

    def _on_find_typed(self, text: str) -> None:
        self._show_found(text, self.editor.find_text(text, stay=True))

    def _on_find_wanted(self, text: str, backward: bool) -> None:
        self._show_found(text, self.editor.find_text(text, backward=backward))

    def _show_found(self, text: str, found: bool) -> None:
        place = place_of(self.editor.text(), text, len(self.editor.selected_gap().prefix)) if found else None
        self.find_bar.show_found(place)

    def _on_nul_left_out(self) -> None:
        sentence = "The pasted text held NUL characters, which were left out."
        next_step = "With them the file would be binary, and could not be opened as text again."
        self.notices.show_notice(Notice("nul", Level.INFO, sentence, next_step))

    def _on_find_closed(self) -> None:
        self.editor.setFocus()
