"""Asks for files and folders in dialogs that stop nothing else: they open, and their answer comes as a signal."""

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget


class FileDialogs(QObject):
    """Signals: files_chosen(tuple of paths); folder_chosen(path); save_path_chosen(id, path); none when cancelled."""

    files_chosen = Signal(object)
    folder_chosen = Signal(object)
    save_path_chosen = Signal(str, object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def ask_files(self, folder: str = "") -> None:
        """Files to open, from this folder on."""
        dialog = self._dialog("Open file", folder, QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def ask_folder(self, title: str, folder: str = "") -> None:
        """A folder that exists."""
        dialog = self._dialog(title, folder, QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._on_folder_selected)
        dialog.open()

    def ask_save_path(self, document_id: str, suggested: str) -> None:
        """Where to save a document; the dialog asks itself before an existing file is overwritten."""
        dialog = self._dialog("Save as", "", QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(suggested)
        dialog.fileSelected.connect(partial(self.save_path_chosen.emit, document_id))
        dialog.open()

    def _dialog(self, title: str, folder: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title, folder)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def _on_files_selected(self, paths: list[str]) -> None:
        self.files_chosen.emit(tuple(paths))

    def _on_folder_selected(self, path: str) -> None:
        self.folder_chosen.emit(path)
