"""The menu of the model's name in the status bar: the models on disk, Unload, and the Models dialog."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from engine.model_rows import ModelRow, ModelState
from ui.parts.labels import plain_tooltip, without_mnemonic
from ui.window.actions import Actions
from ui.window.wishes import LoadModel


class Switcher(QMenu):
    """Rows that come while it is open are shown the next time, so that no entry moves under the pointer.

    Signals: wished(LoadModel). At `aboutToShow` (of QMenu) the rows should be brought up to date.
    """

    wished = Signal(object)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._rows: tuple[ModelRow, ...] = ()
        self._group = QActionGroup(self)
        self.setToolTipsVisible(True)
        self.setAccessibleName("Switch model")
        self._fill()

    def set_rows(self, rows: Sequence[ModelRow]) -> None:
        """The models to offer."""
        self._rows = tuple(row for row in rows if row.state.is_here)
        if not self.isVisible():
            self._fill()

    def popup_above(self, widget: QWidget) -> None:
        """Open above a widget, with the keyboard on the first entry."""
        self.popup(widget.mapToGlobal(QPoint(0, 0)))
        self.move(widget.mapToGlobal(QPoint(0, -self.sizeHint().height())))  # sized after aboutToShow refilled it
        self.setActiveAction(self.actions()[0])

    def _fill(self) -> None:
        self.clear()
        self._group.deleteLater()
        self._group = QActionGroup(self)
        for row in self._rows:
            self.addAction(self._entry(row, self._group))
        if self._rows:
            self.addSeparator()
        for action_id in ("model.unload", "model.models"):
            self.addAction(self._actions[action_id])

    def _entry(self, row: ModelRow, group: QActionGroup) -> QAction:
        words = f"{row.title} (loading)" if row.state is ModelState.LOADING else row.title
        entry = QAction(without_mnemonic(words), self)
        entry.setCheckable(True)
        entry.setChecked(row.state is ModelState.LOADED)
        entry.setEnabled(row.state is not ModelState.LOADING)
        entry.setToolTip(plain_tooltip("\n".join((row.fit_sentence, *row.warnings)).strip()))
        group.addAction(entry)
        if row.state is ModelState.ON_DISK:
            entry.triggered.connect(partial(self._on_entry_triggered, row.key))
        return entry

    def _on_entry_triggered(self, key: str, _checked: bool = False) -> None:
        self.wished.emit(LoadModel(key))
