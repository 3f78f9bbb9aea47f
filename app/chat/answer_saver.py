"""Writes answers to the store while they stream in. A write that fails is kept in memory and tried again."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from app.chat.store.chat_store import ChatStore
from engine.answers import Answer
from engine.errors import LacunaError

_EVERY_MS = 500
_RETRY_MS = 5_000


@dataclass(slots=True)
class _Unsaved:
    answer: Answer
    rest: str = ""


class AnswerSaver(QObject):
    """Saves answers.

    Attributes: is_failing, whether some text could not be written yet.
    Signals: warned(str), why answers are not being saved; "" once all of them are.
    """

    warned = Signal(str)

    def __init__(self, store: ChatStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._unsaved: dict[int, _Unsaved] = {}
        self.is_failing = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.flush)

    def unsaved(self, answer_id: int) -> Answer | None:
        """The current state of an answer that is not fully stored yet."""
        entry = self._unsaved.get(answer_id)
        return entry.answer if entry is not None else None

    def grow(self, answer: Answer, text: str) -> None:
        """Append `text` to the answer; it is written soon."""
        entry = self._unsaved.setdefault(answer.id, _Unsaved(answer))
        entry.answer = answer
        entry.rest += text
        if not self._timer.isActive():
            self._timer.start(_EVERY_MS)

    def end(self, answer: Answer) -> None:
        """Save an answer that has ended, at once."""
        self._unsaved.setdefault(answer.id, _Unsaved(answer)).answer = answer
        self.flush()

    def flush(self) -> None:
        """Save everything that the disk accepts now."""
        self._timer.stop()
        try:
            for entry in list(self._unsaved.values()):
                self._save(entry)
        except LacunaError as error:
            self.is_failing = True
            self._timer.start(_RETRY_MS)
            self.warned.emit(error.report.text)
        else:
            if self.is_failing:
                self.is_failing = False
                self.warned.emit("")

    def close(self) -> None:
        """Save what can be saved, and stop retrying."""
        self.flush()
        self._timer.stop()

    def _save(self, entry: _Unsaved) -> None:
        if entry.answer.state.is_running:
            if entry.rest:
                self._store.append_text(entry.answer.id, entry.rest)
                entry.rest = ""
        else:
            self._store.finish(entry.answer, entry.rest)
            del self._unsaved[entry.answer.id]
