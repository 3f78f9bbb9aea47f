"""The real chat pane on screen, and what it was asked for."""

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.chat.stage import ICONS, MODEL
from ui.chat.pane import ChatPane
from ui.chat.wishes import CountDraft, Wish
from ui.theme.theme import Theme


@pytest.fixture
def pane(qtbot: QtBot, theme: Theme) -> ChatPane:
    pane = ChatPane(ICONS, theme)
    qtbot.addWidget(pane)
    pane.resize(440, 600)
    pane.set_model(MODEL)
    with qtbot.waitExposed(pane):
        pane.show()
    return pane


@pytest.fixture
def wishes(pane: ChatPane) -> list[Wish]:
    """Every wish of the pane, in order, but for CountDraft, which comes by itself while there is text to count."""
    told: list[Wish] = []

    def keep(wish: Wish) -> None:
        if not isinstance(wish, CountDraft):
            told.append(wish)

    pane.wished.connect(keep)
    return told
