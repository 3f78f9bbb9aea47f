"""Connects files and fills to the rest of the window, and provides their actions."""

from functools import partial

from PySide6.QtCore import QObject

from app.chat.sent_prompts import SentPrompts
from app.code.controller import CodeController
from app.code.fill_controller import FillController
from app.code.opening import Opening
from app.models.loading import ModelController
from app.project.controller import ProjectController
from app.settings.controller import SettingsController
from engine.shown import last_part
from ui.code.encodings_dialog import EncodingRow, EncodingsDialog
from ui.code.pane import CodePane
from ui.parts.choosers import Choosers
from ui.window.action_table import Need
from ui.window.actions import Callbacks
from ui.window.main_window import MainWindow


def bind(
    code: CodeController,
    pane: CodePane,
    opening: Opening,
    project: ProjectController,
    settings: SettingsController,
    window: MainWindow,
) -> Callbacks:
    """Connect the open files; the connections end with them. Returns their actions' callbacks by id."""
    beside = _Beside(code, pane, window)
    pane.current_changed.connect(beside.show_subject)
    pane.modified_changed.connect(beside.on_modified_changed)
    pane.cursor_moved.connect(window.status.set_cursor)
    code.has_documents_changed.connect(beside.on_has_documents_changed)
    code.failed.connect(window.notices.show_error)
    code.opened.connect(settings.remember_file)
    code.saved.connect(lambda _path: project.refresh())
    choosers = Choosers(window)
    code.save_path_wanted.connect(
        lambda document_id, path: choosers.choose_new_file(path, partial(code.save_to, document_id))
    )
    code.encoding_wanted.connect(beside.choose_encoding)
    code.form_changed.connect(window.status.set_file_form)
    return {
        "file.open": partial(choosers.choose_files, opening.open_paths),
        "file.open_folder": partial(choosers.choose_folder, "Open folder", opening.open_folder),
        "file.save": code.save_current,
        "file.save_as": code.save_current_as,
        "file.open_again": code.choose_encoding,
        "file.close": code.close_current,
        "edit.find": pane.open_find,
    }


def bind_fill(
    fill: FillController,
    pane: CodePane,
    code: CodeController,
    prompts: SentPrompts,
    model: ModelController,
    window: MainWindow,
) -> Callbacks:
    """Connect the fills; the connections end with them. Returns their actions' callbacks by id."""
    fill.preview_changed.connect(partial(window.commands.set_met, Need.PREVIEW))
    code.document_closed.connect(fill.document_closed)
    model.model_changed.connect(fill.set_model)
    return {
        "fill.fill": pane.request_fill,
        "fill.accept": fill.accept,
        "fill.discard": fill.discard,
        "fill.prompt": lambda: prompts.show_prompt("this fill", fill.prompt),
    }


class _Beside(QObject):
    """Shows the open files' state and questions in the window."""

    def __init__(self, code: CodeController, pane: CodePane, window: MainWindow) -> None:
        super().__init__(code)
        self._code, self._pane, self._window = code, pane, window

    def show_subject(self, document_id: str) -> None:
        if not document_id:
            self._window.set_subject("")
            return
        name = last_part(self._code.path_of(document_id))
        self._window.set_subject(name, modified=self._pane.is_modified(document_id))

    def choose_encoding(self, document_id: str, file_name: str, rows: tuple[EncodingRow, ...]) -> None:
        dialog = EncodingsDialog(file_name, rows, self._window)
        dialog.chosen.connect(partial(self._code.open_again, document_id))
        dialog.open()

    def on_modified_changed(self, document_id: str, _modified: bool) -> None:
        if document_id == self._pane.current_id:
            self.show_subject(document_id)

    def on_has_documents_changed(self, has_documents: bool) -> None:
        self._window.commands.set_met(Need.FILE, has_documents)
        self._window.set_welcome_visible(not has_documents)
