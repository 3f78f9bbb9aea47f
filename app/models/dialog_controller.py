"""Carries out the choices made in the Models dialog. Asks before something is deleted or terms are accepted."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QWidget

from app.models.advice import CONTEXT_CHOICES
from app.models.downloads import DownloadController
from app.models.facts import download_plan
from app.models.folders import FolderFound
from app.models.inspections import Inspections
from app.models.load_choice import defaults_of, with_defaults
from app.models.loading import ModelController
from app.models.model_list import ModelList
from app.models.model_rows import STARTER_KEY
from app.models.removal import of_copy, of_download, of_folder
from app.settings.controller import SettingsController
from engine.errors import ErrorCode, ErrorReport
from engine.model_rows import Act, ModelRow, ModelState
from engine.models.nf4_cache import Nf4Copy, remove_copy
from engine.settings import ModelDefaults
from ui.models.defaults import DefaultsDialog
from ui.models.dialog import ModelsDialog
from ui.models.licence import LicenceDialog
from ui.models.question import Question
from ui.models.wishes import AddFile, AddFolder, ChooseContext, DoWithModel, Wish
from ui.parts.choosers import Choosers
from ui.parts.small_dialog import fit_to_text
from ui.theme.icons import Icons
from ui.theme.theme_source import ThemeSource

_BADGE = "Code Llama is Meta's, under the Llama 2 Community License. Built with Llama 2."
_CONTEXT_WORDS = tuple(
    f"{tokens // 1024}k" if tokens % 1024 == 0 else f"{tokens // 1000}k" for tokens in CONTEXT_CHOICES
)


class ModelsDialogController(QObject):
    """The Models dialog and the small dialogs it opens. Each is open at most once, and none blocks the window.

    `load` is called with the folder of a model to load. Signals: failed(ErrorReport).
    """

    failed = Signal(object)

    def __init__(
        self,
        model_list: ModelList,
        settings: SettingsController,
        model: ModelController,
        download: DownloadController,
        inspections: Inspections,
        load: Callable[[str], object],
        cache: Path,
        icons: Icons,
        themes: ThemeSource,
        window: QWidget,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model_list, self._settings, self._model, self._download = model_list, settings, model, download
        self._inspections, self._load, self._cache = inspections, load, cache
        self._icons, self._themes, self._window = icons, themes, window
        self._choosers = Choosers(window)
        self.dialog: ModelsDialog | None = None
        self._wanted = ""  # key of the row to select once it exists
        model_list.changed.connect(self._on_list_changed)
        download.licence_wanted.connect(self._on_licence_wanted)

    def show_dialog(self, key: str = "") -> None:
        """Open the Models dialog, or bring it to the front, with this model selected.

        Without a key the loaded model is selected or, while that is the starter, the recommended one.
        """
        self._model_list.look()
        if self.dialog is None:
            self.dialog = self._make_dialog()
            self._on_list_changed()
            loaded = (
                row.key for row in self._model_list.rows if row.state is ModelState.LOADED and row.key != STARTER_KEY
            )
            key = key or next(loaded, "")
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self._choose(key)

    def _make_dialog(self) -> ModelsDialog:
        dialog = ModelsDialog(_CONTEXT_WORDS, _BADGE, self._icons, self._themes.theme, self._window)
        self._themes.changed.connect(dialog.set_theme)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wished.connect(self._on_wished)
        dialog.destroyed.connect(self._on_dialog_destroyed)
        return dialog

    def add_folder(self) -> None:
        """Let the person choose a model folder."""
        self._choosers.choose_folder("Add a model folder", self.add)

    def add_file(self) -> None:
        """Let the person choose a GGUF file."""
        self._choosers.choose_gguf("Add a GGUF file", self.add)

    def add(self, path: str) -> None:
        """Add a folder or a GGUF file to the list; its row shows any fault."""
        added = self._settings.settings.added_folders
        if path not in added:
            self._settings.change(added_folders=(*added, path))
        if self.dialog is not None:
            self._model_list.look()
            self._choose(path)

    def _choose(self, key: str) -> None:
        """Select a row in the dialog, now or once its folder has been inspected."""
        is_there = self._model_list.row(key) is not None
        self._wanted = "" if is_there else key
        if is_there and self.dialog is not None:
            self.dialog.choose(key)

    def _on_wished(self, wish: Wish) -> None:
        match wish:
            case DoWithModel(key, act):
                self.act(key, act)
            case ChooseContext(index):
                self._settings.change(context_tokens=CONTEXT_CHOICES[index])
            case AddFolder():
                self.add_folder()
            case AddFile():
                self.add_file()
            case _:
                assert_never(wish)

    def act(self, key: str, act: Act) -> None:
        """Carry out an act on the model with that key, unless the model is gone or no longer offers the act."""
        row = self._model_list.row(key)
        if row is None or act not in row.acts:
            return
        match act:
            case Act.LOAD:
                self._warned(row, "Load it", partial(self._load, row.folder))
            case Act.STOP:
                self._model.cancel_loading()
            case Act.UNLOAD:
                self._model.unload()
            case Act.DOWNLOAD:
                self._warned(row, "Download it", partial(self._download.start, key))
            case Act.RESUME:
                self._download.start(key)
            case Act.PAUSE:
                self._download.pause(key)
            case Act.CANCEL:
                self._ask_to_cancel(key)
            case Act.REMOVE:
                self._ask_to_remove(row.folder)
            case Act.FREE:
                self._ask_to_free(self._model_list.copy(row))
            case Act.DEFAULTS:
                self._show_defaults(row.title, row.folder)
            case Act.INSPECT:
                self._inspections.show(row.title, row.folder, self._parent())
            case Act.TERMS:
                self._open_terms(row.folder)

    # --- dialogs ------------------------------------------------------------------------------------------------------

    def _on_licence_wanted(self, repo_id: str) -> None:
        row, name = self._model_list.row(repo_id), repo_id.rpartition("/")[2]
        what = download_plan(
            name, row.download_bytes if row else 0, self._download.folder_of(repo_id), self._model_list.disk_free_bytes
        )
        licence = self._download.licence_of(repo_id)
        dialog = LicenceDialog(name, licence, what, self._icons, self._themes.theme, self._parent())
        self._themes.changed.connect(dialog.set_theme)
        dialog.link_pressed.connect(self._on_link_pressed)
        dialog.accepted.connect(partial(self._on_licence_accepted, repo_id))
        self._open(dialog)

    def _on_licence_accepted(self, repo_id: str) -> None:
        self._download.start(repo_id, accepted=True)

    def _on_link_pressed(self, address: str) -> None:
        QDesktopServices.openUrl(QUrl(address))

    def _ask_to_cancel(self, repo_id: str) -> None:
        state = next((state for state in self._download.states if state.id == repo_id), None)
        if state is None:
            return
        if not state.done_bytes:
            self._download.cancel(repo_id)
            return
        self._ask(of_download(state), partial(self._download.cancel, repo_id))

    def _ask_to_remove(self, path: str) -> None:
        folder = self._model_list.folder(path)
        if folder is not None:
            self._ask(of_folder(folder), partial(self._remove, folder))

    def _ask_to_free(self, copy: Nf4Copy | None) -> None:
        if copy is not None:
            self._ask(of_copy(copy), partial(self._free, copy))

    def _remove(self, folder: FolderFound) -> None:
        """Remove a model: the downloader deletes what it downloaded; an added folder stays on the disk."""
        if folder.copy is not None:
            self._free(folder.copy)
        if folder.repo_id:
            self._download.cancel(folder.repo_id)
        else:
            self._forget(str(folder.path))

    def _free(self, copy: Nf4Copy) -> None:
        try:
            remove_copy(self._cache, copy.key)
        except OSError as error:
            self.failed.emit(
                ErrorReport(
                    ErrorCode.FILE_NOT_SAVED,
                    f"The 4-bit copy of {copy.name} could not be deleted ({error.strerror}).",
                    "Check the permissions of Lacuna's cache folder, then remove it again.",
                    repr(error),
                )
            )
        self._model_list.look()

    def _open_terms(self, path: str) -> None:
        folder = self._model_list.folder(path)
        for file in folder.terms if folder is not None else ():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))

    def _forget(self, path: str) -> None:
        added = self._settings.settings.added_folders
        self._settings.change(added_folders=tuple(folder for folder in added if folder != path))

    def _show_defaults(self, name: str, folder: str) -> None:
        settings = self._settings.settings
        dialog = DefaultsDialog(name, defaults_of(folder, settings), CONTEXT_CHOICES, settings.chat, self._parent())
        dialog.changed.connect(self._on_defaults_changed)
        self._open(dialog)

    def _on_defaults_changed(self, changed: ModelDefaults) -> None:
        rows = self._settings.settings.model_defaults
        self._settings.change(model_defaults=with_defaults(rows, changed))

    def _warned(self, row: ModelRow, yes: str, then: Callable[[], object]) -> None:
        """Load a model; if this computer would be far too slow for it, only after a warning."""
        if row.warnings:
            self._ask((f"{row.title} would be slow here", row.warnings, yes), then)
        else:
            then()

    def _ask(self, words: tuple[str, tuple[str, ...], str], then: Callable[[], object]) -> None:
        question = Question(*words, self._parent())
        question.accepted.connect(then)
        self._open(question)

    def _open(self, dialog: QDialog) -> None:
        fit_to_text(dialog)
        dialog.open()

    def _parent(self) -> QWidget:
        return self.dialog if self.dialog is not None else self._window

    # --- messages to the person ---------------------------------------------------------------------------------------

    def _on_list_changed(self) -> None:
        if self.dialog is not None:
            self.dialog.show_machine(self._model_list.machine_facts)
            self.dialog.show_context(self._model_list.context_index, self._model_list.context_note)
            self.dialog.show_rows(self._model_list.rows, _words_of(self._model_list.context_tokens))
            self._choose(self._wanted)

    def _on_dialog_destroyed(self) -> None:
        self.dialog = None


def _words_of(tokens: int) -> str:
    return _CONTEXT_WORDS[CONTEXT_CHOICES.index(tokens)] if tokens in CONTEXT_CHOICES else f"{tokens:,}"
