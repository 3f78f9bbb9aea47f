"""Walks a project folder: finds its files, and those left out by name or place, with the reason.

Runs no program; opens only folders, ignore files and git's own files. Links are not followed, so a walk ends. It is
iterative, so a deep tree costs only memory.
"""

import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from engine.errors import ErrorCode, LacunaError
from engine.project.descent import Descent
from engine.project.entries import Fault, FoundFile, LeftOut, shown
from engine.project.ignore import IgnoreRules
from engine.project.places import reason_by_place
from engine.project.wishes import Wishes

MAX_FOUND = 200_000
# Ignored files have rows, so that they can be included; from this many on, their folder has one row instead.
MAX_IGNORED_ROWS, _MANY_IGNORED = 20_000, 100

_VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".jj", ".bzr"})
_OWN_COPY = re.compile(r"\.lacuna-[0-9a-f]+\.tmp")


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder still to be listed. `path` is "" or ends in "/".

    `lifted`: the person included this folder although it is ignored, so ignore rules don't apply in it.
    `only_forced`: it is entered only for forced paths. `only_tracked`: it is entered only for tracked files; the value
    is the reason why the rest is left out.
    """

    path: str
    rules: IgnoreRules
    lifted: bool = False
    only_forced: bool = False
    only_tracked: str = ""


@dataclass(frozen=True, slots=True)
class _Ignored:
    """A file or folder that an ignore file excludes."""

    row: LeftOut

    @property
    def is_file(self) -> bool:
        return not self.row.path.endswith("/")


_Outcome = FoundFile | LeftOut | Fault | _Ignored | _Folder


def scan(root: str, wishes: Wishes) -> Iterator[FoundFile | LeftOut | Fault]:
    """Every file below `root`, folder by folder in name order. Raises LacunaError if `root` can't be listed."""
    _require_folder(root)
    waiting = [_Folder("", IgnoreRules.above(root))]
    found = ignored = untold = 0
    with Descent(root) as descent:
        while waiting and found <= MAX_FOUND:
            folder = waiting.pop()
            outcomes = list(_list_folder(descent, folder, wishes))
            waiting.extend(reversed([outcome for outcome in outcomes if isinstance(outcome, _Folder)]))
            for row in _rows_of(folder.path, outcomes):
                if isinstance(row, _Ignored):
                    ignored += 1
                    untold += ignored > MAX_IGNORED_ROWS
                    if ignored <= MAX_IGNORED_ROWS:
                        yield row.row
                else:
                    found += isinstance(row, FoundFile)
                    if found <= MAX_FOUND:
                        yield row
    if found > MAX_FOUND:
        yield Fault(f"The folder has more than {MAX_FOUND:,} files that are not ignored; the rest was not looked at.")
    if untold:
        yield Fault(f"{untold:,} ignored files are not listed: there are more than {MAX_IGNORED_ROWS:,}.")


def _rows_of(folder: str, outcomes: Collection[_Outcome]) -> Iterator[FoundFile | LeftOut | Fault | _Ignored]:
    """A folder's entries, or the folder itself if it has many files and all are ignored."""
    ignored = [outcome for outcome in outcomes if isinstance(outcome, _Ignored) and outcome.is_file]
    if folder and len(ignored) > _MANY_IGNORED and len(ignored) == len(outcomes):
        size_bytes = sum(outcome.row.size_bytes for outcome in ignored)
        yield _Ignored(LeftOut(folder, size_bytes, f"{len(ignored):,} files, {ignored[0].row.reason}", can_force=True))
        return
    for outcome in outcomes:
        if not isinstance(outcome, _Folder):
            yield outcome


def _list_folder(descent: Descent, folder: _Folder, wishes: Wishes) -> Iterator[_Outcome]:
    try:
        descriptor = descent.enter(folder.path)
        with os.scandir(descriptor) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield Fault(f"The folder {shorten(folder.path)} could not be read: {reason_of(error)}.")
        return
    names = [entry.name for entry in entries]
    rules = folder.rules if folder.lifted else folder.rules.within(descent.root, folder.path, names, descriptor)
    for entry in entries:
        path = folder.path + entry.name
        is_forced = wishes.forces(path) or wishes.forces_below(path)
        if folder.only_forced and not is_forced:
            continue
        try:
            if entry.is_symlink():
                yield _judge_link(descent.root, path)
            elif entry.is_dir(follow_symlinks=False):
                inner = _Folder(path + "/", rules, folder.lifted, folder.only_forced, folder.only_tracked)
                yield _judge_folder(descriptor, entry, inner, wishes)
            else:
                yield _judge_file(path, entry, folder, rules, wishes)
        except OSError as error:
            yield LeftOut(path, 0, f"unreadable: {reason_of(error)}")


