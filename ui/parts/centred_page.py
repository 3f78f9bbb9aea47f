"""How the pages that stand where code will be are laid out: a column in the middle, a little above it."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.theme.theme import SPACE


def centre_column(page: QWidget, column: QWidget) -> QWidget:
    """Put `column` into `page`, with room on all sides, and return the page."""
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
