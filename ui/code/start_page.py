"""What the code pane shows while no file is open."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_ICON_PX = 32


class StartPage(QWidget):
    """Says what can be done here. Signals: open_pressed."""

    open_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QLabel()
        self.open_button = QPushButton("Open file…")
        self.open_button.clicked.connect(self.open_pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(6 * SPACE, 6 * SPACE, 6 * SPACE, 6 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addStretch(2)
        for part in (
            self._picture,
            PlainLabel("Open a file and fill a gap", tone="heading"),
            PlainLabel("Select the lines to replace, or put the cursor", tone="muted"),
            PlainLabel("where something is missing, and press Ctrl+I.", tone="muted"),
        ):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignCenter)
        column.addSpacing(2 * SPACE)
        column.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)

    def set_theme(self, theme: Theme, icons: Icons) -> None:
        self._picture.setPixmap(icons.icon("gap", theme, theme.colours.gap_edge).pixmap(_ICON_PX, _ICON_PX))
