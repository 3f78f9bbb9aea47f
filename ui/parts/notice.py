"""Notices inside the window: what happened, and up to two buttons. A notice stays until it is dismissed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from engine.errors import ErrorReport
from ui.parts.labels import PlainLabel, without_mnemonic
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_SHOWN_LIMIT = 3
_ICON_PX = 16


class Level(Enum):
    """How serious a notice is. The value is its icon; its word stands beside it."""

    INFO = "info"
    WARN = "warning"
    ERROR = "error"

    @property
    def word(self) -> str:
        return {Level.INFO: "Note", Level.WARN: "Warning", Level.ERROR: "Error"}[self]

    @property
    def tone(self) -> str:
        return {Level.INFO: "note", Level.WARN: "warn", Level.ERROR: "error"}[self]


@dataclass(frozen=True, slots=True)
class NoticeButton:
    """A button. When it is pressed, the notice goes away, and then `does` is called if there is one."""

    text: str
    does: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. A later one with the same `id` replaces it. All texts are plain text."""

    id: str
    level: Level
    sentence: str
    next_step: str = ""
    buttons: tuple[NoticeButton, ...] = ()


def notice_of(error: ErrorReport, *buttons: NoticeButton) -> Notice:
    """An error as a notice. A later error of the same code replaces it."""
    return Notice(error.code.value, Level.ERROR, error.sentence, error.next_step, buttons)


class Notices(QWidget):
    """The stack of notices above the panes, the latest on top. Only the latest are shown, until they are dismissed."""

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._theme = theme
        self._cards: dict[str, NoticeCard] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        self._layout.setSpacing(SPACE)
        self.hide()

    def __len__(self) -> int:
        return len(self._cards)

    def card(self, notice_id: str) -> "NoticeCard | None":
        return self._cards.get(notice_id)

    def show_notice(self, notice: Notice) -> None:
        """Put a notice on top and tell a screen reader."""
        self.dismiss(notice.id)
        card = NoticeCard(notice, self)
        card.set_icons(self._icons, self._theme)
        card.button_pressed.connect(self._on_button_pressed)
        card.close_pressed.connect(self.dismiss)
        self._cards[notice.id] = card
        self._layout.insertWidget(0, card)
        self._show_latest()
        QAccessible.updateAccessibility(QAccessibleEvent(card, QAccessible.Event.Alert))

    def show_error(self, error: ErrorReport, *buttons: NoticeButton) -> None:
        """Say that something failed; errors of one code replace each other."""
        self.show_notice(notice_of(error, *buttons))

    def dismiss(self, notice_id: str) -> None:
        """Remove a notice, for example because its problem is solved. Unknown ids are ignored."""
        card = self._cards.pop(notice_id, None)
        if card is not None:
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
            self._show_latest()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for card in self._cards.values():
            card.set_icons(self._icons, theme)

    def _show_latest(self) -> None:
        for age, card in enumerate(reversed(self._cards.values())):
            card.setVisible(age < _SHOWN_LIMIT)
        self.setVisible(bool(self._cards))

    def _on_button_pressed(self, notice_id: str, button: NoticeButton) -> None:
        self.dismiss(notice_id)
        if button.does is not None:
            button.does()


class NoticeCard(QFrame):
    """One notice on screen.

    Signals: button_pressed(notice_id, NoticeButton), close_pressed(notice_id).
    """

    button_pressed = Signal(str, object)
    close_pressed = Signal(str)

    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setProperty("surface", "card")
        self.setAccessibleName(f"{notice.level.word}: {notice.sentence} {notice.next_step}".strip())
        self._mark = QLabel()
        self.close_button = QToolButton()
        self.close_button.setAccessibleName("Dismiss this notice")
        self.close_button.setToolTip("Dismiss")
        self.close_button.clicked.connect(self._on_close_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(self._mark)
        layout.addWidget(self._word())
        layout.addLayout(self._words(), 1)
        self.buttons = [self._button(button) for button in notice.buttons]
        for button in (*self.buttons, self.close_button):
            layout.addWidget(button)

    def set_icons(self, icons: Icons, theme: Theme) -> None:
        colours = theme.colours
        colour = {Level.INFO: colours.link, Level.WARN: colours.warn, Level.ERROR: colours.error}[self.notice.level]
        self._mark.setPixmap(icons.icon(self.notice.level.value, theme, colour).pixmap(_ICON_PX, _ICON_PX))
        self.close_button.setIcon(icons.icon("close", theme))

    def _word(self) -> PlainLabel:
        """The level's word. All have the width of the widest, so that the sentences of several notices are aligned."""
        word = PlainLabel(self.notice.level.word, tone=self.notice.level.tone)
        widest = max(word.fontMetrics().horizontalAdvance(level.word) for level in Level)
        word.setMinimumWidth(widest + 2 * SPACE)
        return word

    def _words(self) -> QVBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        words.addWidget(PlainLabel(self.notice.sentence, wraps=True))
        if self.notice.next_step:
            words.addWidget(PlainLabel(self.notice.next_step, tone="muted", wraps=True))
        return words

    def _button(self, button: NoticeButton) -> QPushButton:
        made = QPushButton(without_mnemonic(button.text))
        made.clicked.connect(partial(self._on_button_clicked, button))
        return made

    def _on_close_clicked(self, _checked: bool) -> None:
        self.close_pressed.emit(self.notice.id)

    def _on_button_clicked(self, button: NoticeButton, _checked: bool = False) -> None:
        self.button_pressed.emit(self.notice.id, button)
