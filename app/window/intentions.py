"""What the person wants, by the id of its action, and who does it."""

import os
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.models.starter import is_starter, starter_folder
from engine.messages.machine import ModelInfo
from engine.model_rows import Act
from engine.settings import ThemeChoice
from ui.chat.wishes import ChooseModel, InsertCode, OpenLink, RestartEngine, ShowPrompt, WindowWish, Wish
from ui.code.encodings_dialog import EncodingRow, EncodingsDialog
from ui.parts.choosers import Choosers
from ui.parts.notice import Level, Notice
from ui.project import wishes as project_wishes
from ui.window import wishes as window_wishes
from ui.window.panes import Pane

if TYPE_CHECKING:
    from app.window.program import Program


class Intentions(QObject):
    """Carries out actions, drops and links. What the window and the panes do by themselves is not here."""

    def __init__(self, program: "Program", application: QGuiApplication, owner: QObject) -> None:
        super().__init__(owner)
        self._program = program
        self._window = program.window
        self._choosers = Choosers(program.window)
        self._application = application
        self._chosen_model: Path | None = None  # by the person, and not loaded yet
        self._do = self._table()
        self._connect()

    @property
    def action_ids(self) -> Set[str]:
        """The actions that are carried out here."""
        return self._do.keys()

    def open_paths(self, paths: Sequence[str]) -> None:
        """Open a folder as the project, files as documents."""
        for path in paths:
            if os.path.isdir(path):
                self.open_project(path)
            else:
                self._program.code.open_file(path)

    def open_project(self, path: str) -> None:
        """Read a folder and show it."""
        self._window.reveal(Pane.PROJECT)
        self._program.project.open_folder(path)

    def load_model(self, path: str) -> None:
        """Load a model folder; once it is loaded, it is the one of the next start."""
        folder = Path(path)
        self._chosen_model = starter_folder() if is_starter(folder) else folder
        self._program.model.load(self._chosen_model)

    def _table(self) -> dict[str, Callable[[], object]]:
        parts, code, chat = self._program, self._program.panes.code, self._program.panes.chat
        table: dict[str, Callable[[], object]] = {
            "file.open": partial(self._choosers.choose_files, self.open_paths),
            "file.open_folder": partial(self._choosers.choose_folder, "Open folder", self.open_project),
            "file.save": parts.code.save_current,
            "file.save_as": parts.code.save_current_as,
            "file.open_again": parts.code.choose_encoding,
            "file.close": parts.code.close_current,
            "edit.find": code.open_find,
            "app.settings": partial(parts.settings.show_dialog, self._window),
            "view.larger": partial(parts.settings.zoom, 1),
            "view.smaller": partial(parts.settings.zoom, -1),
            "view.normal_size": partial(parts.settings.zoom, 0),
            "chat.new": self._new_chat,
            "chat.focus": self._focus_chat,
            "chat.list": self._show_chats,
            "chat.send": chat.send,
            "chat.stop": parts.running.stop,
            "chat.regenerate": parts.chat.regenerate,
            "chat.prompt": chat.request_prompt,
            "chat.copy_answer": chat.copy_answer,
            "fill.fill": code.request_fill,
            "fill.accept": parts.fill.accept,
            "fill.discard": parts.fill.discard,
            "fill.prompt": self._show_fill_prompt,
            "project.reload": parts.project.reload,
            "project.close": parts.project.close_folder,
            "model.models": parts.models.show_dialog,
            "model.open_folder": partial(self._choosers.choose_folder, "Open model folder", self.load_model),
            "model.open_file": partial(self._choosers.choose_gguf, "Open GGUF file", self.load_model),
            "model.use_starter": partial(self.load_model, str(starter_folder())),
            "model.unload": parts.model.unload,
            "engine.restart": parts.model.restart,
        }
        for choice in ThemeChoice:
            table[f"view.theme_{choice.value}"] = partial(self._use_theme, choice)
        return table

    def _connect(self) -> None:
        panes, window = self._program.panes, self._window
        window.commands.triggered.connect(self._on_action)
        window.wished.connect(self._on_window_wished)
        window.switcher.aboutToShow.connect(self._program.shelf.look)
        self._program.models.load_wanted.connect(self.load_model)
        panes.project.wished.connect(self._on_project_wished)
        panes.chat.wished.connect(self._on_chat_wished)
        self._program.code.save_path_wanted.connect(self._on_save_path_wanted)
        self._program.code.encoding_wanted.connect(self._on_encoding_wanted)
        self._program.code.document_closed.connect(self._program.fill.document_closed)
        self._program.code.saved.connect(self._on_saved)
        self._program.model.model_changed.connect(self._on_model_changed)
        self._application.applicationStateChanged.connect(self._on_application_state_changed)

    def _on_action(self, action_id: str) -> None:
        if action_id in self._do:
            self._do[action_id]()

    def _on_application_state_changed(self, state: Qt.ApplicationState) -> None:
        """The person comes back from another program, which may have written open files."""
        if state is Qt.ApplicationState.ApplicationActive:
            self._program.code.check_disk()
            self._program.project.refresh()

    def _on_saved(self, _path: str) -> None:
        self._program.project.refresh()

    def _on_model_changed(self, model: ModelInfo | None) -> None:
        """Remember the person's choice now that it has proved to load: a broken folder would fail at each start."""
        if model is None or model.folder != str(self._chosen_model):
            return
        self._chosen_model = None
        settings = self._program.settings
        self._end_first_run()
        settings.use(
            replace(
                settings.settings,
                model_folder="" if model.is_starter else model.folder,
                added_folders=self._with_added(model),
            )
        )

    def _with_added(self, model: ModelInfo) -> tuple[str, ...]:
        """The list of folders, with one on it that was opened from elsewhere."""
        added = self._program.settings.settings.added_folders
        known = {str(folder.path) for folder in self._program.shelf.found.folders} | {*added}
        return added if model.is_starter or model.folder in known else (*added, model.folder)

    def _end_first_run(self) -> None:
        """The person has chosen what to begin with."""
        settings = self._program.settings
        settings.use(replace(settings.settings, is_welcomed=True))
        self._window.set_first_run(False)

    def _on_project_wished(self, wish: project_wishes.Wish) -> None:
        """Carry out what needs more than the folder."""
        if not isinstance(wish, project_wishes.WindowWish):
            return  # app/project/controller.py carries these out
        match wish:
            case project_wishes.OpenFolder():
                self._do["file.open_folder"]()
            case project_wishes.OpenFile(path):
                self._window.reveal(Pane.CODE)
                self._program.code.open_in_project(self._program.project.root, path)
            case _:
                assert_never(wish)

    def _on_window_wished(self, wish: window_wishes.Wish) -> None:
        match wish:
            case window_wishes.OpenPaths(paths):
                self.open_paths(paths)
            case window_wishes.StopWork():
                self._program.running.stop_shown()
            case window_wishes.GetModel(key):
                self._program.models.show_dialog(key)
            case window_wishes.UseStarter():
                self._end_first_run()
            case window_wishes.LoadModel(key):
                self._program.models.act(key, Act.LOAD)
            case _:
                assert_never(wish)

    def _on_chat_wished(self, wish: Wish) -> None:
        """Carry out what needs more than the conversations."""
        if not isinstance(wish, WindowWish):
            return  # app/chat/controller.py carries these out
        match wish:
            case InsertCode(text):
                self._insert_code(text)
            case OpenLink(address):
                QDesktopServices.openUrl(QUrl(address))
            case ShowPrompt(answer_id):
                self._program.prompts.show_answer(answer_id)
            case RestartEngine():
                self._program.model.restart()
            case ChooseModel():
                self._window.commands.trigger("model.models")
            case _:
                assert_never(wish)

    def _on_save_path_wanted(self, document_id: str, path: str) -> None:
        self._choosers.choose_new_file(path, partial(self._program.code.save_to, document_id))

    def _on_encoding_wanted(self, document_id: str, file_name: str, rows: tuple[EncodingRow, ...]) -> None:
        dialog = EncodingsDialog(file_name, rows, self._window)
        dialog.chosen.connect(partial(self._program.code.open_again, document_id))
        dialog.open()

    def _insert_code(self, code: str) -> None:
        if self._program.panes.code.insert_at_cursor(code):
            self._window.reveal(Pane.CODE)
        else:
            self._window.notices.show_notice(
                Notice("insert", Level.INFO, "There is no open file to insert this into.", "Open one and try again.")
            )

    def _new_chat(self) -> None:
        self._program.chat.new_chat()
        self._focus_chat()

    def _show_fill_prompt(self) -> None:
        self._program.prompts.show_prompt("this fill", self._program.fill.prompt)

    def _focus_chat(self) -> None:
        self._window.reveal(Pane.CHAT)
        self._program.panes.chat.focus_composer()

    def _show_chats(self) -> None:
        self._window.reveal(Pane.CHAT)
        self._program.panes.chat.open_chats()

    def _use_theme(self, choice: ThemeChoice) -> None:
        settings = self._program.settings
        settings.use(replace(settings.settings, theme=choice))
