"""The desktop's dialogs for choosing files and folders. None of them blocks the event loop."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget


class Choosers(QObject):
    """Each method opens a dialog and calls `on_chosen` with the choice. A cancelled dialog calls nothing."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def choose_files(self, on_chosen: Callable[[list[str]], object]) -> None:
        """Choose one or more existing files."""
        dialog = self._dialog("Open file", QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(on_chosen)
        dialog.open()

    def choose_gguf(self, title: str, on_chosen: Callable[[str], object]) -> None:
        """Choose an existing GGUF file, or any other, since some programs keep theirs without an ending."""
        dialog = self._dialog(title, QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["GGUF models (*.gguf)", "All files (*)"])
        dialog.filesSelected.connect(partial(_first, on_chosen))
        dialog.open()

    def choose_folder(self, title: str, on_chosen: Callable[[str], object]) -> None:
        """Choose an existing folder."""
        dialog = self._dialog(title, QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(partial(_first, on_chosen))
        dialog.open()

    def choose_new_file(self, start: str, on_chosen: Callable[[str], object]) -> None:
        """Choose a file to write. The dialog asks before it accepts an existing one."""
        dialog = self._dialog("Save as", QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if start:
            dialog.selectFile(start)
        dialog.filesSelected.connect(partial(_first, on_chosen))
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog


def _first(on_chosen: Callable[[str], object], paths: list[str]) -> None:
    on_chosen(paths[0])
