"""The status bar: model and device, used context, speed, running work, how the file is stored, and the cursor."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStatusBar,
    QToolButton,
    QWidget,
)

from engine.messages.machine import ModelInfo
from engine.shown import count, device_words, size
from ui.parts.labels import ElidedLabel, PlainLabel, plain_tooltip, without_mnemonic
from ui.parts.look import set_look
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_NEARLY_FULL, _FULL = 0.85, 1.0
_BAR_LETTERS = 9
# The least widths of the window, in letters, at which these parts show.
_BARS_FROM_LETTERS, _RATE_FROM_LETTERS, _CURSOR_FROM_LETTERS = 135, 105, 85


class StatusBar(QStatusBar):
    """Shows what it is given. Parts without a value are hidden.

    Attributes: model, context, rate, stage, stage_bar, stop (the button), file_form, cursor_place: its parts.
    """

    def __init__(self, icons: Icons, model_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self.setSizeGripEnabled(False)
        self.setAccessibleName("Status")
        self.model = _ModelButton(model_menu)
        self.context = _ContextMeter()
        self.rate = PlainLabel(tone="muted")
        self.stage = ElidedLabel(tone="muted")
        self.stage.setAccessibleName("What is running")
        self.stage_bar = _bar("Progress", self.fontMetrics().averageCharWidth() * _BAR_LETTERS)
        self.stop = QPushButton("Stop")
        self.stop.setProperty("variant", "quiet")
        self.stop.setProperty("dense", True)
        self.file_form = PlainLabel(tone="muted")
        self.file_form.setToolTip("Encoding and line ends. File > Open again in… decodes the file in another encoding.")
        self.cursor_place = PlainLabel(tone="muted")
        self._is_staged = False
        self._shown: ModelInfo | None = None
        self._loading = self._device_note = self._machine = ""
        self.addWidget(self._line(), 1)
        self.set_model(None)
        self.set_context(0, 0)
        self.set_rate(0.0)
        self.set_stage("", None, False)
        self.set_file_form("")
        self.set_cursor(0, 0)

    def set_model(self, model: ModelInfo | None) -> None:
        """Show the name and device of the loaded model, or that there is none."""
        self._shown = model
        self._show_model()

    def set_loading(self, name: str) -> None:
        """Name the model that is being loaded; "" for none."""
        if name != self._loading:
            self._loading = name
            self._show_model()

    def set_device_note(self, words: str) -> None:
        """Say in few words why the model runs on the processor; "" if it does not."""
        if words != self._device_note:
            self._device_note = words
            self._show_model()

    def set_machine(self, words: str) -> None:
        """Set the facts about this computer for the tooltip, one a line."""
        if words != self._machine:
            self._machine = words
            self._show_model()

    def _show_model(self) -> None:
        model = self._shown
        if model is None:
            words = f"Loading {self._loading}" if self._loading else "No model loaded"
            self.model.set_words(words, f"Choose a model here or in the Models dialog.\n\n{self._machine}".strip())
            return
        facts = (
            f"{model.name}: {count(model.parameters)} parameters, {size(model.weights_bytes)} in 4 bits (NF4)",
            f"Runs on {model.device_name}. {model.device_reason}",
            f"Computes in {model.compute_dtype}, reads up to {model.context_tokens:,} tokens",
            *model.warnings,
            *(("", self._machine) if self._machine else ()),
        )
        device = ", ".join(filter(None, (device_words(model), self._device_note)))
        self.model.set_words(f"{model.name} · NF4 · {device}", "\n".join(facts))

    def set_context(self, used: int, total: int) -> None:
        """Show how many tokens of the context are used; `total` 0 hides it."""
        self.context.set_tokens(used, total)

    def set_rate(self, tokens_per_s: float) -> None:
        """Show the speed of the current or last answer; 0 hides it."""
        figures = f"{tokens_per_s:.1f}" if tokens_per_s < 10 else f"{tokens_per_s:.0f}"
        self.rate.setText(f"{figures} tokens/s" if tokens_per_s > 0 else "")
        self._arrange()

    def set_stage(self, text: str, fraction: float | None, can_stop: bool) -> None:
        """Show what is running and its progress from 0 to 1, None if unknown. An empty text means that nothing runs."""
        self.stage.setText(text)
        self._is_staged = fraction is not None
        self.stage_bar.setValue(round(1000 * (fraction or 0.0)))
        self.stop.setVisible(can_stop)
        self._arrange()

    def set_file_form(self, words: str) -> None:
        """Show how the document in front is stored: encoding and line ends; "" hides it."""
        self.file_form.setText(words)
        self._arrange()

    def set_cursor(self, line: int, column: int) -> None:
        """Show the cursor's position in the code pane, from 1; line 0 hides it."""
        self.cursor_place.setText(f"Ln {line}, Col {column}" if line > 0 else "")
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        self.stop.setIcon(self._icons.icon("stop", theme, theme.colours.accent))
        self.model.setIcon(self._icons.icon("model", theme))

    def _line(self) -> QWidget:
        line = QWidget()
        layout = QHBoxLayout(line)
        layout.setContentsMargins(2 * SPACE, 0, 3 * SPACE, 0)
        layout.setSpacing(4 * SPACE)
        for part in (self.model, self.context, self.rate):
            layout.addWidget(part)
        layout.addStretch(1)
        # The stage grows to its full text and is the first to shrink if there is no room.
        layout.addWidget(self.stage, 100)
        self.stage.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for last_part in (self.stage_bar, self.stop, self.file_form, self.cursor_place):
            layout.addWidget(last_part)
        return line

    def _arrange(self) -> None:
        """Hide parts in a narrow window: first the bars, then the speed, then the cursor. The figures stay."""
        letters = self.width() / self.fontMetrics().averageCharWidth()
        self.context.bar.setVisible(letters >= _BARS_FROM_LETTERS)
        self.stage_bar.setVisible(self._is_staged and letters >= _BARS_FROM_LETTERS)
        self.rate.setVisible(bool(self.rate.text()) and letters >= _RATE_FROM_LETTERS)
        self.file_form.setVisible(bool(self.file_form.text()) and letters >= _CURSOR_FROM_LETTERS)
        self.cursor_place.setVisible(bool(self.cursor_place.text()) and letters >= _CURSOR_FROM_LETTERS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()


class _ModelButton(QToolButton):
    """The model's name as a button that opens a menu. It can shrink to the first letters."""

    _LEAST_LETTERS = 12

    def __init__(self, menu: QMenu) -> None:
        super().__init__()
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._words = ""

    def set_words(self, words: str, tooltip: str) -> None:
        self._words = words
        self.setAccessibleName(f"Model: {words}")
        self.setToolTip(plain_tooltip(tooltip))
        self.updateGeometry()
        self._elide()

    def _elide(self) -> None:
        room = self.width() - self._frame_px()
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        self.setText(f" {without_mnemonic(shown)}")

    def _frame_px(self) -> int:
        """The width of icon and padding beside the words."""
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._words) + self._frame_px() + 2 * SPACE
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        least = self.fontMetrics().averageCharWidth() * self._LEAST_LETTERS + self._frame_px()
        return QSize(min(least, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()


class _ContextMeter(QWidget):
    """The used tokens of the context, as figures and as a bar that warns when it is nearly full."""

    def __init__(self) -> None:
        super().__init__()
        self.figures = PlainLabel(tone="muted")
        self.bar = _bar("Context used", self.fontMetrics().averageCharWidth() * _BAR_LETTERS)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.figures)
        layout.addWidget(self.bar)

    def set_tokens(self, used: int, total: int) -> None:
        self.setVisible(total > 0)
        if total <= 0:
            return
        fraction = used / total
        level = "error" if fraction > _FULL else "warn" if fraction >= _NEARLY_FULL else ""
        ending = {"": "", "warn": ", nearly full", "error": ", too long"}[level]
        self.figures.setText(f"Context {count(used)} of {count(total)}{ending}")
        self.setToolTip(plain_tooltip(f"{used:,} of {total:,} tokens of the model's context are used."))
        self.bar.setValue(round(1000 * min(1.0, fraction)))
        set_look(self.bar, "level", level)


def _bar(name: str, width_px: int) -> QProgressBar:
    bar = QProgressBar(minimum=0, maximum=1000, textVisible=False)
    bar.setAccessibleName(name)
    bar.setFixedWidth(width_px)
    return bar
