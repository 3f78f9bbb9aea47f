"""What the chat pane shows before the first question: what the model can do, or how far its loading is."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.messages.jobs import Progress
from ui.chat.availability import Availability
from ui.chat.wishes import ChooseModel
from ui.parts.labels import PlainLabel
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_ICON_PX = 24


class HintPage(QWidget):
    """A picture, a title and a text; progress while a model loads; a button where another model would help.

    Attributes: title, text, progress, model_button: its parts.
    Signals: wished(ChooseModel).
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._picture = QLabel()
        self.title = PlainLabel(tone="heading", wraps=True)
        self.text = PlainLabel(tone="muted", wraps=True)
        self.progress = QProgressBar(textVisible=False)
        self.progress.setAccessibleName("Loading the model")
        self.model_button = QPushButton("Choose a model")
        self.model_button.clicked.connect(self._on_model_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 4 * SPACE, 6 * SPACE, 4 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addStretch(2)
        for part in (self._picture, self.title, self.text, self.progress):
            layout.addWidget(part)
        layout.addWidget(self.model_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(3)
        self.set_theme(theme)

    def show_availability(self, state: Availability, loading: Progress | None) -> None:
        """Show what the model can do, and how far a load is, if there is one."""
        self.title.setText(state.title)
        self.text.setText(state.text)
        self.model_button.setVisible(state.offers_models)
        self.progress.setVisible(loading is not None)
        if loading is not None:
            self.progress.setRange(0, loading.total)  # a range of 0 means an unknown length to Qt too
            self.progress.setValue(loading.done)

    def set_theme(self, theme: Theme) -> None:
        self._picture.setPixmap(self._icons.icon("chat", theme).pixmap(_ICON_PX, _ICON_PX))

    def _on_model_clicked(self, _checked: bool) -> None:
        self.wished.emit(ChooseModel())
