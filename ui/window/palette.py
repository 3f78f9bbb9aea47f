"""The command palette: it finds an action by a few letters and shows its key, or why it cannot run now."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE, Theme
from ui.window.actions import Actions
from ui.window.fuzzy import Match, match

_ID_ROLE, _MENU_ROLE, _HINT_ROLE, _POSITIONS_ROLE, _CAN_RUN_ROLE = (
    Qt.ItemDataRole.UserRole + offset for offset in range(5)
)
_ROWS_SHOWN = 11
_WIDTH_LETTERS = 78

# After a context menu of the field or a visit to another window, the focus comes back.
_FOCUS_COMES_BACK = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)

_Index = QModelIndex | QPersistentModelIndex


class CommandPalette(QFrame):
    """Covers the top of its parent while it is open. Esc, a click elsewhere or a choice closes it.

    A chosen action is triggered after the palette has closed and the focus is back where it was.
    """

    def __init__(self, actions: Actions, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._focus_before: QWidget | None = None
        self.setProperty("surface", "popup")
        self.setAccessibleName("Command palette")
        self.field = QLineEdit(placeholderText="What do you want to do?", clearButtonEnabled=False)
        self.field.setAccessibleName("Search commands")
        self.field.textChanged.connect(self._on_text_changed)
        self.field.installEventFilter(self)
        self.rows = QStandardItemModel(self)
        self.list = QListView(uniformItemSizes=True)
        self.list.setAccessibleName("Commands")
        self.list.setModel(self.rows)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate = _RowDelegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.clicked.connect(self._on_row_clicked)
        self.empty = PlainLabel("No command has these letters.", tone="muted")
        self.empty.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        for part in (self.field, self.empty, self.list):
            layout.addWidget(part)
        self.hide()

    def open(self) -> None:
        """Show all commands, with the focus in the search field."""
        self._focus_before = QApplication.focusWidget()
        self.field.clear()
        self._fill("")
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_and_return(self) -> None:
        """Hide, and return the focus to the widget that had it."""
        before, self._focus_before = self._focus_before, None
        self.hide()
        if before is not None:
            before.setFocus()

    def place(self) -> None:
        """Centre it at the top of the parent, no larger than the parent allows."""
        room = self._window.size()
        width = min(room.width() - 8 * SPACE, self.fontMetrics().averageCharWidth() * _WIDTH_LETTERS)
        rows = max(1, min(_ROWS_SHOWN, self.rows.rowCount()))
        self.list.setFixedHeight(rows * self._delegate.row_height())
        height = min(room.height() - 16 * SPACE, self._column.sizeHint().height())
        self.setGeometry((room.width() - width) // 2, 10 * SPACE, width, height)

    def set_theme(self, theme: Theme) -> None:
        self._delegate.theme = theme
        self.list.doItemsLayout()

    def _fill(self, query: str) -> None:
        self.rows.clear()
        for action_id, found in self._ranked(query):
            self.rows.appendRow(self._row(action_id, found))
        has_rows = self.rows.rowCount() > 0
        self.empty.setVisible(not has_rows)
        self.list.setVisible(has_rows)
        self.list.setCurrentIndex(self.rows.index(0, 0))

    def _ranked(self, query: str) -> list[tuple[str, Match]]:
        """Ids with their matches, best first; without a query, enabled actions first. Menu names match too."""
        found: list[tuple[str, Match]] = []
        for spec in self._actions:
            title = self._actions.title(spec.id)
            best = match(query, f"{title} {spec.menu.title}")
            if best is not None:
                in_title = tuple(position for position in best.positions if position < len(title))
                found.append((spec.id, Match(best.score, in_title)))
        if query.strip():
            return sorted(found, key=lambda entry: -entry[1].score)
        return sorted(found, key=lambda entry: not self._actions[entry[0]].isEnabled())

    def _row(self, action_id: str, found: Match) -> QStandardItem:
        reason = self._actions.why_disabled(action_id)
        keys = self._actions.keys_text(action_id)
        menu = next(spec.menu.title for spec in self._actions if spec.id == action_id)
        row = QStandardItem(self._actions.title(action_id))
        # A disabled item would be skipped by the arrow keys, and a screen reader could not read its reason.
        row.setData(not reason, _CAN_RUN_ROLE)
        row.setData(action_id, _ID_ROLE)
        row.setData(menu, _MENU_ROLE)
        row.setData(reason or keys, _HINT_ROLE)
        row.setData(found.positions, _POSITIONS_ROLE)
        spoken = ", ".join(part for part in (self._actions.title(action_id), menu, reason or keys) if part)
        row.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
        return row

    def _choose(self, index: QModelIndex) -> None:
        if not index.isValid() or not index.data(_CAN_RUN_ROLE):
            return
        action_id = str(index.data(_ID_ROLE))
        self.close_and_return()
        self._actions.trigger(action_id)

    def _move(self, rows: int) -> None:
        count = self.rows.rowCount()
        if count:
            row = self.list.currentIndex().row() + rows
            # One step wraps around; a page stops at the end.
            row = row % count if abs(rows) == 1 else min(max(row, 0), count - 1)
            self.list.setCurrentIndex(self.rows.index(row, 0))

    def _on_text_changed(self, text: str) -> None:
        self._fill(text)
        self.place()

    def _on_row_clicked(self, index: QModelIndex) -> None:
        self._choose(index)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._is_taken(event)
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in _FOCUS_COMES_BACK:
            self._focus_before = None
            self.hide()
        return super().eventFilter(watched, event)

    def _is_taken(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Escape:
                self.close_and_return()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose(self.list.currentIndex())
            case Qt.Key.Key_Down:
                self._move(1)
            case Qt.Key.Key_Up:
                self._move(-1)
            case Qt.Key.Key_PageDown:
                self._move(_ROWS_SHOWN - 1)
            case Qt.Key.Key_PageUp:
                self._move(1 - _ROWS_SHOWN)
            case _:
                return False
        return True


class _RowDelegate(QStyledItemDelegate):
    """Paints an action: its title with the matched letters in the accent colour, its menu, and its key or reason.

    Attributes: theme, the current one.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def row_height(self) -> int:
        return QFontMetrics(self.theme.text_font()).height() + 4 * SPACE

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(0, self.row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        colours = self.theme.colours
        rect = QRect(option.rect)
        state = QStyle.StateFlag(option.state)
        painter.save()
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(rect, QColor(colours.raised))
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(colours.accent))
        room = rect.adjusted(3 * SPACE, 0, -3 * SPACE, 0)
        hint_width = self._draw_end(painter, room, str(index.data(_HINT_ROLE)))
        room.setRight(room.right() - hint_width - 4 * SPACE)
        title_width = self._draw_title(
            painter, room, index, colours.text if index.data(_CAN_RUN_ROLE) else colours.faint
        )
        room.setLeft(room.left() + title_width + 3 * SPACE)
        painter.setFont(self.theme.text_font(0.9))
        painter.setPen(QColor(colours.faint))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, str(index.data(_MENU_ROLE)))
        painter.restore()

    def _draw_end(self, painter: QPainter, room: QRect, hint: str) -> int:
        painter.setFont(self.theme.text_font(0.9))
        painter.setPen(QColor(self.theme.colours.muted))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, hint)
        return painter.fontMetrics().horizontalAdvance(hint)

    def _draw_title(self, painter: QPainter, room: QRect, index: _Index, colour: str) -> int:
        title, positions = str(index.data(Qt.ItemDataRole.DisplayRole)), set(index.data(_POSITIONS_ROLE) or ())
        left = room.left()
        for position, letter in enumerate(title):
            is_matched = position in positions
            painter.setFont(self.theme.text_font(bold=is_matched))
            painter.setPen(QColor(self.theme.colours.accent if is_matched else colour))
            painter.drawText(
                QRect(left, room.top(), room.width(), room.height()), Qt.AlignmentFlag.AlignVCenter, letter
            )
            left += painter.fontMetrics().horizontalAdvance(letter)
        return left - room.left()
