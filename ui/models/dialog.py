"""The Models dialog: this computer, the models with their fit at a context, and what can be done with each."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.model_rows import Act, MachineFact, ModelRow
from ui.models.detail import ModelDetail
from ui.models.machine_card import MachineCard
from ui.models.table import ModelTable
from ui.models.wishes import AddFile, AddFolder, ChooseContext, DoWithModel
from ui.parts.fields import Choice
from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_DETAIL_LETTERS = 48
_FIRST_SIZE_LETTERS = (162, 100)  # wide, high; in widths of the interface's letters
_ON_ENTER = (Act.LOAD, Act.DOWNLOAD, Act.RESUME)


class ModelsDialog(QDialog):
    """Shows what it is given. It can stay open while the person works in the window.

    Attributes: table, detail (inside side), machine, context: its parts; add_button, close_button.
    Signals: wished(Wish), see ui/models/wishes.py.
    """

    wished = Signal(object)

    def __init__(
        self, contexts: Sequence[str], badge: str, icons: Icons, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self._contexts = tuple(contexts)
        self._rows: dict[str, ModelRow] = {}
        self.machine = MachineCard(icons, theme)
        self.context = Choice(self._contexts, "Context")
        self.context.chosen.connect(self._on_context_chosen)
        self.context_note = PlainLabel(tone="muted", wraps=True)
        self.table = ModelTable(icons, theme)
        self.table.chosen.connect(self._on_chosen)
        self.table.activated_row.connect(self._on_activated)
        self.detail = ModelDetail(icons, theme)
        self.detail.wished.connect(self.wished)
        self.add_button = QPushButton("Add a model…")
        self.add_button.setAutoDefault(False)
        self.add_button.setMenu(self._make_add_menu())
        self.close_button = QPushButton("Close")
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.accept)
        self.side = QScrollArea(widgetResizable=True)
        self._lay_out(badge)
        self.table.setFocus()
        room, letter = self.screen().availableSize(), self.fontMetrics().averageCharWidth()
        wide, high = (letters * letter for letters in _FIRST_SIZE_LETTERS)
        self.resize(min(wide, room.width()), min(high, room.height()))

    def show_machine(self, facts: tuple[MachineFact, ...]) -> None:
        """Show the facts about this computer."""
        self.machine.show_facts(facts)

    def show_context(self, index: int, note: str) -> None:
        """Show the chosen context and a note on it; `index` is -1 if it is none of the choices."""
        if index >= 0:
            self.context.choose(index)
        self.context_note.setText(note)
        self.context_note.setVisible(bool(note))

    def show_rows(self, rows: Sequence[ModelRow], context_words: str) -> None:
        """Show the models. The cursor stays; at first it is on the recommended model, else on the first."""
        self._rows = {row.key: row for row in rows}
        self.table.show_rows(rows, context_words)
        if self.table.current_key not in self._rows:
            first = next((row for row in rows if row.is_recommended), rows[0])
            self.table.choose(first.key)
        else:
            self.detail.show_row(self._rows[self.table.current_key])

    def choose(self, key: str) -> None:
        """Put the cursor on a model."""
        self.table.choose(key)
        self.table.setFocus()

    def set_theme(self, theme: Theme) -> None:
        for part in (self.machine, self.table, self.detail):
            part.set_theme(theme)

    def _lay_out(self, badge: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * SPACE, 4 * SPACE, 5 * SPACE, 4 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(self.machine)
        head = QHBoxLayout()
        head.setSpacing(3 * SPACE)
        head.addWidget(PlainLabel("Tokens of context"))
        head.addWidget(self.context, 1)
        layout.addLayout(head)
        layout.addWidget(self.context_note)
        middle = QHBoxLayout()
        middle.setSpacing(3 * SPACE)
        middle.addWidget(_carded(self.table), 1)
        self.side.setWidget(self.detail)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.side.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.side.setAccessibleName("The chosen model")
        card = _carded(self.side)
        card.setFixedWidth(self.fontMetrics().averageCharWidth() * _DETAIL_LETTERS)
        middle.addWidget(card)
        layout.addLayout(middle, 1)
        foot = QHBoxLayout()
        foot.setSpacing(3 * SPACE)
        foot.addWidget(self.add_button)
        foot.addWidget(PlainLabel(badge, tone="faint"), 1)
        foot.addWidget(self.close_button)
        layout.addLayout(foot)

    def _on_chosen(self, key: str) -> None:
        self.detail.show_row(self._rows[key])

    def _on_activated(self, key: str) -> None:
        act = next((act for act in _ON_ENTER if act in self._rows[key].acts), None)
        if act is not None:
            self.wished.emit(DoWithModel(key, act))

    def _on_context_chosen(self, index: int) -> None:
        self.wished.emit(ChooseContext(index))

    def _make_add_menu(self) -> QMenu:
        menu = QMenu(self)
        for words, wish in (("From a &folder…", AddFolder()), ("From a &GGUF file…", AddFile())):
            menu.addAction(words).triggered.connect(partial(self._on_add_chosen, wish))
        return menu

    def _on_add_chosen(self, wish: AddFolder | AddFile, _checked: bool = False) -> None:
        self.wished.emit(wish)


def _carded(inner: QWidget) -> QFrame:
    """A widget in a frame with round corners, with a margin so that it does not cover the frame."""
    card = QFrame()
    card.setProperty("surface", "card")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
    layout.addWidget(inner)
    return card
