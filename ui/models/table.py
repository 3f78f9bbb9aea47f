"""The list of models by section: one line each, with the fit as an icon and words."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.model_plans import FitState
from engine.model_rows import ModelRow
from engine.shown import size
from ui.parts.labels import plain_tooltip
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_HEADS = ("Model", "Fit", "Download", "In 4 bits", "HumanEval", "State")
_NAME, _FIT, _DOWNLOAD, _WEIGHTS, _SCORE, _STATE = range(len(_HEADS))
_KEY = Qt.ItemDataRole.UserRole
_LEAST_STATE_LETTERS, _STATE_LETTERS = 8, 20
_BAR_PX = 3
# The least widths of the table, in letters, at which these columns show. The detail card has the same figures.
_SHOWN_FROM_LETTERS = {_SCORE: 86, _DOWNLOAD: 74, _WEIGHTS: 62}


class ModelTable(QTreeWidget):
    """Shows the rows it is given. The cursor stays on the same model while rows change.

    Signals: chosen(key), the row with the cursor, also when its content changed; activated_row(key), by Enter or double
    click.
    """

    chosen = Signal(object)
    activated_row = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons, self._theme = icons, theme
        self._items: dict[str, QTreeWidgetItem] = {}
        self._rows: tuple[ModelRow, ...] = ()
        self.setHeaderLabels(_HEADS)
        self.setAccessibleName("Models")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIndentation(0)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._size_columns()
        self.currentItemChanged.connect(self._on_current_changed)
        self.itemActivated.connect(self._on_item_activated)

    @property
    def current_key(self) -> str:
        """The key of the model with the cursor; "" if there is none."""
        item = self.currentItem()
        return "" if item is None else str(item.data(0, _KEY) or "")

    def show_rows(self, rows: Sequence[ModelRow], context_words: str) -> None:
        """Show these rows. If the models are the same as before, only the changes are painted."""
        self.headerItem().setText(_FIT, f"Fit at {context_words}")
        keys = [(row.section, row.key) for row in rows]
        if keys != [(row.section, row.key) for row in self._rows]:
            self._rebuild(rows)
        for row in rows:
            self._fill(self._items[row.key], row)
        self._rows = tuple(rows)
        self._size_state()

    def choose(self, key: str) -> None:
        """Put the cursor on this model. An unknown key changes nothing."""
        if (item := self._items.get(key)) is not None:
            self.setCurrentItem(item)
            self.doItemsLayout()  # new rows have no position to scroll to before the layout
            self.scrollToItem(item)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for row in self._rows:
            self._fill(self._items[row.key], row)

    def _rebuild(self, rows: Sequence[ModelRow]) -> None:
        kept = self.current_key
        self.blockSignals(True)
        self.clear()
        self._items.clear()
        section = ""
        for row in rows:
            if row.section != section:
                section = row.section
                self._add_section(section)
            item = QTreeWidgetItem(self)
            item.setData(0, _KEY, row.key)
            for column in (_DOWNLOAD, _WEIGHTS, _SCORE):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._items[row.key] = item
        self.blockSignals(False)
        if kept in self._items:
            self.setCurrentItem(self._items[kept])

    def _add_section(self, words: str) -> None:
        item = QTreeWidgetItem(self, [words])
        item.setFirstColumnSpanned(True)
        item.setFlags(Qt.ItemFlag.NoItemFlags)  # so that the arrow keys skip it
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        item.setFont(0, font)

    def _fill(self, item: QTreeWidgetItem, row: ModelRow) -> None:
        state = row.state.value if row.fraction is None else f"{row.state.value} {int(row.fraction * 100)} %"
        name = row.name
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if row.is_recommended else QFont.Weight.Normal)
        item.setFont(_NAME, font)
        texts = {
            _NAME: name,
            _FIT: row.fit_words,
            _DOWNLOAD: size(row.download_bytes) if row.download_bytes else "",
            _WEIGHTS: size(row.weights_bytes) if row.weights_bytes else "",
            _SCORE: row.score,
            _STATE: state,
        }
        for column, text in texts.items():
            if item.text(column) != text:
                item.setText(column, text)
        item.setIcon(_FIT, self._fit_icon(row.fit))
        item.setToolTip(_FIT, plain_tooltip(row.fit_sentence))
        item.setToolTip(_STATE, plain_tooltip(row.state_words))
        advised = ", recommended" if row.is_recommended else ""
        spoken = f"{row.title}{advised}, {row.fit_words} at this context, {state}"
        item.setData(_NAME, Qt.ItemDataRole.AccessibleTextRole, spoken)

    def _fit_icon(self, fit: FitState | None) -> QIcon:
        colours = self._theme.colours
        match fit:
            case FitState.FITS:
                return self._icons.icon("check", self._theme, colours.accent)
            case FitState.FITS_UP_TO:
                return self._icons.icon("warning", self._theme, colours.warn)
            case FitState.DOES_NOT_FIT:
                return self._icons.icon("close", self._theme, colours.error)
        return QIcon()

    def _size_columns(self) -> None:
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_STATE, QHeaderView.ResizeMode.Fixed)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column in (_DOWNLOAD, _WEIGHTS, _SCORE):
            self.headerItem().setTextAlignment(column, right)

    def _on_current_changed(self, _item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if self.current_key:
            self.chosen.emit(self.current_key)

    def _on_item_activated(self, item: QTreeWidgetItem, _column: int) -> None:
        if key := item.data(0, _KEY):
            self.activated_row.emit(str(key))

    def drawRow(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Mark the focused row with a bar in the accent colour at its left edge."""
        super().drawRow(painter, option, index)
        if self.hasFocus() and index.row() == self.currentIndex().row():
            bar = QRect(option.rect.left(), option.rect.top(), _BAR_PX, option.rect.height())
            painter.fillRect(bar, QColor(self._theme.colours.accent))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        letters = self.width() / self.fontMetrics().averageCharWidth()
        for column, least in _SHOWN_FROM_LETTERS.items():
            self.setColumnHidden(column, letters < least)
        self._size_state()

    def _size_state(self) -> None:
        """Give the state its full width, or what the names leave of it: a row without its name says nothing."""
        letter = self.fontMetrics().averageCharWidth()
        others = sum(self.header().sectionSize(column) for column in (_FIT, _DOWNLOAD, _WEIGHTS, _SCORE))
        free = self.viewport().width() - others - self.sizeHintForColumn(_NAME)
        least, most = (letters * letter + 4 * SPACE for letters in (_LEAST_STATE_LETTERS, _STATE_LETTERS))
        self.header().resizeSection(_STATE, max(least, min(most, free)))
