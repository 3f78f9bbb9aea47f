"""Connects the window's own parts: running work in the status bar, the window's wishes, and the person's return."""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from app.children.running_work import RunningWork
from app.code.controller import CodeController
from app.code.opening import Opening
from app.models.dialog_controller import ModelsDialogController
from app.project.controller import ProjectController
from app.settings.controller import SettingsController
from engine.model_rows import Act
from engine.shown import stage_of
from ui.parts.notice import Level, Notice, NoticeButton
from ui.window.action_table import Need
from ui.window.actions import Callbacks
from ui.window.main_window import MainWindow
from ui.window.wishes import GetModel, LoadModel, OpenPaths, StopWork, UseStarter, Wish


def bind(
    window: MainWindow,
    running: RunningWork,
    opening: Opening,
    dialog: ModelsDialogController,
    settings: SettingsController,
) -> Callbacks:
    """Connect the window until `running` and the others end. Returns its actions' callbacks by id."""
    work = _Work(running, window)
    running.changed.connect(work.show)
    running.context_changed.connect(window.status.set_context)
    running.rate_changed.connect(window.status.set_rate)
    wishes = _Wishes(running, opening, dialog, settings)
    window.wished.connect(wishes.carry_out)
    return {"chat.stop": running.stop}


def bind_return(application: QGuiApplication, code: CodeController, project: ProjectController) -> None:
    """Check the disk when the person returns from another program, which may have written open files."""
    application.applicationStateChanged.connect(_Return(code, project).on_state_changed)


def bind_closing(window: MainWindow, may_close: Callable[[], bool]) -> None:
    """Keep the window open while a text can't be saved, and let the person close it all the same."""

    def guard() -> bool:
        closes = may_close()
        if not closes:
            window.notices.show_notice(_stays_open(leave))
        return closes

    def leave() -> None:
        window.set_close_guard(lambda: True)
        window.close()

    window.set_close_guard(guard)


def _stays_open(leave: Callable[[], None]) -> Notice:
    return Notice(
        "stays-open",
        Level.WARN,
        "Lacuna stays open, because the disk does not take all that you typed or that was answered.",
        "Free some space and close it again, or close it now and lose that text.",
        (NoticeButton("Close anyway", leave),),
    )


class _Work(QObject):
    """Shows running work in the status bar."""

    def __init__(self, running: RunningWork, window: MainWindow) -> None:
        super().__init__(running)
        self._running, self._window = running, window

    def show(self) -> None:
        self._window.commands.set_met(Need.RUNNING, self._running.is_any)
        progress = self._running.shown
        if progress is None:
            self._window.status.set_stage("", None, False)
        else:
            stage = stage_of(progress)
            self._window.status.set_stage(stage.text, stage.fraction, True)


class _Wishes(QObject):
    """Handles the wishes of the window's own parts."""

    def __init__(
        self, running: RunningWork, opening: Opening, dialog: ModelsDialogController, settings: SettingsController
    ) -> None:
        super().__init__(opening)
        self._running, self._opening, self._dialog, self._settings = running, opening, dialog, settings

    def carry_out(self, wish: Wish) -> None:
        match wish:
            case OpenPaths(paths):
                self._opening.open_paths(paths)
            case StopWork():
                self._running.stop_shown()
            case GetModel(key):
                self._dialog.show_dialog(key)
            case UseStarter():
                self._settings.change(is_welcomed=True)  # the starter is loaded already
            case LoadModel(key):
                self._dialog.act(key, Act.LOAD)
            case _:
                assert_never(wish)


class _Return(QObject):
    """Checks open files and the project when the person returns to the window."""

    def __init__(self, code: CodeController, project: ProjectController) -> None:
        super().__init__(code)
        self._code, self._project = code, project

    def on_state_changed(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._code.check_disk()
            self._project.refresh()
