"""What the person is told and asked about an open file, above its text."""

from collections.abc import Iterable
from enum import StrEnum

from app.documents.file_text import display_name
from engine.errors import ErrorReport
from ui.parts.notice import Level, Notice, NoticeButton

SAVE_ID = "save"


class Answer(StrEnum):
    """What can be done about it; the value is the button's id."""

    SAVE = "document.save"
    SAVE_AND_CLOSE = "document.save_and_close"
    DISCARD = "document.discard"
    KEEP = "document.keep"
    OVERWRITE = "document.overwrite"
    RELOAD = "document.reload"
    SAVE_AS = "document.save_as"
    SAVE_AS_UTF8 = "document.save_as_utf8"


_WORDS = {
    Answer.SAVE: "Save again",
    Answer.SAVE_AND_CLOSE: "Save",
    Answer.DISCARD: "Discard",
    Answer.KEEP: "Cancel",
    Answer.OVERWRITE: "Overwrite",
    Answer.RELOAD: "Reload",
    Answer.SAVE_AS: "Save as…",
    Answer.SAVE_AS_UTF8: "Save as UTF-8",
}


def unsaved_changes(path: str) -> Notice:
    """Asked when a file with changes is to be closed."""
    return Notice(
        SAVE_ID,
        Level.WARN,
        f"{display_name(path)} has unsaved changes.",
        buttons=_buttons((Answer.SAVE_AND_CLOSE, Answer.DISCARD, Answer.KEEP)),
    )


def not_saved(error: ErrorReport, ways_out: Iterable[Answer]) -> Notice:
    """Saving or reading again failed."""
    return Notice(SAVE_ID, Level.ERROR, error.sentence, error.next_step, _buttons(ways_out))


def changed_on_disk(path: str) -> Notice:
    """Somebody else wrote a file that has changes here, too."""
    return Notice(
        SAVE_ID,
        Level.WARN,
        f"{display_name(path)} was changed by another program while it has unsaved changes here.",
        "Reload it (your text is one undo away), or keep yours and decide when you save.",
        _buttons((Answer.RELOAD, Answer.KEEP)),
    )


def restored(path: str, problem: ErrorReport | None, *, is_conflict: bool) -> Notice:
    """Unsaved changes of the last run are back."""
    name = display_name(path)
    if problem is not None:
        return Notice(
            SAVE_ID,
            Level.WARN,
            f"Your unsaved text of {name} is back, but its file could not be read: {problem.sentence}",
            "Save it under another name to be safe.",
            _buttons((Answer.SAVE_AS,)),
        )
    if is_conflict:
        return Notice(
            SAVE_ID,
            Level.WARN,
            f"Your unsaved text of {name} is back; the file was changed by another program since.",
            "Undo shows what is on disk now. Saving asks again before it overwrites that.",
        )
    return Notice(SAVE_ID, Level.INFO, f"Your unsaved changes to {name} are back.", "Save them, or undo them.")


def draft_not_kept(error: OSError) -> Notice:
    """Unsaved changes exist in memory only."""
    return Notice(
        "draft",
        Level.WARN,
        f"Unsaved changes can't be backed up ({error.strerror or error}), so a crash would lose them.",
        "Save your files, or free some space on the disk.",
    )


def _buttons(answers: Iterable[Answer]) -> tuple[NoticeButton, ...]:
    return tuple(NoticeButton(answer.value, _WORDS[answer]) for answer in answers)
