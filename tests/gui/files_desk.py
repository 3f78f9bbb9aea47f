"""The real code pane with the controller of its files; shared by its tests."""

from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.code.controller import CodeController
from app.code.unsaved_texts import UnsavedTexts
from engine.errors import ErrorReport
from tests.gui.code_stage import CodeStage
from ui.theme.theme import Theme


class FilesDesk:
    """The pane and the controller of its files; `restart` is what a crash and a new start are."""

    def __init__(self, qtbot: QtBot, theme: Theme, folder: Path) -> None:
        self.folder = folder
        self._qtbot, self._theme = qtbot, theme
        self.start()

    def start(self) -> None:
        self.stage = CodeStage(self._qtbot, self._theme)
        self.owner = QObject(self.stage.pane)  # its timers end with the pane
        self.files = CodeController(self.stage.pane, UnsavedTexts(self.folder / "drafts"), self.owner)
        self.failures: list[ErrorReport] = []
        self.opened: list[str] = []
        self.files.failed.connect(self.failures.append)
        self.files.opened.connect(self.opened.append)
        self.files.restore_unsaved()

    def restart(self) -> None:
        self.stage.pane.hide()
        self.start()

    def make(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def drafts(self) -> list[str]:
        return [draft.text for draft in UnsavedTexts(self.folder / "drafts").all()]
