"""The page of the first start: this computer, the recommended model, and the demonstration model."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.model_rows import MachineFact, Recommendation
from ui.models.machine_card import MachineCard
from ui.parts.centred_page import centre_column
from ui.parts.labels import PlainLabel, without_mnemonic
from ui.parts.look import set_look
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme
from ui.window.wishes import GetModel, UseStarter

_ICON_PX = 16
_WIDTH_LETTERS = 74


class FirstRun(QScrollArea):
    """Shows what it is given.

    Attributes: machine, advice: the two cards; get_button, demo_button, demo_note, models_button.
    Signals: wished(GetModel | UseStarter).
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons, self._theme = icons, theme
        self._key = ""
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("First start")
        self.machine = MachineCard(icons, theme)
        self._advice_heading = PlainLabel("To begin with", tone="heading")
        self.advice = _Advice(icons, theme)
        self.get_button = QPushButton("Get Code Llama…")
        self.get_button.setProperty("variant", "primary")
        self.get_button.clicked.connect(self._on_get_clicked)
        self.get_button.hide()  # until something is recommended
        self.demo_button = QPushButton("Start with the demonstration model")
        self.demo_button.clicked.connect(self._on_demo_clicked)
        self.demo_note = PlainLabel(tone="muted", wraps=True)
        self.models_button = QPushButton("All models…")
        self.setWidget(self._page())
        self.viewport().setAutoFillBackground(False)
        self.set_theme(theme)

    def show_machine(self, facts: tuple[MachineFact, ...]) -> None:
        """Show the facts about this computer."""
        self.machine.show_facts(facts)

    def show_recommendation(self, advised: Recommendation) -> None:
        """Show the recommended model, if it has a name. If there is none to get, the demonstration is primary."""
        self._key = advised.key
        for part in (self._advice_heading, self.advice):
            part.setVisible(bool(advised.name))
        self.advice.show_recommendation(advised)
        self.get_button.setVisible(bool(advised.key))
        self.get_button.setText(f" {without_mnemonic(advised.button)}")
        variant = "" if advised.key else "primary"
        set_look(self.demo_button, "variant", variant)

    def show_demonstration(self, words: str, *, is_there: bool) -> None:
        """Say what the demonstration model is; it can be chosen only where there is one."""
        self.demo_note.setText(words)
        self.demo_button.setVisible(is_there)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.machine.set_theme(theme)
        self.advice.set_theme(theme)
        self.get_button.setIcon(self._icons.icon("download", theme, theme.colours.on_accent))

    def _page(self) -> QWidget:
        column = QWidget()
        column.setMaximumWidth(self.fontMetrics().averageCharWidth() * _WIDTH_LETTERS)
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2 * SPACE)
        inner.addWidget(PlainLabel("Welcome to Lacuna", tone="title"))
        inner.addWidget(
            PlainLabel(
                "Code Llama runs on this computer: nothing that you write or open is sent anywhere. "
                "A connection is opened only to download a model, when you ask for it.",
                tone="muted",
                wraps=True,
            )
        )
        inner.addSpacing(2 * SPACE)
        inner.addWidget(PlainLabel("This computer", tone="heading"))
        inner.addWidget(self.machine)
        inner.addSpacing(2 * SPACE)
        inner.addWidget(self._advice_heading)
        inner.addWidget(self.advice)
        inner.addSpacing(SPACE)
        for button in (self.get_button, self.demo_button, self.models_button):
            inner.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addWidget(self.demo_note)
        return centre_column(QWidget(), column)

    def _on_get_clicked(self, _checked: bool = False) -> None:
        self.wished.emit(GetModel(self._key))

    def _on_demo_clicked(self, _checked: bool = False) -> None:
        self.wished.emit(UseStarter())


class _Advice(QFrame):
    """The recommended model: its name, sizes, the reason, and a warning."""

    def __init__(self, icons: Icons, theme: Theme) -> None:
        super().__init__()
        self._icons = icons
        self.setProperty("surface", "card")
        self.name = PlainLabel(tone="heading", wraps=True)
        self.size_words = PlainLabel(tone="muted", wraps=True)
        self.sentence = PlainLabel(wraps=True)
        self.mark = QLabel()
        self.warning = PlainLabel(wraps=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        layout.setSpacing(SPACE)
        for part in (self.name, self.size_words, self.sentence):
            layout.addWidget(part)
        line = QHBoxLayout()
        line.setSpacing(2 * SPACE)
        line.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.warning, 1)
        layout.addLayout(line)
        self.set_theme(theme)

    def show_recommendation(self, advised: Recommendation) -> None:
        self.name.setText(advised.name)
        self.size_words.setText(advised.size_words)
        self.size_words.setVisible(bool(advised.size_words))
        self.sentence.setText(advised.sentence)
        self.warning.setText(" ".join(advised.warnings))
        for part in (self.mark, self.warning):
            part.setVisible(bool(advised.warnings))
        self.setAccessibleName(f"To begin with: {advised.name}. {advised.sentence}")

    def set_theme(self, theme: Theme) -> None:
        self.mark.setPixmap(self._icons.icon("warning", theme, theme.colours.warn).pixmap(_ICON_PX, _ICON_PX))
