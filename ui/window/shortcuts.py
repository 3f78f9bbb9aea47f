"""The dialog with all keyboard shortcuts, by menu."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE
from ui.window.action_table import ActionSpec, Menu
from ui.window.actions import Actions


class Shortcuts(QDialog):
    """Every action that has a key, in two columns. It is made when it opens, so that it shows the current keys."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self._actions = actions
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 3 * SPACE, 0)
        columns.setSpacing(10 * SPACE)
        menus = [menu for menu in Menu if self._with_keys(menu)]
        for part in (menus[:3], menus[3:]):
            columns.addWidget(self._column(part), 1, Qt.AlignmentFlag.AlignTop)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setAccessibleName("Keyboard shortcuts")
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        scroll.setMinimumWidth(page.sizeHint().width() + 5 * SPACE)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 6 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(4 * SPACE)
        layout.addWidget(scroll)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)
        # Tall enough for the whole list, if the screen is.
        self.resize(
            self.sizeHint().width(), min(page.sizeHint().height() + 28 * SPACE, self.screen().availableSize().height())
        )

    def _with_keys(self, menu: Menu) -> list[ActionSpec]:
        return [spec for spec in self._actions if spec.menu is menu and self._actions.keys_text(spec.id)]

    def _column(self, menus: list[Menu]) -> QWidget:
        column = QWidget()
        grid = QGridLayout(column)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(SPACE)
        grid.setHorizontalSpacing(6 * SPACE)
        for menu in menus:
            if grid.count():
                grid.setRowMinimumHeight(grid.rowCount(), 3 * SPACE)
            grid.addWidget(PlainLabel(menu.title, tone="heading"), grid.rowCount(), 0, 1, 2)
            for spec in self._with_keys(menu):
                row = grid.rowCount()
                grid.addWidget(PlainLabel(self._actions.title(spec.id).rstrip("…")), row, 0)
                keys = PlainLabel(self._actions.keys_text(spec.id), tone="key")
                grid.addWidget(keys, row, 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)
        return column
