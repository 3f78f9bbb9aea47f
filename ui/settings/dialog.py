"""The settings dialog. Every change applies at once, and nothing invalid can be entered."""

from dataclasses import replace
from enum import IntEnum

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from engine.settings import FONT_SIZES_PT, FillOrder, Sampling, Settings, ThemeChoice
from ui.parts.fields import Choice, SamplingFields, add_rows, whole_number
from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE

_SMALLEST_PT, _LARGEST_PT = FONT_SIZES_PT.start, FONT_SIZES_PT.stop - 1
_THEMES = (ThemeChoice.SYSTEM, ThemeChoice.LIGHT, ThemeChoice.DARK)
_ORDERS = (FillOrder.AUTO, FillOrder.PSM, FillOrder.SPM)
_WIDTH_LETTERS = 94


class Page(IntEnum):
    """The pages, in the order of their tabs."""

    APPEARANCE = 0
    CHAT = 1
    FILL = 2


class SettingsDialog(QDialog):
    """Shows and edits Settings in three pages: appearance, chat, fill.

    Attributes: settings, the current ones.
    Signals: changed(Settings), at each change by the person.
    """

    changed = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.settings = settings
        self._make_fields()
        self.pages = QTabWidget(documentMode=True)
        self.pages.setAccessibleName("Pages of the settings")
        self.pages.addTab(self._appearance_page(), "Appearance")
        self.pages.addTab(self._chat_page(), "Chat")
        self.pages.addTab(self._fill_page(), "Fill")
        self.defaults_button = QPushButton("Restore defaults of this page")
        self.defaults_button.setAutoDefault(False)
        self.defaults_button.clicked.connect(self._on_defaults_clicked)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(self.defaults_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * SPACE, 4 * SPACE, 5 * SPACE, 5 * SPACE)
        layout.setSpacing(4 * SPACE)
        layout.addWidget(self.pages)
        layout.addLayout(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * _WIDTH_LETTERS)
        self.show_settings(settings)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings without a signal, after a change elsewhere such as in the View menu."""
        self.settings = settings
        self.theme.choose(_THEMES.index(settings.theme))
        self.send_key.choose(int(settings.send_with_ctrl_enter))
        blockers = [QSignalBlocker(field) for field in (self.text_size, self.code_size, self.system_prompt)]
        for field, points in ((self.text_size, settings.text_font_pt), (self.code_size, settings.code_font_pt)):
            if field.value() != points:  # else it may be the one that is typed into
                field.setValue(points)
        if self.system_prompt.toPlainText() != settings.system_prompt:
            self.system_prompt.setPlainText(settings.system_prompt)
        for blocker in blockers:
            blocker.unblock()
        self.fill_order.choose(_ORDERS.index(settings.fill_order))
        self.chat.show_sampling(settings.chat)
        self.fill.show_sampling(settings.fill)

    def _make_fields(self) -> None:
        self.theme = Choice(("As the desktop", "Light", "Dark"), "Theme")
        self.theme.chosen.connect(self._on_theme_chosen)
        self.text_size = whole_number(_SMALLEST_PT, _LARGEST_PT, 1, " pt", "Text size")
        self.text_size.valueChanged.connect(self._on_text_size_changed)
        self.code_size = whole_number(_SMALLEST_PT, _LARGEST_PT, 1, " pt", "Code size")
        self.code_size.valueChanged.connect(self._on_code_size_changed)
        self.send_key = Choice(("Enter", "Ctrl+Enter"), "Send with")
        self.send_key.chosen.connect(self._on_send_key_chosen)
        self.system_prompt = QPlainTextEdit(tabChangesFocus=True)
        self.system_prompt.setProperty("field", True)
        self.system_prompt.setAccessibleName("System prompt")
        self.system_prompt.setPlaceholderText("For example: Answer briefly. Code is Python 3.11.")
        self.system_prompt.textChanged.connect(self._on_system_prompt_changed)
        self.chat = SamplingFields("Chat")
        self.chat.changed.connect(self._on_chat_changed)
        self.fill_order = Choice(("Automatic", "PSM", "SPM"), "Prompt")
        self.fill_order.chosen.connect(self._on_fill_order_chosen)
        self.fill = SamplingFields("Fill")
        self.fill.changed.connect(self._on_fill_changed)

    def _appearance_page(self) -> QWidget:
        page, layout = _page()
        rows = QWidget()
        add_rows(rows, ("Theme", self.theme), ("Text size", self.text_size), ("Code size", self.code_size))
        layout.addWidget(rows)
        layout.addStretch(1)
        return page

    def _chat_page(self) -> QWidget:
        page, layout = _page()
        rows = QWidget()
        add_rows(rows, ("Send with", self.send_key))
        layout.addWidget(rows)
        layout.addSpacing(2 * SPACE)
        layout.addWidget(PlainLabel("System prompt", tone="heading"))
        layout.addWidget(PlainLabel("Stands before every conversation and takes room in the context.", tone="muted"))
        layout.addWidget(self.system_prompt)
        layout.addSpacing(2 * SPACE)
        layout.addWidget(PlainLabel("How answers are drawn", tone="heading"))
        layout.addWidget(self.chat)
        layout.addStretch(1)
        return page

    def _fill_page(self) -> QWidget:
        page, layout = _page()
        rows = QWidget()
        add_rows(rows, ("Prompt", self.fill_order))
        layout.addWidget(rows)
        layout.addWidget(
            PlainLabel(
                "PSM shows the model what stands before the gap first, SPM what stands behind it. "
                "Automatic is PSM inside a word and elsewhere what the model does better.",
                tone="muted",
                wraps=True,
            )
        )
        layout.addSpacing(2 * SPACE)
        layout.addWidget(PlainLabel("How fills are drawn", tone="heading"))
        layout.addWidget(self.fill)
        layout.addStretch(1)
        return page

    def _set(self, settings: Settings) -> None:
        self.settings = settings
        self.changed.emit(settings)

    def _on_theme_chosen(self, index: int) -> None:
        self._set(replace(self.settings, theme=_THEMES[index]))

    def _on_text_size_changed(self, points: int) -> None:
        self._set(replace(self.settings, text_font_pt=points))

    def _on_code_size_changed(self, points: int) -> None:
        self._set(replace(self.settings, code_font_pt=points))

    def _on_send_key_chosen(self, index: int) -> None:
        self._set(replace(self.settings, send_with_ctrl_enter=bool(index)))

    def _on_fill_order_chosen(self, index: int) -> None:
        self._set(replace(self.settings, fill_order=_ORDERS[index]))

    def _on_system_prompt_changed(self) -> None:
        self._set(replace(self.settings, system_prompt=self.system_prompt.toPlainText()))

    def _on_chat_changed(self, sampling: Sampling) -> None:
        self._set(replace(self.settings, chat=sampling))

    def _on_fill_changed(self, sampling: Sampling) -> None:
        self._set(replace(self.settings, fill=sampling))

    def _on_defaults_clicked(self) -> None:
        fresh = with_defaults(self.settings, Page(self.pages.currentIndex()))
        self.show_settings(fresh)
        self.changed.emit(fresh)


def with_defaults(settings: Settings, page: Page) -> Settings:
    """What one page shows as it was at first. The system prompt stays: it is the person's own text."""
    fresh = Settings()
    match page:
        case Page.APPEARANCE:
            return zoomed(replace(settings, theme=fresh.theme), 0)
        case Page.CHAT:
            return replace(settings, send_with_ctrl_enter=fresh.send_with_ctrl_enter, chat=fresh.chat)
        case Page.FILL:
            return replace(settings, fill_order=fresh.fill_order, fill=fresh.fill)


def zoomed(settings: Settings, step_pt: int) -> Settings:
    """Change both font sizes by `step_pt`, within the dialog's limits; 0 restores the default sizes."""
    if step_pt == 0:
        return replace(settings, text_font_pt=Settings().text_font_pt, code_font_pt=Settings().code_font_pt)
    return replace(
        settings,
        text_font_pt=_within(settings.text_font_pt + step_pt),
        code_font_pt=_within(settings.code_font_pt + step_pt),
    )


def _within(points: int) -> int:
    return min(max(points, _SMALLEST_PT), _LARGEST_PT)


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 4 * SPACE, 0, 0)
    layout.setSpacing(2 * SPACE)
    layout.setAlignment(Qt.AlignmentFlag.AlignTop)
    return page, layout
