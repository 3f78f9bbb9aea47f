"""All facts about the chosen model, and a button for each thing that can be done with it."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.model_plans import FitState
from engine.model_rows import Act, ModelRow
from ui.models.wishes import DoWithModel
from ui.parts.labels import PlainLabel, without_mnemonic
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_ICON_PX = 16
_PRIMARY = (Act.LOAD, Act.DOWNLOAD, Act.RESUME)
_FIT_MARKS = {
    FitState.FITS: ("check", "accent"),
    FitState.FITS_UP_TO: ("warning", "warn"),
    FitState.DOES_NOT_FIT: ("close", "error"),
}


class ModelDetail(QFrame):
    """One model at a time.

    Attributes: buttons, by Act, of the shown model.
    Signals: wished(DoWithModel).
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons, self._theme = icons, theme
        self._row: ModelRow | None = None
        self.setProperty("surface", "panel")
        self.setAccessibleName("The chosen model")
        self.buttons: dict[Act, QPushButton] = {}
        self.state = PlainLabel(tone="muted", wraps=True)
        self.bar = QProgressBar(minimum=0, maximum=1000, textVisible=False)
        self.bar.setAccessibleName("Progress of this model")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(5 * SPACE, 4 * SPACE, 5 * SPACE, 4 * SPACE)
        self._layout.setSpacing(2 * SPACE)
        self._body = QWidget()
        self._layout.addWidget(self._body)
        self._layout.addStretch(1)

    def show_row(self, row: ModelRow) -> None:
        """Show this model. If only its progress changed, the buttons stay, so that a press is not lost."""
        before, self._row = self._row, row
        if before is None or _without_progress(before) != _without_progress(row):
            self._rebuild(row)
        self.state.setText(row.state_words)
        self.state.setVisible(bool(row.state_words))
        self.bar.setVisible(row.fraction is not None)
        self.bar.setValue(round(1000 * (row.fraction or 0.0)))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        if self._row is not None:
            self._rebuild(self._row)
            self.show_row(self._row)

    def _rebuild(self, row: ModelRow) -> None:
        had_focus = next((act for act, button in self.buttons.items() if button.hasFocus()), None)
        self.state.setParent(self)
        self.bar.setParent(self)
        old, self._body = self._body, QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(PlainLabel(row.title, tone="heading", wraps=True))
        if row.is_recommended:
            column.addWidget(PlainLabel("Recommended for this computer", tone="note", wraps=True))
        if row.good_for:
            column.addWidget(PlainLabel(row.good_for, wraps=True))
        if row.fault:
            column.addLayout(self._marked("error", "error", row.fault))
        column.addWidget(self.state)
        column.addWidget(self.bar)
        if row.fit is not None:
            column.addLayout(self._marked(*_FIT_MARKS[row.fit], row.fit_sentence))
        for warning in row.warnings:
            column.addLayout(self._marked("warning", "warn", warning))
        column.addSpacing(SPACE)
        column.addLayout(self._buttons(row))
        column.addSpacing(SPACE)
        column.addLayout(_grid(row.facts))
        self._layout.replaceWidget(old, self._body)
        old.hide()
        old.deleteLater()
        self._body.show()
        if had_focus is not None and self.buttons:
            self.buttons.get(had_focus, next(iter(self.buttons.values()))).setFocus()

    def _marked(self, icon: str, colour_name: str, words: str) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(2 * SPACE)
        mark = QLabel()
        colour = getattr(self._theme.colours, colour_name)
        mark.setPixmap(self._icons.icon(icon, self._theme, colour).pixmap(_ICON_PX, _ICON_PX))
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(PlainLabel(words, wraps=True), 1)
        return line

    def _buttons(self, row: ModelRow) -> QGridLayout:
        """Primary buttons have longer words and a row of their own; the others stand two in a row."""
        grid = QGridLayout()
        grid.setSpacing(2 * SPACE)
        self.buttons = {}
        place = 0
        for act in row.acts:
            words = row.load_words if act is Act.LOAD else act.value
            button = QPushButton(without_mnemonic(words))
            button.setAccessibleName(f"{words} {row.title}")
            if act in _PRIMARY:
                button.setProperty("variant", "primary")
            if act is Act.REMOVE:
                button.setProperty("variant", "danger")
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._on_clicked, row.key, act))
            self.buttons[act] = button
            is_wide = act in _PRIMARY or len(row.acts) == 1
            grid.addWidget(button, place // 2, place % 2, 1, 2 if is_wide else 1)
            place += 2 if is_wide else 1
        return grid

    def _on_clicked(self, key: str, act: Act, _checked: bool = False) -> None:
        self.wished.emit(DoWithModel(key, act))


def _without_progress(row: ModelRow) -> tuple[object, ...]:
    return (
        row.key,
        row.title,
        row.is_recommended,
        row.good_for,
        row.fit,
        row.fit_sentence,
        row.warnings,
        row.fault,
        row.facts,
        row.acts,
        row.load_words,
    )


def _grid(facts: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(4 * SPACE)
    grid.setVerticalSpacing(SPACE)
    grid.setColumnStretch(1, 1)
    for place, (word, words) in enumerate(facts):
        grid.addWidget(PlainLabel(word, tone="muted"), place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(PlainLabel(words, wraps=True), place, 1)
    return grid
