"""Writes unsaved texts to disk within a second of a key press, and at once when the program is about to end."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.code.unsaved_texts import UnsavedText, UnsavedTexts

_WAIT_MS = 800  # counted from the first unwritten change, so that continued typing does not postpone it


class UnsavedKeeper(QObject):
    """Remembers which documents have changed since their texts were written.

    `unsaved_text_of` returns a document's unsaved text, None if it has no unsaved changes. `on_failure` is called with
    the OSError of a failed write, and not again until a write has succeeded.
    """

    def __init__(
        self,
        store: UnsavedTexts,
        unsaved_text_of: Callable[[str], UnsavedText | None],
        on_failure: Callable[[OSError], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._unsaved_text_of = unsaved_text_of
        self._on_failure = on_failure
        self._changed: dict[str, None] = {}
        self._has_failed = False
        self._timer = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._timer.timeout.connect(self._on_timeout)

    def note_change(self, document_id: str) -> None:
        """Note that a document was edited; its text is written soon."""
        self._changed[document_id] = None
        if not self._timer.isActive():
            self._timer.start()

    def forget(self, document_id: str, path: str) -> None:
        """Remove the unsaved text of a document that was saved or whose changes were given up."""
        self._changed.pop(document_id, None)
        try:
            self._store.drop(path)
        except OSError as error:
            self._fail(error)

    def flush(self) -> bool:
        """Write all waiting texts; False if any could not be written."""
        self._timer.stop()
        for document_id in tuple(self._changed):
            unsaved = self._unsaved_text_of(document_id)
            try:
                if unsaved is not None:
                    self._store.keep(unsaved)
            except OSError as error:
                self._fail(error)  # smaller texts may still fit
            else:
                del self._changed[document_id]
        self._has_failed = self._has_failed and bool(self._changed)
        return not self._changed

    def _on_timeout(self) -> None:
        if not self.flush():
            self._timer.start()  # the disk may have room by then

    def _fail(self, error: OSError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._on_failure(error)