def _judge_file(
    path: str, entry: os.DirEntry[str], folder: _Folder, rules: IgnoreRules, wishes: Wishes
) -> FoundFile | LeftOut | _Ignored:
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        return LeftOut(path, 0, f"not a file but {_kind_of(status.st_mode)}")
    if entry.name in _VERSION_CONTROL:
        return LeftOut(path, status.st_size, "version control data")
    if _OWN_COPY.fullmatch(entry.name):
        return LeftOut(path, status.st_size, "a copy that Lacuna was stopped in writing")
    forced = wishes.forces(path)
    source = "" if forced or folder.lifted else rules.ignored_by(path, is_folder=False)
    if folder.only_tracked and not source and not forced and not rules.is_tracked(path):
        source = folder.only_tracked
    if source:
        return _Ignored(LeftOut(path, status.st_size, f"ignored by {shown(source)}", can_force=True))
    return FoundFile(path, status.st_size, status.st_mtime_ns, forced, wishes.excludes(path))


def _judge_folder(above: int, entry: os.DirEntry[str], inner: _Folder, wishes: Wishes) -> LeftOut | _Ignored | _Folder:
    path = inner.path.rstrip("/")
    if entry.name in _VERSION_CONTROL:
        return LeftOut(inner.path, 0, "version control data")
    if wishes.forces(path):
        return _Folder(inner.path, inner.rules, lifted=True)
    source = _ignoring_folder(path, inner)
    reason = f"ignored by {shown(source)}" if source else reason_by_place(above, entry.name)
    if reason and wishes.forces_below(path):
        return _Folder(inner.path, inner.rules, lifted=True, only_forced=True)
    if reason:
        row = LeftOut(inner.path, 0, reason, can_force=True)
        return _Ignored(row) if source else row
    only_tracked = "" if inner.lifted else inner.only_tracked or inner.rules.tracked_alone_in(path)
    return replace(inner, only_tracked="" if inner.rules.is_tracked(path) else only_tracked)


def _ignoring_folder(path: str, folder: _Folder) -> str:
    """The ignore file that excludes a folder with all its content; empty if none does."""
    if folder.lifted:
        return ""
    source = folder.rules.ignored_by(path, is_folder=True)
    if folder.only_tracked and not source and not folder.rules.tracks_below(path) and not folder.rules.is_tracked(path):
        return folder.only_tracked
    return source


def _judge_link(root: str, path: str) -> LeftOut:
    """Why a link is skipped: a target inside the project is read in its own place; one outside isn't part of it."""
    target = os.path.realpath(os.path.join(root, path))
    inside = os.path.relpath(target, os.path.realpath(root))
    if inside == ".." or inside.startswith("../"):
        return LeftOut(path, 0, "a link that leaves the folder")
    if not os.path.lexists(target):
        return LeftOut(path, 0, "a link to nothing")
    if os.path.islink(target):
        return LeftOut(path, 0, "a link that leads in a circle")
    if os.path.isdir(target):
        return LeftOut(path, 0, f"a link to the folder {shown(inside)}, which is not followed")
    return LeftOut(path, 0, f"a link to {shown(inside)}")


def _require_folder(root: str) -> None:
    """Raise LacunaError if `root` is not a folder that can be listed."""
    next_step = "Choose another folder, or drop it again once it can be read."
    try:
        with os.scandir(root):
            return
    except FileNotFoundError:
        sentence = f"The folder {shown(root)} is not there."
    except NotADirectoryError:
        sentence = f"{shown(root)} is a file and not a folder."
        next_step = "Drop the folder that holds it, or open the file itself."
    except (OSError, ValueError) as error:
        sentence = f"The folder {shown(root)} could not be read: {reason_of(error)}."
    raise LacunaError(ErrorCode.PROJECT_UNREADABLE, sentence, next_step)


def reason_of(error: OSError | ValueError) -> str:
    """The system's message for an error, in the form for the middle of a sentence."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return words[:1].lower() + words[1:]


def shorten(path: str, longest: int = 120) -> str:
    """A path for a sentence, without the middle if it is very long."""
    text = shown(path)
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 :]}"


def _kind_of(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"
