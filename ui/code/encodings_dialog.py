"""In which encoding a file is to be opened again: each with what the file's first foreign letters look like in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE

_CODEC_ROLE = Qt.ItemDataRole.UserRole
_WIDTH_LETTERS, _ROWS = 100, 20


@dataclass(frozen=True, slots=True)
class EncodingRow:
    """A codec, its name for the person, and the file's text in it, "" where it can't be read so."""

    codec: str
    name: str
    sample: str


class EncodingsDialog(QDialog):
    """Lists encodings, filtered by what is typed; a double click or Enter chooses.

    Signals: chosen(codec).
    """

    chosen = Signal(str)

    def __init__(self, file_name: str, rows: Sequence[EncodingRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open again in another encoding")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = QLineEdit(placeholderText="Language or encoding", clearButtonEnabled=True)
        self.field.setAccessibleName("Search encodings")
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setAccessibleName("Encodings")
        self.list.setHeaderLabels(["Encoding", "The file reads"])
        for row in rows:
            item = QTreeWidgetItem([row.name, row.sample or "(can't be read in it)"])
            item.setData(0, _CODEC_ROLE, row.codec)
            item.setDisabled(not row.sample)
            self.list.addTopLevelItem(item)
        self.list.resizeColumnToContents(0)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 6 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(PlainLabel(f"Choose the line in which {file_name} reads right. What you typed is kept."))
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.buttons)
        self.resize(
            self.fontMetrics().averageCharWidth() * _WIDTH_LETTERS, self.fontMetrics().lineSpacing() * _ROWS * 3 // 2
        )
        self.field.textChanged.connect(self._on_field_text_changed)
        self.list.itemActivated.connect(self._on_item_activated)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)
        self._on_field_text_changed("")

    def _on_field_text_changed(self, text: str) -> None:
        """Hide what does not hold the words, and put the first row that can be chosen in front."""
        words = text.casefold().split()
        first: QTreeWidgetItem | None = None
        for index in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(index)
            is_found = item is not None and all(word in item.text(0).casefold() for word in words)
            if item is not None:
                item.setHidden(not is_found)
                first = first or (item if is_found and not item.isDisabled() else None)
        if first is not None:
            self.list.setCurrentItem(first)

    def _on_item_activated(self, item: QTreeWidgetItem) -> None:
        if not item.isDisabled():
            self._choose(item)

    def _on_accepted(self) -> None:
        item = self.list.currentItem()
        if item is not None and not item.isHidden() and not item.isDisabled():
            self._choose(item)

    def _choose(self, item: QTreeWidgetItem) -> None:
        self.accept()
        self.chosen.emit(item.data(0, _CODEC_ROLE))
