"""The open files: opened, saved, closed, compared with the disk, their unsaved texts kept."""

import os
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import assert_never

from PySide6.QtCore import QObject, Signal

from app.code.notices import (
    SAVE_ID,
    WayOut,
    changed_on_disk,
    not_backed_up,
    not_saved,
    restored,
    unsaved_changes,
)
from app.code.unsaved_keeper import UnsavedKeeper
from app.code.unsaved_texts import UnsavedText, UnsavedTexts
from app.documents.file_text import FileText, disk_hash, read_file
from app.documents.paths import resolve_below
from app.documents.recoding import readings, reread
from app.documents.saving import (
    ChangedOnDiskError,
    GuessedEncodingError,
    NotEncodableError,
    confirmed,
    in_utf8,
    moved_to,
    save_file,
)
from engine.errors import ErrorReport, LacunaError
from engine.shown import last_part, path_text
from ui.code.document_view import DocumentLabel
from ui.code.encodings_dialog import EncodingRow
from ui.code.pane import CodePane
from ui.code.wishes import CloseFile, FillWish, Wish


class CodeController(QObject):
    """Owns the documents of the code pane. Each has an id and its file's content as last read or saved.

    Signals: opened(path), when the person opened a file; saved(path), when one was written; failed(ErrorReport), when
    one could not be opened; save_path_wanted(id, suggested path), to be answered by `save_to`;
    encoding_wanted(id, file name, tuple of EncodingRow), to be answered by `open_again`; document_closed(id);
    has_documents_changed(bool); form_changed(words), the encoding and line ends of the document in front.
    """

    opened = Signal(object)  # object: a `str` signal would lose undecodable bytes of a name
    saved = Signal(object)
    failed = Signal(object)
    save_path_wanted = Signal(str, object)
    encoding_wanted = Signal(str, str, object)
    document_closed = Signal(str)
    has_documents_changed = Signal(bool)
    form_changed = Signal(str)

    def __init__(self, pane: CodePane, unsaved_texts: UnsavedTexts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pane = pane
        self._files: dict[str, FileText] = {}
        self._numbers = count(1)
        self._keeper = UnsavedKeeper(unsaved_texts, self._unsaved_text_of, self._on_not_backed_up, self)
        self._unsaved_texts = unsaved_texts
        pane.edited.connect(self._on_edited)
        pane.modified_changed.connect(self._on_modified_changed)
        pane.wished.connect(self._on_wished)
        pane.current_changed.connect(self._show_form)

    # --- opening ------------------------------------------------------------------------------------------------------

    def path_of(self, document_id: str) -> str:
        """The file of a document. Raises KeyError."""
        return self._files[document_id].path

    def open_file(self, path: str, line: int = 0) -> bool:
        """Open a file that the person named, or bring its tab to the front. `line` counts from 1."""
        path = os.path.abspath(path)
        document_id = self._id_of(path)
        if document_id is None:
            try:
                file = read_file(path)
            except LacunaError as error:
                self.failed.emit(error.report)
                return False
            document_id = self._add(file, file.text)
        self._pane.set_current(document_id)
        if line:
            self._pane.go_to_line(document_id, line)
        self.opened.emit(path)
        return True

    def choose_encoding(self) -> None:
        """Ask for the encoding in which to open the document in front again."""
        if self._pane.current_id:
            self._want_encoding(self._pane.current_id)

    def open_again(self, document_id: str, codec: str) -> bool:
        """Decode a document's file again, in the encoding that the person chose; typed text is kept."""
        if document_id not in self._files:
            return False  # closed while the person chose
        file, text = self._files[document_id], self._pane.text_of(document_id)
        if self._pane.is_modified(document_id) and _has_changed(file):
            self._pane.show_notice(document_id, changed_on_disk(file.path, partial(self._take, document_id)))
            return False
        try:
            again, text_again = reread(file, text, codec)
        except LacunaError as error:
            self._pane.show_notice(
                document_id, not_saved(error.report, (WayOut.OPEN_AGAIN,), partial(self._take, document_id))
            )
            return False
        self._keep(document_id, again)
        self._pane.dismiss_notice(document_id, SAVE_ID)
        self._pane.replace_text(document_id, text_again, saved=text_again == again.text, undoable=False)
        self._on_edited(document_id)
        return True

    def open_in_project(self, root: str, relative: str, line: int = 0) -> bool:
        """Open a file by its path inside the project; refuses one that leads outside."""
        try:
            path = resolve_below(root, relative)
        except LacunaError as error:
            self.failed.emit(error.report)
            return False
        return self.open_file(path, line)

    def restore_unsaved(self) -> None:
        """Open the files whose unsaved changes were kept when the program ended."""
        for unsaved in self._unsaved_texts.all():
            self._restore(unsaved)

    # --- saving -------------------------------------------------------------------------------------------------------

    def save_current(self) -> None:
        """Save the document in front, if any."""
        if self._pane.current_id:
            self.save(self._pane.current_id)

    def save_current_as(self) -> None:
        """Ask for a new path for the document in front."""
        if self._pane.current_id:
            self.save_path_wanted.emit(self._pane.current_id, self.path_of(self._pane.current_id))

    def save(self, document_id: str, *, overwrite: bool = False) -> bool:
        """Save a document to its file. If that fails, a notice says why and the text stays."""
        return self._write(document_id, self._files[document_id], overwrite=overwrite)

    def save_to(self, document_id: str, path: str) -> bool:
        """Save a document at another path, which becomes its file. A file that is there is overwritten."""
        if document_id not in self._files:
            return False  # closed while the person chose
        path = os.path.abspath(path)
        other = self._id_of(path)
        old_path = self.path_of(document_id)
        if not self._write(document_id, moved_to(self._files[document_id], path), overwrite=True):
            return False
        if path != old_path:
            self._keeper.forget(document_id, old_path)
        if other not in (None, document_id):
            self._remove(str(other))  # the document that had this file open
        self._pane.set_label(document_id, _label(self._files[document_id]))
        self.opened.emit(path)
        return True

    # --- closing ------------------------------------------------------------------------------------------------------

    def close_current(self) -> None:
        """Close the document in front, if any."""
        if self._pane.current_id:
            self.close_document(self._pane.current_id)

    def close_document(self, document_id: str) -> None:
        """Close a document. If it has unsaved changes the person is asked first; the window stays usable."""
        if self._pane.is_modified(document_id):
            self._pane.set_current(document_id)
            self._pane.show_notice(
                document_id, unsaved_changes(self.path_of(document_id), partial(self._take, document_id))
            )
        else:
            self._remove(document_id)

    def may_close(self) -> bool:
        """Whether every unsaved change is kept on disk, so that the program can end."""
        return self._keeper.flush()

    def check_disk(self) -> None:
        """Compare open files with the disk, for example when the window comes to the front.

        A changed file is read again if the person has not edited it; otherwise the person is asked.
        """
        for document_id, file in tuple(self._files.items()):
            if _has_changed(file):
                if self._pane.is_modified(document_id):
                    self._pane.show_notice(document_id, changed_on_disk(file.path, partial(self._take, document_id)))
                else:
                    self._reload(document_id)

    # --- how ----------------------------------------------------------------------------------------------------------

    def _id_of(self, path: str) -> str | None:
        real = os.path.realpath(path)
        return next((key for key, file in self._files.items() if os.path.realpath(file.path) == real), None)

    def _add(self, file: FileText, text: str) -> str:
        document_id = f"document-{next(self._numbers)}"
        self._files[document_id] = file
        self._pane.add_document(document_id, _label(file), text)
        if len(self._files) == 1:
            self.has_documents_changed.emit(True)
        return document_id

    def _remove(self, document_id: str) -> None:
        file = self._files.pop(document_id)
        self._keeper.forget(document_id, file.path)
        self._pane.remove_document(document_id)
        self.document_closed.emit(document_id)
        if not self._files:
            self.has_documents_changed.emit(False)

    def _write(self, document_id: str, base: FileText, *, overwrite: bool) -> bool:
        try:
            saved = save_file(base.path, self._pane.text_of(document_id), base, overwrite=overwrite)
        except LacunaError as error:
            self._pane.set_current(document_id)
            self._pane.show_notice(
                document_id, not_saved(error.report, _ways_out(error), partial(self._take, document_id))
            )
            return False
        self._keep(document_id, saved)
        self._pane.dismiss_notice(document_id, SAVE_ID)
        self._pane.set_saved(document_id)
        self._keeper.forget(document_id, saved.path)
        self.saved.emit(saved.path)
        return True

    def _reload(self, document_id: str) -> None:
        """Show the disk's content; undo brings the earlier text back."""
        known = self._files[document_id].encoding
        try:
            file = read_file(self.path_of(document_id), None if known.is_guess else known)
        except LacunaError as error:
            ways_out = WayOut.SAVE_AGAIN, WayOut.SAVE_AS
            self._pane.show_notice(document_id, not_saved(error.report, ways_out, partial(self._take, document_id)))
            return
        self._keep(document_id, file)
        self._pane.replace_text(document_id, file.text, saved=True)
        self._keeper.forget(document_id, file.path)

    def _restore(self, unsaved: UnsavedText) -> None:
        path = unsaved.base.path
        problem: ErrorReport | None = None
        file, shown = unsaved.base, ""
        try:
            on_disk = read_file(path, unsaved.base.encoding)
            shown = on_disk.text
            if on_disk.sha256 == unsaved.base.sha256:
                file = on_disk
        except LacunaError as error:
            problem = error.report
        document_id = self._add(file, shown)
        self._pane.replace_text(document_id, unsaved.text, saved=False)
        if not self._pane.is_modified(document_id):
            self._keeper.forget(document_id, path)  # the disk holds exactly this text
            self._reload(document_id)
        else:
            take = partial(self._take, document_id)
            self._pane.show_notice(document_id, restored(path, problem, take, is_conflict=file is unsaved.base))

    def _unsaved_text_of(self, document_id: str) -> UnsavedText | None:
        if document_id not in self._files or not self._pane.is_modified(document_id):
            return None
        return UnsavedText(self._files[document_id], self._pane.text_of(document_id))

    def _on_wished(self, wish: Wish) -> None:
        if isinstance(wish, FillWish):
            return  # app/code/fill_controller.py handles these
        match wish:
            case CloseFile(document_id):
                self.close_document(document_id)
            case _:
                assert_never(wish)

    def _on_edited(self, document_id: str) -> None:
        if self._pane.is_modified(document_id):
            self._keeper.note_change(document_id)

    def _on_modified_changed(self, document_id: str, modified: bool) -> None:
        if not modified and document_id in self._files:
            self._keeper.forget(document_id, self.path_of(document_id))

    def _on_not_backed_up(self, error: OSError) -> None:
        if self._pane.current_id:
            self._pane.show_notice(self._pane.current_id, not_backed_up(error))

    def _take(self, document_id: str, way: WayOut) -> None:
        """Carry out what the person chose in a notice above the document."""
        match way:
            case WayOut.SAVE_AGAIN:
                self.save(document_id)
            case WayOut.SAVE_AND_CLOSE:
                self._save_and_close(document_id)
            case WayOut.DISCARD:
                self._remove(document_id)
            case WayOut.OVERWRITE:
                self.save(document_id, overwrite=True)
            case WayOut.RELOAD:
                self._reload(document_id)
            case WayOut.SAVE_AS:
                self.save_path_wanted.emit(document_id, self.path_of(document_id))
            case WayOut.SAVE_AS_UTF8:
                self._save_as(document_id, in_utf8)
            case WayOut.CONFIRM_ENCODING:
                self._save_as(document_id, confirmed)
            case WayOut.OPEN_AGAIN:
                self._want_encoding(document_id)
            case WayOut.CANCEL:
                pass

    def _save_and_close(self, document_id: str) -> None:
        if self.save(document_id):
            self._remove(document_id)

    def _save_as(self, document_id: str, changed: Callable[[FileText], FileText]) -> None:
        """Save a document in another form of its file; if saving fails, the form stays as it was."""
        self._write(document_id, changed(self._files[document_id]), overwrite=False)

    def _want_encoding(self, document_id: str) -> None:
        path = self.path_of(document_id)
        try:
            rows = tuple(EncodingRow(reading.codec, reading.name, reading.sample) for reading in readings(path))
        except LacunaError as error:
            self._pane.show_notice(
                document_id, not_saved(error.report, (WayOut.SAVE_AS,), partial(self._take, document_id))
            )
            return
        self.encoding_wanted.emit(document_id, last_part(path), rows)

    def _keep(self, document_id: str, file: FileText) -> None:
        """Remember the content of a document's file, and show its encoding and line ends."""
        self._files[document_id] = file
        self._pane.set_label(document_id, _label(file))
        self._show_form()

    def _show_form(self, _document_id: str = "") -> None:
        file = self._files.get(self._pane.current_id)
        self.form_changed.emit(_form(file) if file is not None else "")


def _label(file: FileText) -> DocumentLabel:
    path = path_text(file.path)
    name = last_part(file.path)
    return DocumentLabel(name, f"{path}\n{_form(file)}", name)


def _form(file: FileText) -> str:
    """A file's encoding, whether that is a guess, and its line ends, in words for the person."""
    guess = " (a guess)" if file.encoding.is_guess else ""
    return f"{file.encoding.name}{guess}, {file.newlines.name}"


def _has_changed(file: FileText) -> bool:
    """Whether the disk holds another text than `file`. A deleted file counts as unchanged: saving makes it again."""
    try:
        if os.stat(file.path).st_mtime_ns == file.mtime_ns:
            return False
        return disk_hash(file.path) not in ("", file.sha256)
    except OSError:
        return False


def _ways_out(error: LacunaError) -> tuple[WayOut, ...]:
    match error:
        case ChangedOnDiskError():
            return WayOut.OVERWRITE, WayOut.RELOAD, WayOut.SAVE_AS
        case GuessedEncodingError():
            return WayOut.CONFIRM_ENCODING, WayOut.OPEN_AGAIN
        case NotEncodableError():
            return (WayOut.SAVE_AS_UTF8,)
        case _:
            return WayOut.SAVE_AGAIN, WayOut.SAVE_AS
