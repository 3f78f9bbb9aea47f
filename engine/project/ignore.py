"""Ignore rules at every level of a tree: .gitignore as git reads it, and Lacuna's own .lacunaignore beside it.

Patterns are translated by pathspec; which of them wins is decided here. pathspec's own matching of whole trees weighs a
pattern for folders less than one for files, so that `*` with `!*/` (the usual way to name only what is wanted) would
prune every folder. A walk asks about each folder before it enters, as git does, so a pattern only has to match the path
itself.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from engine.project.plain_file import read_plain

GIT_IGNORE, OWN_IGNORE = ".gitignore", ".lacunaignore"

_MAX_IGNORE_BYTES = 1 << 20
# A regular expression backtracks over every star of a name: a hostile pattern could take longer than anybody waits.
_MAX_STARS_IN_SEGMENT, _MAX_DOUBLE_STARS = 4, 3
_STARS = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    ignores: bool
    folders_only: bool

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Whether the pattern means this very path; that it means a folder above was asked when that was entered."""
        if self.folders_only and not is_folder:
            return False
        match = self.regex.search(path)
        return match is not None and not match.groupdict().get("ps_d")


@dataclass(frozen=True, slots=True)
class _Level:
    """The patterns of one file. A path below the root becomes one below that file's folder by `lead + path[cut:]`."""

    source: str
    patterns: tuple[_Pattern, ...]
    cut: int
    lead: str = ""


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules that hold in one folder, from the repository's top down to it; the nearest that matches wins."""

    levels: tuple[_Level, ...] = ()

    @classmethod
    def above(cls, root: str) -> Self:
        """Rules that a repository around `root` has for it: its info/exclude and the .gitignore files above `root`.

        None where `root` is in no repository, or where those rules leave out `root` itself: who drops an ignored folder
        wants to ask about it.
        """
        top = _repository_top(root)
        if top is None:
            return cls()
        lead = "" if top == root else os.path.relpath(root, top) + "/"
        levels = [_level(os.path.join(top, ".git", "info", "exclude"), ".git/info/exclude", 0, lead)]
        folder = root
        while folder != top:
            folder = os.path.dirname(folder)
            levels.insert(1, _level(os.path.join(folder, GIT_IGNORE), "a .gitignore above", 0, _below(folder, root)))
        rules = cls(tuple(level for level in levels if level is not None))
        return cls() if lead and rules._leaves_out_root() else rules

    def within(self, root: str, folder: str, names: Iterable[str]) -> Self:
        """The rules inside `folder` (relative to `root`, "" or ending in "/"), which holds entries of these names."""
        here = set(names)
        levels = [
            _level(os.path.join(root, folder, name), folder + name, len(folder))
            for name in (GIT_IGNORE, OWN_IGNORE)
            if name in here
        ]
        found = tuple(level for level in levels if level is not None)
        return type(self)(self.levels + found) if found else self

    def ignored_by(self, path: str, *, is_folder: bool) -> str:
        """Which ignore file leaves out a path relative to the root (no "/" at its end); empty where none does."""
        for level in reversed(self.levels):
            asked = level.lead + path[level.cut :]
            for pattern in reversed(level.patterns):
                if pattern.matches(asked, is_folder=is_folder):
                    return level.source if pattern.ignores else ""
        return ""

    def _leaves_out_root(self) -> bool:
        """Whether the root, or a folder between it and the repository's top, is ignored by what stands above it."""
        for level in self.levels:
            parts = level.lead.rstrip("/").split("/")
            for count in range(1, len(parts) + 1):
                path = "/".join(parts[:count])
                hits = [pattern for pattern in level.patterns if pattern.matches(path, is_folder=True)]
                if hits and hits[-1].ignores:
                    return True
        return False


def parse(lines: Iterable[str]) -> tuple[_Pattern, ...]:
    """The patterns of an ignore file's lines. A line that is no pattern, or a costly one, means nothing (as in git)."""
    return tuple(pattern for pattern in map(_parse_line, lines) if pattern is not None)


def _parse_line(line: str) -> _Pattern | None:
    bare = line.rstrip(" \t\r\n")
    folders_only = bare.endswith("/") and not bare.endswith("\\/")
    text = bare.rstrip("/") if folders_only else line.rstrip("\r\n")
    if _is_costly(text):
        return None
    try:
        pattern = GitIgnoreSpecPattern(text)
    except (GitIgnorePatternError, re.error):
        return None
    if pattern.include is None or pattern.regex is None:
        return None
    return _Pattern(pattern.regex, pattern.include, folders_only)


def _is_costly(text: str) -> bool:
    if text.count("**") > _MAX_DOUBLE_STARS:
        return True
    return any(len(_STARS.findall(segment)) > _MAX_STARS_IN_SEGMENT for segment in text.split("/"))


def _level(file: str, source: str, cut: int, lead: str = "") -> _Level | None:
    """The patterns of an ignore file; None where it is not there, not a plain file or empty."""
    try:
        content = read_plain(file, _MAX_IGNORE_BYTES)
    except OSError:
        return None
    # Names come from the system with undecodable bytes as surrogates; patterns must spell them the same way.
    patterns = parse(os.fsdecode(content.removeprefix(b"\xef\xbb\xbf")).split("\n"))
    return _Level(source, patterns, cut, lead) if patterns else None


def _below(folder: str, path: str) -> str:
    return os.path.relpath(path, folder) + "/"


def _repository_top(root: str) -> str | None:
    """The nearest folder at or above `root` that holds `.git`."""
    folder = root
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder
