"""The composition root of the window: every part is made here, and here alone they learn of each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog
from shiboken6 import delete

from app import __version__
from app.chat.controller import ChatController
from app.chat.sent_prompts import SentPrompts
from app.chat.store.opening import open_chat_store
from app.children.bridge import Bridge
from app.children.running_work import RunningWork
from app.code.controller import CodeController
from app.code.fill_controller import FillController
from app.code.unsaved_texts import DraftStore
from app.models.accepted_licences import AcceptedLicences
from app.models.dialog_controller import ModelActs
from app.models.downloads import DownloadController
from app.models.load_choice import LoadChoice, load_choice
from app.models.loading import ModelController
from app.models.loading_mark import LoadingMark
from app.models.shelf_controller import ShelfController
from app.models.starter import resources_folder, starter_folder
from app.profile import Profile
from app.project.controller import ProjectController
from app.settings.controller import SettingsController
from app.settings.store import SettingsStore
from app.window.intentions import Intentions
from app.window.reports import Reports
from app.window.window_memory import WindowMemory
from engine.messages.jobs import Role
from engine.settings import Settings
from ui.chat.pane import ChatPane
from ui.code.pane import CodePane
from ui.project.pane import ProjectPane
from ui.theme.icons import Icons
from ui.theme.style import apply_theme
from ui.theme.theme_source import ThemeSource
from ui.window.main_window import MainWindow


@dataclass(frozen=True, slots=True)
class Panes:
    """The three panes, as widgets of their own kind."""

    project: ProjectPane
    code: CodePane
    chat: ChatPane


class Program(QObject):
    """Everything behind one window. Attributes are its parts; tests and the tour reach in through them."""

    def __init__(self, application: QApplication, profile: Profile) -> None:
        super().__init__()
        self._is_closed = False
        self._owner = QObject()  # of every part but the window: they end together
        self.settings = SettingsController(SettingsStore(profile.settings_file), self._owner)
        self.themes = ThemeSource(application.styleHints(), self.settings.settings, self._owner)
        apply_theme(application, self.themes.theme)
        self.themes.changed.connect(partial(apply_theme, application))  # first: others measure with its fonts
        self._icons = Icons(resources_folder() / "icons")
        self.memory = WindowMemory(profile.state / "window.json")
        self.panes, self.window = self._make_window()
        self.bridge = Bridge(profile.logs, profile.reader_journal, self._owner)
        self.running = RunningWork(self._owner)
        opened = open_chat_store(profile.chats_file)
        self.store, self.store_problem = opened.store, opened.problem
        settings = self.settings.settings
        mark = LoadingMark(profile.loading_mark)
        self.model = ModelController(
            self.bridge, starter_folder(), self._load_choice, mark, profile.quantized, self._owner
        )
        self.project = ProjectController(self.bridge, self.panes.project, settings.chat.max_tokens, self._owner)
        self.chat = ChatController(
            self.bridge, self.running, self.store, self.panes.chat, settings, self.project, self._owner
        )
        self.fill = FillController(self.bridge, self.running, self.panes.code, self._settings_now, self._owner)
        self.code = CodeController(self.panes.code, DraftStore(profile.drafts), self._owner)
        self.prompts = SentPrompts(self.bridge, self.store, self.themes, self.window, self._owner)
        licences = AcceptedLicences(profile.licences_file)
        self.download = DownloadController(self.bridge, self.running, profile.models, licences, self._owner)
        places = (profile.models, profile.quantized, starter_folder())
        self.shelf = ShelfController(self.settings, self.model, self.download, *places, self._owner)
        shown = (self._icons, self.themes, self.window, self._owner)
        self.models = ModelActs(self.shelf, self.settings, self.model, self.download, profile.quantized, *shown)
        for part in (self.window, self.panes.project, self.panes.code, self.panes.chat):
            self.themes.changed.connect(part.set_theme)
        self.reports = Reports(self, self._owner)
        self.intentions = Intentions(self, application, self._owner)
        self.window.set_close_guard(self.code.may_close)
        self.window.closing.connect(self.close)

    def start(self, model_folder: Path | None, paths: Sequence[str]) -> None:
        """Show the window, then start what is heavy: the engine with its model, and what was asked to be opened."""
        self.window.show()
        self.panes.chat.focus_composer()
        self.window.set_first_run(not self.settings.settings.is_welcomed and model_folder is None)
        self.bridge.start(Role.ENGINE)
        self.shelf.look()
        self.model.load(model_folder or starter_folder())
        self.code.restore_drafts()
        self.intentions.open_paths(paths)

    def close(self) -> None:
        """Put everything on disk and end the children; calling it again does nothing.

        Afterwards nothing is heard any more, from children, timers or desktop: with the parts their connections end.
        """
        if self._is_closed:
            return
        self._is_closed = True
        for dialog in self.window.findChildren(QDialog):
            dialog.close()
        self.model.close()
        self.chat.close()
        self.memory.save(self.window.save_state())
        self.bridge.close()
        self.store.close()
        delete(self._owner)

    def _make_window(self) -> tuple[Panes, MainWindow]:
        icons, theme = self._icons, self.themes.theme
        panes = Panes(ProjectPane(icons, theme), CodePane(icons, theme), ChatPane(icons, theme))
        window = MainWindow(
            panes.project,
            panes.code,
            panes.chat,
            icons,
            theme,
            version=__version__,
            saved_state=self.memory.load(),
        )
        return panes, window

    def _load_choice(self, folder: Path) -> LoadChoice:
        return load_choice(folder, self.settings.settings)

    def _settings_now(self) -> Settings:
        return self.settings.settings
