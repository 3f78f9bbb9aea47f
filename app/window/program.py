"""The composition root of the window: makes every part; each room's binding then connects its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog
from shiboken6 import delete, isValid

from app import __version__
from app.chat.binding import bind as bind_chat
from app.chat.controller import ChatController
from app.chat.sent_prompts import SentPrompts
from app.chat.store.chat_store import ChatStore
from app.chat.store.opening import open_chat_store
from app.children.bridge import Bridge
from app.children.running_work import RunningWork
from app.code.binding import bind as bind_code
from app.code.binding import bind_fill
from app.code.controller import CodeController
from app.code.fill_controller import FillController
from app.code.opening import Opening
from app.code.unsaved_texts import UnsavedTexts
from app.host.profile import Profile
from app.models.accepted_licences import AcceptedLicences
from app.models.binding import bind as bind_models
from app.models.chosen_model import ChosenModel
from app.models.dialog_controller import ModelsDialogController
from app.models.downloads import DownloadController
from app.models.folders import starter_parameters
from app.models.inspections import Inspections
from app.models.load_choice import LoadChoice, load_choice, settings_for
from app.models.loading import ModelController
from app.models.loading_mark import LoadingMark
from app.models.model_list import ModelList
from app.models.starter import resources_folder, starter_folder
from app.project.binding import bind as bind_project
from app.project.controller import ProjectController
from app.settings.binding import bind as bind_settings
from app.settings.controller import SettingsController
from app.settings.store import SettingsStore
from app.window.binding import bind as bind_window
from app.window.binding import bind_closing, bind_return
from app.window.window_memory import WindowMemory
from engine.messages.jobs import Role
from engine.settings import Settings
from engine.starter_words import starter_words
from ui.chat.pane import ChatPane
from ui.code.pane import CodePane
from ui.project.pane import ProjectPane
from ui.theme.icons import Icons
from ui.theme.style import apply_theme
from ui.theme.theme_source import ThemeSource
from ui.window.main_window import MainWindow


@dataclass(frozen=True, slots=True)
class Panes:
    """The three panes, typed."""

    project: ProjectPane
    code: CodePane
    chat: ChatPane


@dataclass(frozen=True, slots=True)
class Program:
    """All parts behind one window. `owner` is the parent of every part but the window, so they end together."""

    owner: QObject
    window: MainWindow
    panes: Panes
    themes: ThemeSource
    memory: WindowMemory
    settings: SettingsController
    bridge: Bridge
    running: RunningWork
    model: ModelController
    download: DownloadController
    model_list: ModelList
    chosen_model: ChosenModel
    models_dialog: ModelsDialogController
    project: ProjectController
    store: ChatStore
    chat: ChatController
    prompts: SentPrompts
    code: CodeController
    fill: FillController
    opening: Opening

    def start(self, model_folder: Path | None, paths: Sequence[str]) -> None:
        """Show the window, then start the heavy parts: the engine with its model, and the requested files."""
        self.window.show()
        self.panes.chat.focus_composer()
        parameters = starter_parameters(starter_folder())
        self.window.first_run.show_demonstration(starter_words(parameters), is_there=parameters > 0)
        self.window.set_first_run(not self.settings.settings.is_welcomed and model_folder is None)
        self.bridge.start(Role.ENGINE)
        self.model_list.look()
        self.model.load(model_folder or starter_folder())
        self.code.restore_unsaved()
        self.opening.open_paths(paths)

    def may_close(self) -> bool:
        """Whether the program can end without losing a text; True once it is closed."""
        return not isValid(self.owner) or all([self.code.may_close(), self.chat.may_close()])  # both write

    def close(self) -> None:
        """Write everything to disk and end the children; calling it again does nothing.

        Deleting the parts ends their connections, so that no child, timer or desktop event is delivered afterwards.
        """
        if not isValid(self.owner):
            return
        self.window.set_close_guard(None)  # who is asked ends here; a second signal closes the window again
        for dialog in self.window.findChildren(QDialog):
            dialog.close()
        self.window.commands.unbind()
        self.model.close()
        self.chat.close()
        self.memory.save(self.window.save_state())
        self.bridge.close()
        self.store.close()
        delete(self.owner)


def build_program(application: QApplication, profile: Profile) -> Program:
    """The program with its window. The window is not shown yet, and nothing heavy is started."""
    owner = QObject()
    settings = SettingsController(SettingsStore(profile.settings_file), owner)
    themes = ThemeSource(application.styleHints(), settings.settings, owner)
    apply_theme(application, themes.theme)
    themes.changed.connect(partial(apply_theme, application))  # first, since the other receivers measure with its fonts
    icons = Icons(resources_folder() / "icons")
    memory = WindowMemory(profile.state / "window.json")
    panes, window = _make_window(icons, themes, memory)
    bridge = Bridge(profile.logs, profile.reader_journal, owner)
    running = RunningWork(owner)

    def choose_load(folder: Path) -> LoadChoice:
        return load_choice(folder, settings.settings)

    def settings_now() -> Settings:
        """The settings with the loaded model's own ones applied."""
        return settings_for(model.model, settings.settings)

    mark = LoadingMark(profile.loading_mark)
    model = ModelController(bridge, running, starter_folder(), choose_load, mark, profile.quantized, owner)
    download = DownloadController(bridge, running, profile.models, AcceptedLicences(profile.licences_file), owner)
    model_list = ModelList(settings, model, download, profile.models, profile.quantized, starter_folder(), owner)
    chosen_model = ChosenModel(model, model_list, settings, owner)
    inspections, load = Inspections(bridge, owner), chosen_model.load
    shown = (icons, themes, window, owner)
    models_dialog = ModelsDialogController(
        model_list, settings, model, download, inspections, load, profile.quantized, *shown
    )
    project = ProjectController(bridge, panes.project, settings_now, owner)
    opened = open_chat_store(profile.chats_file)
    if opened.problem is not None:
        window.notices.show_error(opened.problem)
    chat = ChatController(bridge, running, opened.store, panes.chat, settings_now, project, owner)
    prompts = SentPrompts(bridge, opened.store, themes, window, owner)
    code = CodeController(panes.code, UnsavedTexts(profile.unsaved_texts), owner)
    fill = FillController(bridge, running, panes.code, settings_now, owner)
    opening = Opening(code, panes.code, project, window, owner)
    program = Program(
        owner=owner,
        window=window,
        panes=panes,
        themes=themes,
        memory=memory,
        settings=settings,
        bridge=bridge,
        running=running,
        model=model,
        download=download,
        model_list=model_list,
        chosen_model=chosen_model,
        models_dialog=models_dialog,
        project=project,
        store=opened.store,
        chat=chat,
        prompts=prompts,
        code=code,
        fill=fill,
        opening=opening,
    )
    _bind(program, application)
    return program


