"""The layout of the start pages: a column in the middle, slightly above the centre."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.theme.theme import SPACE


def centre_column(page: QWidget, column: QWidget) -> QWidget:
    """Put `column` into `page` with space on all sides, and return the page."""
    outer = QVBoxLayout(page)
    outer.setContentsMargins(6 * SPACE, 6 * SPACE, 6 * SPACE, 6 * SPACE)
    outer.addStretch(2)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(column, 100)
    row.addStretch(1)
    outer.addLayout(row)
    outer.addStretch(3)
    return page
