"""The facts about this computer, each with an icon, a word and a sentence."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from engine.model_rows import FactMark, MachineFact
from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_ICON_PX = 16


class MachineCard(QFrame):
    """Shows the facts it is given. Attributes: facts; words, all of its text."""

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons, self._theme = icons, theme
        self.facts: tuple[MachineFact, ...] = ()
        self.setProperty("surface", "card")
        self.setAccessibleName("This computer")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE)
        self._grid.setColumnStretch(2, 1)

    @property
    def words(self) -> str:
        """Its whole text, a line for each fact."""
        return "\n".join(f"{fact.word}: {fact.sentence}" for fact in self.facts)

    def show_facts(self, facts: tuple[MachineFact, ...]) -> None:
        """Show these facts in place of the current ones."""
        if facts == self.facts:
            return
        self.facts = facts
        self._fill()
        self.setAccessibleDescription(self.words)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fill()

    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        top = Qt.AlignmentFlag.AlignTop
        for row, fact in enumerate(self.facts):
            self._grid.addWidget(self._icon_of(fact.mark), row, 0, top)
            self._grid.addWidget(PlainLabel(fact.word, tone="muted"), row, 1, top)
            self._grid.addWidget(PlainLabel(fact.sentence, wraps=True), row, 2)
        self.updateGeometry()

    def _icon_of(self, mark: FactMark) -> QLabel:
        colours = self._theme.colours
        colour = {FactMark.FINE: colours.accent, FactMark.PLAIN: colours.link, FactMark.WARN: colours.warn}[mark]
        label = QLabel()
        label.setPixmap(self._icons.icon(mark.value, self._theme, colour).pixmap(_ICON_PX, _ICON_PX))
        return label
