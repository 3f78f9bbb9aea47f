"""A model's terms, which must be accepted before its download. Links open in the browser, and only when clicked."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.model_plans import Licence
from ui.parts.labels import PlainLabel, without_mnemonic
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme


class LicenceDialog(QDialog):
    """Shows a licence. The download can start only after the licence was accepted.

    Attributes: box, start_button: what to press.
    Signals: link_pressed(address); `accepted` (of QDialog), when the download may start.
    """

    link_pressed = Signal(str)

    def __init__(
        self, name: str, licence: Licence, what: str, icons: Icons, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Download {name}")
        self._icons = icons
        self.box = QCheckBox(f"I have read and accept the {licence.name}" + _policy_words(licence))
        self.start_button = QPushButton(" Accept and download")
        self.start_button.setProperty("variant", "primary")
        self.start_button.setEnabled(False)
        self.box.toggled.connect(self.start_button.setEnabled)
        self.start_button.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 5 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(PlainLabel(licence.name, tone="heading", wraps=True))
        layout.addWidget(PlainLabel(what, wraps=True))
        layout.addWidget(PlainLabel("In short, in our own words; the text itself counts:", tone="muted", wraps=True))
        for sentence in licence.summary:
            layout.addWidget(PlainLabel(f"·  {sentence}", wraps=True))
        for words, address in (("Read the licence", licence.address), ("Read the use policy", licence.policy_address)):
            if address:
                layout.addWidget(self._link(f"{words}: {address}", address))
        if licence.attribution:
            layout.addWidget(PlainLabel(f"{licence.attribution} {licence.badge}.", tone="faint", wraps=True))
        layout.addSpacing(2 * SPACE)
        layout.addWidget(self.box)
        layout.addSpacing(SPACE)
        layout.addLayout(self._buttons())
        self.set_theme(theme)
        self.box.setFocus()

    def set_theme(self, theme: Theme) -> None:
        self.start_button.setIcon(self._icons.icon("download", theme, theme.colours.on_accent))

    def _link(self, words: str, address: str) -> QPushButton:
        link = QPushButton(without_mnemonic(words))
        link.setProperty("variant", "link")
        link.setAutoDefault(False)
        link.clicked.connect(partial(self._on_link_clicked, address))
        return link

    def _buttons(self) -> QHBoxLayout:
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.start_button)
        return row

    def _on_link_clicked(self, address: str, _checked: bool = False) -> None:
        self.link_pressed.emit(address)


def _policy_words(licence: Licence) -> str:
    return " and its use policy" if licence.policy_address else ""
