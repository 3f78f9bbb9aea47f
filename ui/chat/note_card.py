"""The card under an answer that was stopped or failed: what happened, what it means, what to do."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.chat.wishes import Wish
from ui.chat.wording import Card, CardButton
from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_ICON_PX = 16


class NoteCard(QFrame):
    """One card.

    Attributes: buttons, by the wish that each one asks for.
    Signals: wished(Wish).
    """

    wished = Signal(object)

    def __init__(self, card: Card, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card = card
        self._icons = icons
        self.setProperty("surface", "card")
        self.setAccessibleName(f"{card.word}: {card.sentence} {card.next_step}".strip())
        self._mark = QLabel()
        self.buttons = {button.wish: self._button(button) for button in card.buttons}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(self._heading())
        layout.addWidget(PlainLabel(card.sentence, wraps=True))
        if card.next_step:
            layout.addWidget(PlainLabel(card.next_step, tone="muted", wraps=True))
        layout.addLayout(self._button_row())
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        colour = theme.colours.error if self.card.is_failure else theme.colours.muted
        icon = self._icons.icon("error" if self.card.is_failure else "stop", theme, colour)
        self._mark.setPixmap(icon.pixmap(_ICON_PX, _ICON_PX))

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addWidget(self._mark)
        row.addWidget(PlainLabel(self.card.word, tone="error" if self.card.is_failure else "muted"), 1)
        return row

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _button(self, button: CardButton) -> QPushButton:
        made = QPushButton(button.words)
        made.setAccessibleName(button.words)
        made.clicked.connect(partial(self._on_clicked, button.wish))
        return made

    def _on_clicked(self, wish: Wish, _checked: bool = False) -> None:
        self.wished.emit(wish)
