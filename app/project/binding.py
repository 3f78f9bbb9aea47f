"""Connects the open folder to the rest of the window, and provides its actions."""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QObject

from app.children.bridge import Bridge
from app.models.loading import ModelController
from app.project.controller import ProjectController
from app.settings.controller import SettingsController
from engine.errors import ErrorReport
from engine.messages.jobs import Role
from ui.project.pane import ProjectPane
from ui.project.wishes import OpenFile, OpenFolder, WindowWish, Wish
from ui.window.action_table import Need
from ui.window.actions import Callbacks
from ui.window.main_window import MainWindow


def bind(
    project: ProjectController,
    pane: ProjectPane,
    model: ModelController,
    settings: SettingsController,
    bridge: Bridge,
    window: MainWindow,
    open_file: Callable[[str], object],
) -> Callbacks:
    """Connect the folder; the connections end with it. Returns its actions' callbacks by id.

    `open_file` takes a path relative to the folder.
    """
    beside = _Beside(project, settings, window, open_file)
    pane.wished.connect(beside.carry_out)
    project.folder_changed.connect(beside.on_folder_changed)
    model.model_changed.connect(project.set_model)
    bridge.gone.connect(beside.on_child_gone)
    return {"project.reload": project.reload, "project.close": project.close_folder}


class _Beside(QObject):
    """Handles the folder's signals and wishes that concern other rooms."""

    def __init__(
        self,
        project: ProjectController,
        settings: SettingsController,
        window: MainWindow,
        open_file: Callable[[str], object],
    ) -> None:
        super().__init__(project)
        self._project, self._settings, self._window, self._open_file = project, settings, window, open_file

    def carry_out(self, wish: Wish) -> None:
        if not isinstance(wish, WindowWish):
            return  # app/project/controller.py handles these
        match wish:
            case OpenFolder():
                self._window.commands.trigger("file.open_folder")
            case OpenFile(path):
                self._open_file(path)
            case _:
                assert_never(wish)

    def on_folder_changed(self, root: str) -> None:
        self._window.commands.set_met(Need.PROJECT, bool(root))
        if root:
            self._settings.remember_folder(root)

    def on_child_gone(self, role: Role, report: ErrorReport) -> None:
        if role is Role.READER:
            self._project.reader_gone(report)
