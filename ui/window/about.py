"""The About dialog: what the program is, its version, and the licences of its parts."""

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QGridLayout, QPushButton, QVBoxLayout, QWidget

from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE

_LICENCES = (
    ("Lacuna", "Apache License 2.0."),
    ("The starter model", "Apache License 2.0; SmolLM2-135M-Instruct by Hugging Face, with an adapter of ours."),
    ("Code Llama", "Not part of Lacuna. Its weights come from Meta under the Llama 2 Community License."),
    ("Qt and PySide6", "GNU LGPL 3."),
    ("Everything else", "THIRD_PARTY.md, which comes with the program, lists it."),
)


class About(QDialog):
    """Name, version and licences."""

    def __init__(self, version: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Lacuna")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 6 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(PlainLabel("Lacuna", tone="title"))
        layout.addWidget(PlainLabel(f"Version {version}  ·  Qt {qVersion()}", tone="muted"))
        layout.addSpacing(2 * SPACE)
        layout.addWidget(
            PlainLabel(
                "Talk with a code model on your own machine: chat, fill a selected gap, ask about a project. "
                "A lacuna is a gap in a text.",
                wraps=True,
            )
        )
        layout.addSpacing(2 * SPACE)
        grid = QGridLayout()
        grid.setHorizontalSpacing(6 * SPACE)
        grid.setVerticalSpacing(2 * SPACE)
        grid.setColumnStretch(1, 1)
        for row, (part, licence) in enumerate(_LICENCES):
            grid.addWidget(PlainLabel(part), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(PlainLabel(licence, tone="muted", wraps=True), row, 1)
        layout.addLayout(grid)
        layout.addSpacing(2 * SPACE)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
