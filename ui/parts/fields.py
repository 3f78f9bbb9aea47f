"""Form fields of the settings and defaults dialogs. They accept only values that the engine's settings allow."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from engine.settings import Sampling
from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE

_SEED_LIMIT = 2**63
# The length of Code Llama's training sequences (Rozière et al., "Code Llama", arXiv 2308.12950, section 2.4).
_LENGTH_LIMIT_TOKENS = 16384
_FIELD_LETTERS, _WORDS_LETTERS = 18, 16


class Choice(QWidget):
    """A few options side by side, of which one is chosen.

    Signals: chosen(index), by the person.
    """

    chosen = Signal(int)

    def __init__(self, words: tuple[str, ...], name: str) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for index, word in enumerate(words):
            button = QPushButton(word)
            button.setCheckable(True)
            button.setAutoDefault(False)  # so that Enter elsewhere in a dialog does not press it
            button.setProperty("variant", "choice")
            button.setAccessibleName(f"{name}: {word}")
            self._group.addButton(button, index)
            layout.addWidget(button)
        layout.addStretch(1)
        self._group.idClicked.connect(self.chosen)

    def choose(self, index: int) -> None:
        """Show this option as chosen, without a signal."""
        self._group.button(index).setChecked(True)


class SeedValidator(QValidator):
    """Accepts a number below 2**63, or nothing: a new seed for each answer."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        is_seed = not text or (text.isascii() and text.isdigit() and int(text) < _SEED_LIMIT)
        return (QValidator.State.Acceptable if is_seed else QValidator.State.Invalid, text, position)


class SamplingFields(QWidget):
    """The sampling settings of chat or of fills.

    Attributes: temperature, top_p, length, seed: the four fields.
    Signals: changed(Sampling), by the person.
    """

    changed = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._sampling = Sampling()
        self.temperature = _decimal(0.0, 5.0, 0.1, f"{name}: temperature")
        self.top_p = _decimal(0.01, 1.0, 0.05, f"{name}: top-p")
        self.length = whole_number(1, _LENGTH_LIMIT_TOKENS, 32, " tokens", f"{name}: longest answer")
        self.seed = QLineEdit(placeholderText="new each time")
        self.seed.setAccessibleName(f"{name}: seed")
        self.seed.setFixedWidth(self.seed.fontMetrics().averageCharWidth() * _FIELD_LETTERS)
        self.seed.setValidator(SeedValidator(self.seed))
        self.temperature.valueChanged.connect(self._on_temperature_changed)
        self.top_p.valueChanged.connect(self._on_top_p_changed)
        self.length.valueChanged.connect(self._on_length_changed)
        self.seed.textEdited.connect(self._on_seed_edited)
        add_rows(
            self,
            ("Temperature", _with_hint(self.temperature, "0 to 5; 0 always takes the likeliest token")),
            ("Top-p", _with_hint(self.top_p, "0.01 to 1; draws among the likeliest, up to this share")),
            ("Longest answer", _with_hint(self.length, f"1 to {_LENGTH_LIMIT_TOKENS}")),
            ("Seed", _with_hint(self.seed, "the same number gives the same answer")),
        )

    def show_sampling(self, sampling: Sampling) -> None:
        """Show these values, without a signal."""
        self._sampling = sampling
        blockers = [QSignalBlocker(field) for field in (self.temperature, self.top_p, self.length)]
        # A field that shows the value may be the one that is typed into: setting it would rewrite "0." to "0.00".
        for field, value in ((self.temperature, sampling.temperature), (self.top_p, sampling.top_p)):
            if field.value() != round(value, field.decimals()):
                field.setValue(value)
        if self.length.value() != sampling.max_tokens:
            self.length.setValue(sampling.max_tokens)
        for blocker in blockers:
            blocker.unblock()
        shown = "" if sampling.seed is None else str(sampling.seed)
        if self.seed.text() != shown:
            self.seed.setText(shown)

    def _set(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self.changed.emit(sampling)

    # Only the edited value is replaced. Another value may have more digits than its field shows, and keeps them.
    def _on_temperature_changed(self, value: float) -> None:
        self._set(replace(self._sampling, temperature=round(value, 2)))

    def _on_top_p_changed(self, value: float) -> None:
        self._set(replace(self._sampling, top_p=round(value, 2)))

    def _on_length_changed(self, value: int) -> None:
        self._set(replace(self._sampling, max_tokens=value))

    def _on_seed_edited(self, text: str) -> None:
        self._set(replace(self._sampling, seed=int(text) if text else None))


def add_rows(page: QWidget, *rows: tuple[str, QWidget]) -> None:
    """Lay out each field on a line with its label."""
    grid = QGridLayout(page)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(4 * SPACE)
    grid.setVerticalSpacing(2 * SPACE)
    for row, (words, field) in enumerate(rows):
        grid.addWidget(PlainLabel(words), row, 0)
        grid.addWidget(field, row, 1)
    grid.setColumnMinimumWidth(0, page.fontMetrics().averageCharWidth() * _WORDS_LETTERS)
    grid.setColumnStretch(1, 1)


def whole_number(least: int, most: int, step: int, suffix: str, name: str) -> QSpinBox:
    """A field for a whole number from `least` to `most`."""
    field = QSpinBox(minimum=least, maximum=most, singleStep=step, suffix=suffix)
    _prepare(field, name)
    return field


def _decimal(least: float, most: float, step: float, name: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox(minimum=least, maximum=most, singleStep=step, decimals=2)
    _prepare(field, name)
    return field


def _prepare(field: QAbstractSpinBox, name: str) -> None:
    # No small arrow buttons: typing, the arrow keys and the wheel do the same.
    field.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.setAccessibleName(name)
    field.setFixedWidth(field.fontMetrics().averageCharWidth() * _FIELD_LETTERS)


def _with_hint(field: QWidget, hint: str) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(3 * SPACE)
    layout.addWidget(field)
    layout.addWidget(PlainLabel(hint, tone="faint"), 1)
    return row
