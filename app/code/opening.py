"""Opens files and folders on request from anywhere in the window, and brings their pane into view."""

import os
from collections.abc import Iterable

from PySide6.QtCore import QObject

from app.code.controller import CodeController
from app.project.controller import ProjectController
from ui.code.pane import CodePane
from ui.parts.notice import Level, Notice
from ui.window.main_window import MainWindow
from ui.window.panes import Pane

_NOTHING_OPEN = Notice(
    "nothing-open", Level.INFO, "There is no open file to insert this into.", "Open one and try again."
)


class Opening(QObject):
    """Opens paths that were named, dropped, listed or clicked."""

    def __init__(
        self, code: CodeController, pane: CodePane, project: ProjectController, window: MainWindow, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._code, self._pane, self._project, self._window = code, pane, project, window

    def open_paths(self, paths: Iterable[str]) -> None:
        """Open a folder as the project, files as documents."""
        for path in paths:
            if os.path.isdir(path):
                self.open_folder(path)
            else:
                self._code.open_file(path)

    def open_folder(self, path: str) -> None:
        """Open a folder as the project and show its pane."""
        self._window.reveal(Pane.PROJECT)
        self._project.open_folder(path)

    def open_in_project(self, relative: str, line: int = 0) -> None:
        """Open a file of the open folder. `line` counts from 1."""
        self._window.reveal(Pane.CODE)
        self._code.open_in_project(self._project.root, relative, line)

    def insert_code(self, text: str) -> None:
        """Insert a text into the document in front."""
        if self._pane.insert_at_cursor(text):
            self._window.reveal(Pane.CODE)
        else:
            self._window.notices.show_notice(_NOTHING_OPEN)
