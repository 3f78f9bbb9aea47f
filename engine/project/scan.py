"""Walking a dropped folder: which files are there, which are passed over by name and place, and why.

Runs no program and opens nothing but ignore files. Folder links are never followed, so a walk ends; it is iterative, so
a deep tree only costs memory.
"""

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Self

from engine.errors import ErrorCode, LacunaError
from engine.project.entries import Fault, FoundFile, LeftOut, shown
from engine.project.ignore import IgnoreRules

MAX_FILES = 50_000

_CACHE = "a tool's cache"
_FOLDERS_LEFT_OUT = {
    "node_modules": "installed packages",
    "bower_components": "installed packages",
    "site-packages": "installed packages",
    "__pycache__": _CACHE,
    ".mypy_cache": _CACHE,
    ".pytest_cache": _CACHE,
    ".ruff_cache": _CACHE,
    ".hypothesis": _CACHE,
    ".cache": _CACHE,
    ".tox": "virtual environments",
    ".nox": "virtual environments",
    ".venv": "a virtual environment",
    ".gradle": _CACHE,
    ".terraform": _CACHE,
    ".next": "a tool's output",
    ".nuxt": "a tool's output",
    ".eggs": "installed packages",
    ".ssh": "may hold secrets",
    ".gnupg": "may hold secrets",
    ".aws": "may hold secrets",
    ".kube": "may hold secrets",
}
_VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".jj", ".bzr"})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person decided against the gate's advice, as relative paths of files or folders (any ending)."""

    forced: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    @classmethod
    def of(cls, forced: Collection[str], excluded: Collection[str]) -> Self:
        return cls(frozenset(path.rstrip("/") for path in forced), frozenset(path.rstrip("/") for path in excluded))

    def forces(self, path: str) -> bool:
        return path in self.forced

    def forces_below(self, folder: str) -> bool:
        """Whether a forced path lies below this folder, so that it must be entered."""
        return any(path.startswith(folder + "/") for path in self.forced)

    def excludes(self, path: str) -> bool:
        """Whether this path or a folder above it was taken out."""
        return bool(self.excluded) and any(above in self.excluded for above in (path, *_folders_above(path)))


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder still to be listed. `path` is "" or ends in "/".

    `lifted` says that the person asked for this folder although it is ignored: inside it ignore rules say nothing.
    `only_forced` says that it is entered for the sake of forced paths alone.
    """

    path: str
    rules: IgnoreRules
    lifted: bool = False
    only_forced: bool = False


def scan(root: str, wishes: Wishes) -> Iterator[FoundFile | LeftOut | Fault]:
    """Every file below `root`, folder by folder in the order of names. Raises LacunaError for a root it can't list."""
    _require_folder(root)
    waiting = [_Folder("", IgnoreRules.above(root))]
    count = 0
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(os.path.join(root, folder.path)) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Fault(f"The folder {shorten(folder.path)} could not be read: {reason_of(error)}.")
            continue
        inner: list[_Folder] = []
        for outcome in _list_folder(root, folder, entries, wishes):
            if isinstance(outcome, _Folder):
                inner.append(outcome)
                continue
            yield outcome
            count += not isinstance(outcome, Fault)
            if count >= MAX_FILES:
                yield Fault(f"The folder has more than {MAX_FILES:,} files; the rest was not looked at.")
                return
        waiting.extend(reversed(inner))


def _list_folder(
    root: str, folder: _Folder, entries: list[os.DirEntry[str]], wishes: Wishes
) -> Iterator[FoundFile | LeftOut | Fault | _Folder]:
    names = [entry.name for entry in entries]
    rules = folder.rules if folder.lifted else folder.rules.within(root, folder.path, names)
    for entry in entries:
        path = folder.path + entry.name
        if folder.only_forced and not wishes.forces(path) and not wishes.forces_below(path):
            continue
        try:
            if entry.is_symlink():
                yield _judge_link(root, path)
            elif entry.is_dir(follow_symlinks=False):
                inner = _Folder(path + "/", rules, folder.lifted, folder.only_forced)
                yield _judge_folder(path, entry, inner, wishes)
            else:
                yield _judge_file(path, entry, rules if not folder.lifted else IgnoreRules(), wishes)
        except OSError as error:
            yield LeftOut(path, 0, f"unreadable: {reason_of(error)}")


def _judge_file(path: str, entry: os.DirEntry[str], rules: IgnoreRules, wishes: Wishes) -> FoundFile | LeftOut:
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        return LeftOut(path, 0, f"not a file but {_kind_of(status.st_mode)}")
    if entry.name in _VERSION_CONTROL:
        return LeftOut(path, status.st_size, "version control data")
    forced = wishes.forces(path)
    source = "" if forced else rules.ignored_by(path, is_folder=False)
    if source:
        return LeftOut(path, status.st_size, f"ignored by {shown(source)}", can_force=True)
    return FoundFile(path, status.st_size, status.st_mtime_ns, forced, wishes.excludes(path))


def _judge_folder(path: str, entry: os.DirEntry[str], inner: _Folder, wishes: Wishes) -> LeftOut | _Folder:
    if entry.name in _VERSION_CONTROL:
        return LeftOut(path + "/", 0, "version control data")
    if wishes.forces(path):
        return _Folder(inner.path, inner.rules, lifted=True)
    reason = "" if inner.lifted else inner.rules.ignored_by(path, is_folder=True)
    reason = f"ignored by {shown(reason)}" if reason else _built_in_reason(entry)
    if not reason:
        return inner
    if wishes.forces_below(path):
        return _Folder(inner.path, inner.rules, lifted=True, only_forced=True)
    return LeftOut(path + "/", 0, reason, can_force=True)


def _judge_link(root: str, path: str) -> LeftOut:
    """A link's target inside the folder is read where it is; one outside is none of the project's."""
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


def _built_in_reason(entry: os.DirEntry[str]) -> str:
    if entry.name in _FOLDERS_LEFT_OUT:
        return _FOLDERS_LEFT_OUT[entry.name]
    if os.path.lexists(os.path.join(entry.path, "pyvenv.cfg")):
        return "a virtual environment"
    # The tag by which caches of any tool say what they are (bford.info/cachedir).
    return _CACHE if os.path.lexists(os.path.join(entry.path, "CACHEDIR.TAG")) else ""


def _require_folder(root: str) -> None:
    """Raise a sentence for the person where `root` is no folder that can be listed."""
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
    """The system's words for an error, as they stand in the middle of a sentence."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return words[:1].lower() + words[1:]


def shorten(path: str, longest: int = 120) -> str:
    """A path for a sentence: the middle of a very long one is left out."""
    text = shown(path)
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 :]}"


def _kind_of(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def _folders_above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
