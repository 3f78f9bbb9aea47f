"""Ignore rules at every level of a tree: git's, and Lacuna's own .lacunaignore.

A walk asks about each folder before entering it, as git does, so a pattern only has to match the path itself. In a
folder outside any repository, .gitignore files and the person's own ignore file apply as if it were one.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from engine.project.git.index import TrackedNames
from engine.project.git.patterns import PatternList
from engine.project.git.repository import Repository, person_ignore_outside, repository_around, repository_at
from engine.project.plain_file import read_plain

GIT_IGNORE, OWN_IGNORE = ".gitignore", ".lacunaignore"

_MAX_IGNORE_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class _Level:
    """The patterns of one file. `lead + path[cut:]` makes a path below the root relative to that file's folder."""

    source: str
    patterns: PatternList
    cut: int
    lead: bytes = b""
    is_own: bool = False

    def decide(self, path: bytes, *, is_folder: bool) -> bool | None:
        return self.patterns.decide(self.lead + path[self.cut :], is_folder=is_folder)


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules that apply in one folder, from the repository's top down to it; the nearest match wins.

    Tracked files are not ignored. `lead + path[cut:]` makes a path below the root relative to the repository's top.
    """

    levels: tuple[_Level, ...] = ()
    tracked: TrackedNames = field(default_factory=TrackedNames)
    cut: int = 0
    lead: bytes = b""
    fold_case: bool = False

    @classmethod
    def above(cls, root: str) -> Self:
        """Rules from outside `root`: the person's own, and those of a repository around it.

        A rule file that ignores `root` itself is skipped: whoever drops an ignored folder wants to ask about it.
        """
        root = os.path.realpath(root)  # a link to a folder in a repository is that folder, as it is for git
        repository = repository_around(root)
        if repository is None:
            own = _Level("your own ignore file", _patterns(person_ignore_outside(), follow_link=True), 0)
            return cls((own,) if own.patterns else ())
        lead = _below(repository.top, root)
        levels = list(_levels_of(repository, 0, lead))
        place, folder = len(levels), root
        while folder != repository.top:
            folder = os.path.dirname(folder)
            patterns = _patterns(os.path.join(folder, GIT_IGNORE), fold_case=repository.fold_case)
            levels.insert(place, _Level("a .gitignore above", patterns, 0, _below(folder, root)))
        kept = tuple(level for level in levels if level.patterns and not _leaves_out_root(level))
        return cls(kept, repository.tracked(), 0, lead, repository.fold_case)

    def within(self, root: str, folder: str, names: Iterable[str], descriptor: int) -> Self:
        """The rules inside `folder` (relative to `root`, "" or ending in "/"), which holds entries of these names.

        Its ignore files are read below its `descriptor`. If it is a repository, git's rules from above end here.
        """
        here = set(names)
        cut = len(os.fsencode(folder))
        nested = repository_at(os.path.join(root, folder.rstrip("/"))) if folder and ".git" in here else None
        rules = self if nested is None else self._in_repository(nested, cut)
        found: list[_Level] = []
        for name in (GIT_IGNORE, OWN_IGNORE):
            is_own = name == OWN_IGNORE
            if name in here:
                patterns = _patterns(name, folder=descriptor, fold_case=rules.fold_case and not is_own)
                found += [_Level(folder + name, patterns, cut, is_own=is_own)] if patterns else []
        return replace(rules, levels=rules.levels + tuple(found)) if found else rules

    def _in_repository(self, nested: Repository, cut: int) -> Self:
        own = tuple(level for level in self.levels if level.is_own)
        levels = own + tuple(_levels_of(nested, cut))
        return type(self)(levels, nested.tracked(), cut, b"", nested.fold_case)

    def ignored_by(self, path: str, *, is_folder: bool) -> str:
        """The ignore file that excludes a path relative to the root (no "/" at its end); empty if none does."""
        asked = os.fsencode(path)
        source = self._decide(asked, is_folder=is_folder)
        if source and ((is_folder and self.tracks_below(path)) or self.is_tracked(path)):
            return self._decide(asked, is_folder=is_folder, own_only=True)
        return source

    def tracked_alone_in(self, folder: str) -> str:
        """The ignore file that excludes a folder apart from tracked files below it; empty if there is none."""
        is_closed = self.tracks_below(folder) and not self.is_tracked(folder)
        return self._decide(os.fsencode(folder), is_folder=True) if is_closed else ""

    def tracks_below(self, folder: str) -> bool:
        """Whether git tracks anything below a folder (relative to the root, no "/" at its end)."""
        return self.tracked.any_below(self.lead + os.fsencode(folder)[self.cut :] + b"/")

    def is_tracked(self, path: str) -> bool:
        """Whether git tracks a file, or a submodule's folder."""
        return self.lead + os.fsencode(path)[self.cut :] in self.tracked

    def _decide(self, path: bytes, *, is_folder: bool, own_only: bool = False) -> str:
        for level in reversed(self.levels):
            if own_only and not level.is_own:
                continue
            decision = level.decide(path, is_folder=is_folder)
            if decision is not None:
                return level.source if decision else ""
        return ""


def _levels_of(repository: Repository, cut: int, lead: bytes = b"") -> Iterator[_Level]:
    """A repository's patterns outside .gitignore files: the person's own, then its info/exclude."""
    for file, source in (
        (repository.person_ignore, "your own ignore file"),
        (repository.exclude_file, ".git/info/exclude"),
    ):
        patterns = _patterns(file, fold_case=repository.fold_case, follow_link=True)
        if patterns:
            yield _Level(source, patterns, cut, lead)


def _patterns(
    file: str, *, folder: int | None = None, fold_case: bool = False, follow_link: bool = False
) -> PatternList:
    """The patterns of an ignore file; none if it is missing or not a regular file."""
    try:
        content = read_plain(file, _MAX_IGNORE_BYTES, folder=folder, follow_link=follow_link)
    except (OSError, ValueError):
        return PatternList()
    if len(content) == _MAX_IGNORE_BYTES:
        content = content[: content.rfind(b"\n") + 1]  # a pattern that was cut off would mean something else
    return PatternList.read(content, fold_case=fold_case)


def _leaves_out_root(level: _Level) -> bool:
    """Whether the file ignores the root or a folder between the root and the file."""
    parts = level.lead.rstrip(b"/").split(b"/") if level.lead else []
    paths = (b"/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return any(level.patterns.decide(path, is_folder=True) for path in paths)


def _below(folder: str, path: str) -> bytes:
    return b"" if folder == path else os.fsencode(os.path.relpath(path, folder)) + b"/"