def _make_window(icons: Icons, themes: ThemeSource, memory: WindowMemory) -> tuple[Panes, MainWindow]:
    theme = themes.theme
    panes = Panes(ProjectPane(icons, theme), CodePane(icons, theme), ChatPane(icons, theme))
    window = MainWindow(
        panes.project, panes.code, panes.chat, icons, theme, version=__version__, saved_state=memory.load()
    )
    for part in (window, panes.project, panes.code, panes.chat):
        themes.changed.connect(part.set_theme)
    return panes, window


def _bind(p: Program, application: QApplication) -> None:
    """Connect each room; the project before the chat, which packs it as soon as a model is loaded."""
    window, panes = p.window, p.panes
    for callbacks in (
        bind_window(window, p.running, p.opening, p.models_dialog, p.settings),
        bind_settings(p.settings, p.themes, window),
        bind_models(p.model, p.chosen_model, p.model_list, p.models_dialog, p.download, p.bridge, window),
        bind_project(p.project, panes.project, p.model, p.settings, p.bridge, window, p.opening.open_in_project),
        bind_chat(p.chat, panes.chat, p.prompts, p.model, p.settings, window, p.opening),
        bind_code(p.code, panes.code, p.opening, p.project, p.settings, window),
        bind_fill(p.fill, panes.code, p.code, p.prompts, p.model, window),
    ):
        window.commands.bind(callbacks)
    bind_return(application, p.code, p.project)
    bind_closing(window, p.may_close)
    window.closing.connect(partial(p.close))  # a connection to the bound method alone would not keep `p` alive
