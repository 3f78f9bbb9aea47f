"""The code pane: a tab for each open file, and the button that fills a gap."""

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.code.document_view import DocumentLabel, DocumentView
from ui.code.fill_preview import FillPreview
from ui.code.gap import Gap
from ui.code.wishes import CloseFile
from ui.parts.labels import plain_tooltip, without_mnemonic
from ui.parts.notice import Notice
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_MODIFIED = "●"
_FILL, _FILL_AGAIN = "Fill gap  Ctrl+I", "Fill again  Ctrl+I"
_CONTINUE, _CONTINUE_AGAIN = "Continue  Ctrl+I", "Continue again  Ctrl+I"


class CodePane(QWidget):
    """Shows documents, each under the id that its owner gave it. With no document open it is empty.

    Signals: wished(Wish), see ui/code/wishes.py; edited(id), modified_changed(id, bool); current_changed(id), "" where
    none is open; cursor_moved(line, column) of the current document, from 1, (0, 0) where none is open.
    """

    wished = Signal(object)
    edited = Signal(str)
    modified_changed = Signal(str, bool)
    current_changed = Signal(str)
    cursor_moved = Signal(int, int)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._theme = theme
        self._views: dict[str, DocumentView] = {}
        self._continues = False
        self.tabs = _tab_bar()
        self.fill_button = QPushButton(_FILL)
        self.fill_button.setProperty("dense", True)
        self.fill_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.fill_button.clicked.connect(self.request_fill)
        self._header = QWidget()
        header = QHBoxLayout(self._header)
        header.setContentsMargins(0, 0, 2 * SPACE, 0)
        header.addWidget(self.tabs, 1)
        header.addWidget(self.fill_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self._stack, 1)
        self._header.hide()
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.tabs.tabCloseRequested.connect(self._on_tab_close_requested)
        self.set_continues(False)
        self.set_theme(theme)

    # --- documents ----------------------------------------------------------------------------------------------------

    @property
    def ids(self) -> tuple[str, ...]:
        """The open documents, in the order of their tabs."""
        return tuple(self.tabs.tabData(index) for index in range(self.tabs.count()))

    @property
    def current_id(self) -> str:
        """The document in front, "" where none is open."""
        return self.tabs.tabData(self.tabs.currentIndex()) or ""

    @property
    def current_view(self) -> DocumentView | None:
        return self._views.get(self.current_id)

    def view(self, document_id: str) -> DocumentView:
        """The widget of an open document. Raises KeyError for another."""
        return self._views[document_id]

    def add_document(self, document_id: str, label: DocumentLabel, text: str) -> None:
        """Open a tab with this text (LF) and bring it to the front."""
        view = DocumentView(document_id, label, text, self._icons, self._theme)
        self._views[document_id] = view
        view.wished.connect(self.wished)
        view.editor.textChanged.connect(partial(self.edited.emit, document_id))
        view.editor.document().modificationChanged.connect(partial(self._on_modified_changed, document_id))
        view.editor.cursor_moved.connect(self.cursor_moved)
        self._stack.addWidget(view)
        self._header.show()
        self.tabs.blockSignals(True)  # a new tab may become current before its document id is set
        index = self.tabs.addTab("")
        self.tabs.setTabData(index, document_id)
        self._put_close_button(index, document_id)
        self.tabs.blockSignals(False)
        self._show_label(document_id)
        self.set_current(document_id)

    def remove_document(self, document_id: str) -> None:
        """Close a tab without asking."""
        view = self._views.pop(document_id)
        view.end_preview()
        self._stack.removeWidget(view)
        self.tabs.removeTab(self.ids.index(document_id))
        view.deleteLater()
        self._header.setVisible(bool(self._views))

    def set_current(self, document_id: str) -> None:
        """Bring a document to the front and give it the keys."""
        index = self.ids.index(document_id)
        if index == self.tabs.currentIndex():
            self._on_tab_changed(index)
        else:
            self.tabs.setCurrentIndex(index)

    def set_label(self, document_id: str, label: DocumentLabel) -> None:
        """Rename a document, as after saving it elsewhere."""
        self._views[document_id].set_label(label)
        self._show_label(document_id)

    def text_of(self, document_id: str) -> str:
        """A document's text, with LF. A preview is not part of it."""
        return self._views[document_id].editor.text()

    def is_modified(self, document_id: str) -> bool:
        return self._views[document_id].is_modified

    def replace_text(self, document_id: str, text: str, *, saved: bool, undoable: bool = True) -> None:
        """Replace a document's text as one undo step; `saved` says that the disk holds this text.

        Without `undoable` nothing before it can be brought back, as where the old text was decoded wrongly.
        """
        self._views[document_id].replace_text(text, undoable=undoable)
        if saved:
            self.set_saved(document_id)

    def set_saved(self, document_id: str) -> None:
        """Mark a document's text as equal to what is on disk."""
        self._views[document_id].set_saved()

    def insert_at_cursor(self, text: str) -> bool:
        """Insert a text (LF) at the cursor as one undo step. False if no document can take it now."""
        view = self.current_view
        if view is None or view.preview is not None:
            return False
        view.editor.insertPlainText(text)
        return True

    def go_to_line(self, document_id: str, line: int) -> None:
        """Show a line, counted from 1."""
        self._views[document_id].editor.go_to_line(line)

    def show_notice(self, document_id: str, notice: Notice) -> None:
        """Show a notice above a document; it replaces one with the same id."""
        self._views[document_id].notices.show_notice(notice)

    def dismiss_notice(self, document_id: str, notice_id: str) -> None:
        self._views[document_id].notices.dismiss(notice_id)

    def open_find(self) -> None:
        """Open the find bar of the current document."""
        if self.current_view is not None:
            self.current_view.open_find()

    # --- the fill -----------------------------------------------------------------------------------------------------

    def request_fill(self) -> None:
        """Ask for the gap of the current document, if one is open."""
        if self.current_view is not None:
            self.current_view.request_fill()

    def set_continues(self, continues: bool) -> None:
        """Say whether the model can only continue the text before the cursor, and not fill gaps."""
        self._continues = continues
        self.fill_button.setToolTip(
            "Have the model continue what stands before the cursor; it does not read what follows"
            if continues
            else "Have the model write what is selected, or what belongs at the cursor"
        )
        self._show_fill_button()

    def start_preview(self, document_id: str, gap: Gap) -> None:
        """Show an empty preview in the editor's place."""
        self._views[document_id].start_preview(gap)
        self._show_fill_button()

    def append_fill(self, document_id: str, text: str) -> None:
        """Append text to the preview."""
        preview = self._preview(document_id)
        if preview is not None:
            preview.append(text)

    def show_fill_progress(self, document_id: str, words: str) -> None:
        preview = self._preview(document_id)
        if preview is not None:
            preview.show_progress(words)

    def show_fill_ended(self, document_id: str, words: str) -> None:
        """Show that the preview can be accepted."""
        preview = self._preview(document_id)
        if preview is not None:
            preview.show_ended(words)
            preview.reveal()

    def accept_fill(self, document_id: str) -> None:
        """Put the fill into the document as one undo step."""
        self._views[document_id].accept_preview()
        self._show_fill_button()

    def end_preview(self, document_id: str) -> None:
        """Close the preview; the document stays as it was."""
        if document_id in self._views:
            self._views[document_id].end_preview()
            self._show_fill_button()

    def _preview(self, document_id: str) -> FillPreview | None:
        return self._views[document_id].preview if document_id in self._views else None

    # --- how it looks -------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.fill_button.setIcon(self._icons.icon("gap", theme, theme.colours.gap_edge))
        for view in self._views.values():
            view.set_theme(theme)
        for index in range(self.tabs.count()):
            button = self.tabs.tabButton(index, QTabBar.ButtonPosition.RightSide)
            if isinstance(button, QToolButton):
                button.setIcon(self._icons.icon("close", theme))

    def _put_close_button(self, index: int, document_id: str) -> None:
        button = QToolButton(self.tabs)
        button.setIcon(self._icons.icon("close", self._theme))
        button.setIconSize(QSize(12, 12))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAccessibleName("Close this file")
        button.setToolTip("Close (Ctrl+W)")
        button.clicked.connect(partial(self._on_close_clicked, document_id))
        self.tabs.setTabButton(index, QTabBar.ButtonPosition.RightSide, button)

    def _show_label(self, document_id: str) -> None:
        view = self._views[document_id]
        index = self.ids.index(document_id)
        mark = f"{_MODIFIED} " if view.is_modified else ""
        self.tabs.setTabText(index, without_mnemonic(mark + view.label.title))
        self.tabs.setTabToolTip(index, plain_tooltip(view.label.details))

    def _show_fill_button(self) -> None:
        view = self.current_view
        again = view is not None and view.preview is not None
        first, second = (_CONTINUE, _CONTINUE_AGAIN) if self._continues else (_FILL, _FILL_AGAIN)
        self.fill_button.setText(second if again else first)

    def _on_modified_changed(self, document_id: str, modified: bool) -> None:
        self._show_label(document_id)
        self.modified_changed.emit(document_id, modified)

    def _on_tab_changed(self, _index: int) -> None:
        view = self.current_view
        if view is None:
            self.cursor_moved.emit(0, 0)
        else:
            self._stack.setCurrentWidget(view)
            view.key_target.setFocus()
            cursor = view.editor.textCursor()
            self.cursor_moved.emit(cursor.blockNumber() + 1, cursor.positionInBlock() + 1)
        self._show_fill_button()
        self.current_changed.emit(self.current_id)

    def _on_tab_close_requested(self, index: int) -> None:
        self.wished.emit(CloseFile(self.tabs.tabData(index)))

    def _on_close_clicked(self, document_id: str, _checked: bool = False) -> None:
        self.wished.emit(CloseFile(document_id))


def _tab_bar() -> QTabBar:
    tabs = QTabBar()
    tabs.setAccessibleName("Open files")
    tabs.setDrawBase(False)
    tabs.setExpanding(False)
    tabs.setMovable(True)
    tabs.setUsesScrollButtons(True)
    tabs.setElideMode(Qt.TextElideMode.ElideNone)
    tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return tabs
