"""The page of the window while no file is open: three ways to start, and what the loaded model can do."""

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.messages.machine import ModelInfo
from engine.shown import count, device_words, short_path
from engine.starter_words import starter_words
from ui.parts.centred_page import centre_column
from ui.parts.labels import ElidedLabel, PlainLabel, without_mnemonic
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme
from ui.window.actions import Actions
from ui.window.wishes import OpenPaths

_ICON_PX = 24
_WIDTH_LETTERS = 66
_RECENT_SHOWN, _RECENT_LETTERS = 3, 44
_STARTS = (
    ("chat.focus", "chat", "Ask something", "Chat with the model about code. Answers stream in as they are written."),
    ("file.open", "gap", "Open a file and fill a gap", "Select the lines to replace, then let the model fill them."),
    ("file.open_folder", "folder", "Drop a folder", "Drag a project in, or choose it here, and ask about it."),
)


class Welcome(QScrollArea):
    """Three starts, recent files and the model's state. A start triggers an action.

    Signals: wished(OpenPaths), for a recent file or folder.
    """

    wished = Signal(object)

    def __init__(self, actions: Actions, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions, self._icons = actions, icons
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Start")
        self.mark = _GapMark()
        self.starts = [
            _Start(icon, title, what, actions.keys_text(action_id), self) for action_id, icon, title, what in _STARTS
        ]
        for start, (action_id, *_) in zip(self.starts, _STARTS, strict=True):
            start.clicked.connect(partial(self._on_start_clicked, action_id))
        self.model_line = ElidedLabel(tone="muted")
        self.note = PlainLabel(tone="muted", wraps=True)
        self.get_models = QPushButton("Get Code Llama")
        self.get_models.clicked.connect(partial(self._on_start_clicked, "model.models"))
        self.recent = QWidget()
        self.recent.hide()
        below = QVBoxLayout(self.recent)
        below.setContentsMargins(0, 2 * SPACE, 0, 0)
        below.setSpacing(0)
        below.addWidget(PlainLabel("Opened before", tone="faint"))
        self._recent_rows = QVBoxLayout()
        below.addLayout(self._recent_rows)
        self.setWidget(self._page())
        self.viewport().setAutoFillBackground(False)
        self.set_model(None)

    def set_model(self, model: ModelInfo | None) -> None:
        """Name the loaded model, with a note if it is the starter."""
        if model is None:
            self.model_line.setText("No model is loaded yet.")
        else:
            self.model_line.setText(
                f"{model.name}  ·  {count(model.parameters)} parameters in 4 bits  ·  {device_words(model)}"
            )
        is_real = model is not None and not model.is_starter
        if model is not None and model.is_starter:
            self.note.setText(f"{starter_words(model.parameters)} For real answers, get Code Llama.")
        self.note.setVisible(model is not None and model.is_starter)
        self.get_models.setVisible(not is_real)

    def set_recent(self, paths: tuple[str, ...]) -> None:
        """Offer the last few files and folders, the latest first."""
        while (item := self._recent_rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        room = self.fontMetrics().averageCharWidth() * _RECENT_LETTERS
        for path in paths[:_RECENT_SHOWN]:
            shown = self.fontMetrics().elidedText(short_path(path), Qt.TextElideMode.ElideLeft, room)
            row = QPushButton(without_mnemonic(shown))
            row.setAccessibleName(f"Open {short_path(path)}")
            row.setProperty("variant", "link")
            row.clicked.connect(partial(self._on_recent_clicked, path))
            self._recent_rows.addWidget(row, 0, Qt.AlignmentFlag.AlignLeft)
        self.recent.setVisible(bool(paths))

    def set_theme(self, theme: Theme) -> None:
        self.mark.set_theme(theme)
        for start in self.starts:
            start.set_icons(self._icons, theme)
        self.get_models.setIcon(self._icons.icon("download", theme, theme.colours.text))

    def _page(self) -> QWidget:
        page = QWidget()
        column = QWidget()
        column.setMaximumWidth(self.fontMetrics().averageCharWidth() * _WIDTH_LETTERS)
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2 * SPACE)
        inner.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addSpacing(SPACE)
        inner.addWidget(PlainLabel("What is missing?", tone="title"))
        inner.addWidget(
            PlainLabel("Everything runs on this computer. Nothing is sent anywhere.", tone="muted", wraps=True)
        )
        inner.addSpacing(3 * SPACE)
        for start in self.starts:
            inner.addWidget(start)
        inner.addWidget(self.recent)
        inner.addSpacing(3 * SPACE)
        inner.addWidget(self.model_line)
        inner.addWidget(self.note)
        inner.addWidget(self.get_models, 0, Qt.AlignmentFlag.AlignLeft)
        return centre_column(page, column)

    def _on_recent_clicked(self, path: str, _checked: bool = False) -> None:
        self.wished.emit(OpenPaths((path,)))

    def _on_start_clicked(self, action_id: str, _checked: bool = False) -> None:
        self._actions.trigger(action_id)


class _Start(QPushButton):
    """One large button: icon, title, description and key."""

    def __init__(self, icon: str, title: str, what: str, keys: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("variant", "start")
        self.setAccessibleName(title)
        self.setAccessibleDescription(what)
        self._icon_name = icon
        self._picture = QLabel()
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        words.addWidget(PlainLabel(title, tone="heading"))
        words.addWidget(PlainLabel(what, tone="muted", wraps=True))
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        layout.setSpacing(4 * SPACE)
        layout.addWidget(self._picture)
        layout.addLayout(words, 1)
        layout.addWidget(PlainLabel(keys, tone="key"), 0, Qt.AlignmentFlag.AlignVCenter)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_icons(self, icons: Icons, theme: Theme) -> None:
        pixmap = icons.icon(self._icon_name, theme, theme.colours.accent).pixmap(_ICON_PX, _ICON_PX)
        self._picture.setPixmap(pixmap)

    def sizeHint(self) -> QSize:
        return self._row.totalSizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._row.totalMinimumSize()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._row.totalHeightForWidth(width)


class _GapMark(QWidget):
    """Lines of code with one missing: a lacuna."""

    _LINES = ((0, 58), (16, 74), (16, 52), (0, 34))  # left and length of each line, in units
    _GAP_LINE = 2
    _UNIT_HEIGHT = 12

    def __init__(self) -> None:
        super().__init__()
        self._theme: Theme | None = None
        self.setFixedSize(100, self._UNIT_HEIGHT * len(self._LINES))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._theme is None:
            return
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, (left, length) in enumerate(self._LINES):
            bar = QRectF(left + 1, row * self._UNIT_HEIGHT + 2, length, self._UNIT_HEIGHT - 5)
            if row == self._GAP_LINE:
                painter.setPen(QPen(QColor(colours.gap_edge), 1.5, Qt.PenStyle.DashLine))
                painter.setBrush(QColor(colours.gap))
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colours.line))
            painter.drawRoundedRect(bar, 3, 3)
