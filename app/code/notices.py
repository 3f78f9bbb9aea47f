"""The notices above an open file: what each says and which choices it offers."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import partial

from engine.errors import ErrorReport
from engine.shown import last_part
from ui.parts.notice import Level, Notice, NoticeButton

SAVE_ID = "save"


class WayOut(StrEnum):
    """A choice that a notice offers; the value is its button's label."""

    SAVE_AGAIN = "Save again"
    SAVE_AND_CLOSE = "Save"
    DISCARD = "Discard"
    CANCEL = "Cancel"
    OVERWRITE = "Overwrite"
    RELOAD = "Reload"
    SAVE_AS = "Save as…"
    SAVE_AS_UTF8 = "Save as UTF-8"
    CONFIRM_ENCODING = "They are right, save"
    OPEN_AGAIN = "Open again in…"


Take = Callable[[WayOut], object]  # called with the person's choice


def unsaved_changes(path: str, take: Take) -> Notice:
    """Ask what to do with the unsaved changes of a file that is being closed."""
    return Notice(
        SAVE_ID,
        Level.WARN,
        f"{last_part(path)} has unsaved changes.",
        buttons=_buttons((WayOut.SAVE_AND_CLOSE, WayOut.DISCARD, WayOut.CANCEL), take),
    )


def not_saved(error: ErrorReport, ways_out: Iterable[WayOut], take: Take) -> Notice:
    """Say that saving or reading again failed."""
    return Notice(SAVE_ID, Level.ERROR, error.sentence, error.next_step, _buttons(ways_out, take))


def changed_on_disk(path: str, take: Take) -> Notice:
    """Say that another program wrote a file that has unsaved changes here."""
    return Notice(
        SAVE_ID,
        Level.WARN,
        f"{last_part(path)} was changed by another program while it has unsaved changes here.",
        "Reload it (your text is one undo away), or keep yours and decide when you save.",
        _buttons((WayOut.RELOAD, WayOut.CANCEL), take),
    )


def restored(path: str, problem: ErrorReport | None, take: Take, *, is_conflict: bool) -> Notice:
    """Say that the last run's unsaved changes were restored."""
    name = last_part(path)
    if problem is not None:
        return Notice(
            SAVE_ID,
            Level.WARN,
            f"Your unsaved text of {name} is back, but its file could not be read: {problem.sentence}",
            "Save it under another name to be safe.",
            _buttons((WayOut.SAVE_AS,), take),
        )
    if is_conflict:
        return Notice(
            SAVE_ID,
            Level.WARN,
            f"Your unsaved text of {name} is back; the file was changed by another program since.",
            "Undo shows what is on disk now. Saving asks again before it overwrites that.",
        )
    return Notice(SAVE_ID, Level.INFO, f"Your unsaved changes to {name} are back.", "Save them, or undo them.")


def not_backed_up(error: OSError) -> Notice:
    """Say that unsaved changes are in memory only."""
    return Notice(
        "not-backed-up",
        Level.WARN,
        f"Unsaved changes can't be backed up ({error.strerror or error}), so a crash would lose them.",
        "Save your files, or free some space on the disk.",
    )


def _buttons(ways_out: Iterable[WayOut], take: Take) -> tuple[NoticeButton, ...]:
    return tuple(NoticeButton(way.value, partial(take, way)) for way in ways_out)
