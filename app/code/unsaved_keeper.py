"""Writes unsaved texts to the draft store within a second of a key, and at once when the program is about to end."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.code.unsaved_texts import Draft, DraftStore

_WAIT_MS = 800  # from the first change that is not on disk yet, so that typing on does not put it off


class DraftKeeper(QObject):
    """Remembers which documents have changed since their drafts were written.

    `draft_of` gives what a document holds now, None where there is nothing to keep; `on_failure` is told of an OSError
    of the disk, once until a draft can be written again.
    """

    def __init__(
        self,
        store: DraftStore,
        draft_of: Callable[[str], Draft | None],
        on_failure: Callable[[OSError], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._draft_of = draft_of
        self._on_failure = on_failure
        self._changed: dict[str, None] = {}
        self._has_failed = False
        self._timer = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._timer.timeout.connect(self._on_timeout)

    def note_change(self, document_id: str) -> None:
        """A document was edited; its draft follows."""
        self._changed[document_id] = None
        if not self._timer.isActive():
            self._timer.start()

    def forget(self, document_id: str, path: str) -> None:
        """A document was saved or its changes were given up: its draft goes."""
        self._changed.pop(document_id, None)
        try:
            self._store.drop(path)
        except OSError as error:
            self._fail(error)

    def flush(self) -> bool:
        """Write what is waiting; False where the disk did not take all of it."""
        self._timer.stop()
        for document_id in tuple(self._changed):
            draft = self._draft_of(document_id)
            try:
                if draft is not None:
                    self._store.keep(draft)
            except OSError as error:
                self._fail(error)  # the others may still find room
            else:
                del self._changed[document_id]
        self._has_failed = self._has_failed and bool(self._changed)
        return not self._changed

    def _on_timeout(self) -> None:
        if not self.flush():
            self._timer.start()  # the disk may have room again

    def _fail(self, error: OSError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._on_failure(error)
