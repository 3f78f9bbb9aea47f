"""How to get the real models: sizes, memory, licence, download or command. The dialog opens no connection."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme
from ui.window.labels import PlainLabel
from ui.window.model_offers import LICENCE, ModelOffer

_HEADS = ("Model", "Download", "In 4 bits", "Graphics card", "Context", "Fills gaps")


class GetModels(QDialog):
    """Lets the person choose a size, accept the licence, and download; or copy a command and open the folder.

    Signals: download_pressed(repo id), open_folder_pressed.
    """

    download_pressed = Signal(str)
    open_folder_pressed = Signal()

    def __init__(self, offers: Sequence[ModelOffer], icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Get Code Llama")
        self._offers = tuple(offers)
        self._choices = QButtonGroup(self)
        self.command = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        self.command.setProperty("field", True)
        self.command.setAccessibleName("Command that downloads the model")
        self.command.setFont(theme.code_font())
        self.command.setFixedHeight(self.command.fontMetrics().lineSpacing() * 3 + 6 * SPACE)
        self.accepted_box = QCheckBox(f"I have read and accept the {LICENCE} and its use policy")
        self.download_button = QPushButton("Download")
        self.download_button.setProperty("variant", "primary")
        self.download_button.setIcon(icons.icon("download", theme, theme.colours.on_accent))
        self.download_button.setEnabled(False)
        self.accepted_box.toggled.connect(self.download_button.setEnabled)
        self.download_button.clicked.connect(self._on_download_clicked)
        self.copy_button = QPushButton("Copy command")
        self.copy_button.setIcon(icons.icon("copy", theme, theme.colours.text))
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.open_button = QPushButton("Open model folder…")
        self.open_button.clicked.connect(self._on_open_clicked)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.reject)
        self._build()
        self._choices.idClicked.connect(self._on_choice_clicked)
        self._choices.button(0).setChecked(True)
        self._on_choice_clicked(0)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 6 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(PlainLabel("Code Llama - Instruct, by Meta", tone="heading"))
        layout.addWidget(
            PlainLabel(
                f"Free to use under the {LICENCE}, which comes with the model: read it before you download. "
                "Lacuna loads the folder as it is and makes 4 bits of it on your machine.",
                tone="muted",
                wraps=True,
            )
        )
        layout.addWidget(self._table())
        layout.addWidget(
            PlainLabel(
                "The graphics card is the smallest usual one that also holds the whole context; with a shorter one, "
                "7B runs on 8 GB. Without a graphics card, 7B writes about 10 tokens a second on processors with "
                "AVX-512 BF16, and less than one on others.",
                tone="faint",
                wraps=True,
            )
        )
        layout.addSpacing(SPACE)
        layout.addWidget(self.accepted_box)
        layout.addWidget(self.download_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addSpacing(2 * SPACE)
        layout.addWidget(PlainLabel("Or fetch it with this command in a terminal and open the folder", tone="heading"))
        layout.addWidget(self.command)
        buttons = QHBoxLayout()
        for button in (self.copy_button, self.open_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout.addLayout(buttons)

    def _table(self) -> QFrame:
        card = QFrame()
        card.setProperty("surface", "card")
        grid = QGridLayout(card)
        grid.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        grid.setHorizontalSpacing(6 * SPACE)
        for column, head in enumerate(_HEADS):
            grid.addWidget(PlainLabel(head, tone="faint"), 0, column)
        for row, offer in enumerate(self._offers):
            choice = QRadioButton(offer.size)
            choice.setAccessibleName(f"Code Llama Instruct {offer.size}")
            self._choices.addButton(choice, row)
            grid.addWidget(choice, row + 1, 0)
            figures = (f"{offer.download_gb:g} GB", f"{offer.weights_gb:g} GB", f"{offer.card_gb} GB", offer.context)
            for column, words in enumerate((*figures, offer.fills_gaps), start=1):
                grid.addWidget(PlainLabel(words), row + 1, column)
        grid.setColumnStretch(len(_HEADS) - 1, 1)
        return card

    def _on_choice_clicked(self, row: int) -> None:
        self.command.setPlainText(self._offers[row].command)

    def _on_download_clicked(self) -> None:
        self.accept()
        self.download_pressed.emit(self._offers[self._choices.checkedId()].repo_id)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.command.toPlainText())
        self.copy_button.setText("Copied")

    def _on_open_clicked(self) -> None:
        self.accept()
        self.open_folder_pressed.emit()
