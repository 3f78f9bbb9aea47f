"""All conversations: search in their text, open, rename, delete."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui.chat.chat_rows import ChatRow, when
from ui.chat.wishes import DeleteChat, RenameChat, SearchChats
from ui.parts.buttons import quiet_button
from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_SEARCH_MS = 150
_ROW = Qt.ItemDataRole.UserRole


class ChatList(QWidget):
    """The list takes the transcript's place while it is open.

    Signals: wished(RenameChat | DeleteChat | SearchChats); chosen(int chat id) and closed, which the pane acts on.
    """

    wished = Signal(object)
    chosen = Signal(int)
    closed = Signal()

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self.search = QLineEdit(placeholderText="Search in all chats", clearButtonEnabled=True)
        self.search.setAccessibleName("Search in all chats")
        self.search.textChanged.connect(self._on_search_changed)
        self.search.returnPressed.connect(self._on_return_pressed)
        self._pause = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._pause.timeout.connect(self._on_pause_timeout)
        self.list = _Rows(self)
        self.list.setAccessibleName("Chats")
        self._delegate = _RowPainter(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.itemActivated.connect(self._on_item_activated)
        self.list.itemClicked.connect(self._on_item_activated)
        self.list.itemChanged.connect(self._on_item_changed)
        self.list.delete_pressed.connect(self._on_delete_pressed)
        self.list.currentRowChanged.connect(self._on_current_changed)
        self.nothing = PlainLabel(tone="muted", wraps=True)
        self.rename_button = quiet_button("Rename", "Rename the selected chat (F2)", dense=False)
        self.rename_button.clicked.connect(self._on_rename_clicked)
        self.delete_button = quiet_button("Delete", "Delete the selected chat (Del)", dense=False)
        self.delete_button.clicked.connect(self._on_delete_clicked)
        self._build()
        self.set_theme(theme)
        self.show_rows(())

    def show_rows(self, rows: Sequence[ChatRow], current_id: int | None = None) -> None:
        """Show these conversations, latest first, with the pane's own selected."""
        self.list.blockSignals(True)
        self.list.clear()
        for row in rows:
            item = QListWidgetItem(row.title)
            item.setData(_ROW, row)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.list.addItem(item)
        ids = [row.id for row in rows]
        self.list.setCurrentRow(ids.index(current_id) if current_id in ids else 0 if rows else -1)
        self.list.blockSignals(False)
        searching = bool(self.search.text().strip())
        self.nothing.setText("No chat has these words." if searching else "There are no chats yet.")
        self.nothing.setVisible(not rows)
        self.list.setVisible(bool(rows))
        self._on_current_changed(self.list.currentRow())

    def open(self) -> None:
        """Empty the search field and focus it."""
        self.search.clear()
        self.search.setFocus()

    def set_theme(self, theme: Theme) -> None:
        self._delegate.theme = theme
        self.rename_button.setIcon(self._icons.icon("pencil", theme))
        self.delete_button.setIcon(self._icons.icon("trash", theme))
        self.list.viewport().update()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.rename_button)
        row.addWidget(self.delete_button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.search)
        layout.addWidget(self.nothing)
        layout.addWidget(self.list, 1)
        layout.addStretch(0)
        layout.addLayout(row)

    def _current(self) -> ChatRow | None:
        item = self.list.currentItem()
        row: ChatRow | None = item.data(_ROW) if item is not None else None
        return row

    def _choose(self, row: ChatRow | None) -> None:
        if row is not None:
            self.chosen.emit(row.id)

    def _delete_current(self) -> None:
        row = self._current()
        if row is not None:
            self.wished.emit(DeleteChat(row.id))

    def _on_current_changed(self, row: int) -> None:
        self.rename_button.setEnabled(row >= 0)
        self.delete_button.setEnabled(row >= 0)

    def _on_search_changed(self, _text: str) -> None:
        self._pause.start()

    def _on_pause_timeout(self) -> None:
        self.wished.emit(SearchChats(self.search.text().strip()))

    def _on_return_pressed(self) -> None:
        self._choose(self._current())

    def _on_item_activated(self, item: QListWidgetItem) -> None:
        self._choose(item.data(_ROW))

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        row: ChatRow = item.data(_ROW)
        title = " ".join(item.text().split())
        if title and title != row.title:
            self.wished.emit(RenameChat(row.id, title))
        elif item.text() != row.title:
            item.setText(row.title)

    def _on_rename_clicked(self, _checked: bool) -> None:
        self.list.setFocus()
        self.list.editItem(self.list.currentItem())

    def _on_delete_clicked(self, _checked: bool) -> None:
        self._delete_current()

    def _on_delete_pressed(self) -> None:
        self._delete_current()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.search.hasFocus():
            self.list.setFocus()
            self.list.keyPressEvent(event)
        else:
            super().keyPressEvent(event)


class _Rows(QListWidget):
    """The rows; F2 renames in place.

    Signals: delete_pressed.
    """

    delete_pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)


class _RowPainter(QStyledItemDelegate):
    """Draws title and date in the first line, and the excerpt that a search found in the second."""

    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        line = self.theme_line_px(option)
        has_excerpt = bool(index.data(_ROW).excerpt)
        return QSize(option.rect.width(), line * (2 if has_excerpt else 1) + 3 * SPACE)

    def theme_line_px(self, option: QStyleOptionViewItem) -> int:
        return option.fontMetrics.height()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: ChatRow = index.data(_ROW)
        colours = self.theme.colours
        is_lit = bool(option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver))
        painter.save()
        if is_lit:
            painter.fillRect(option.rect, QColor(colours.raised))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(QRect(option.rect.topLeft(), QSize(2, option.rect.height())), QColor(colours.accent))
        room = option.rect.adjusted(2 * SPACE, SPACE, -2 * SPACE, -SPACE)
        first = QRect(room.topLeft(), QSize(room.width(), option.fontMetrics.height() + SPACE))
        date = when(row.updated_at, datetime.now())
        right = Qt.AlignmentFlag.AlignRight.value | Qt.AlignmentFlag.AlignVCenter.value
        left = Qt.AlignmentFlag.AlignLeft.value | Qt.AlignmentFlag.AlignVCenter.value
        painter.setPen(QColor(colours.faint))
        painter.drawText(first, right, date)
        title_px = first.width() - option.fontMetrics.horizontalAdvance(date) - 3 * SPACE
        painter.setPen(QColor(colours.text))
        title = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, title_px)
        painter.drawText(first, left, title)
        if row.excerpt:
            second = first.translated(0, option.fontMetrics.height())
            painter.setPen(QColor(colours.muted))
            excerpt = option.fontMetrics.elidedText(row.excerpt, Qt.TextElideMode.ElideRight, second.width())
            painter.drawText(second, left, excerpt)
        painter.restore()
