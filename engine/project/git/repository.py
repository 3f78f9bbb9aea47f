"""Finds a repository, its ignore files other than .gitignore, and its index. Runs no program."""

import os
import re
from dataclasses import dataclass

from engine.project.git.config import GitConfig, config_home, person_config
from engine.project.git.index import TrackedNames
from engine.project.plain_file import read_plain

_MAX_POINTER_BYTES = 1 << 14
_HEAD = re.compile(rb"ref:\s*refs/|[0-9a-f]{40}")
_HASH_BYTES = {"sha1": 20, "sha256": 32}


@dataclass(frozen=True, slots=True)
class Repository:
    """A working tree. `person_ignore` is the person's own ignore file that applies in it; "" for none."""

    top: str
    git_dir: str
    common_dir: str
    person_ignore: str
    fold_case: bool = False
    hash_bytes: int = 20

    @property
    def exclude_file(self) -> str:
        return os.path.join(self.common_dir, "info", "exclude")

    def tracked(self) -> TrackedNames:
        """Read the index."""
        return TrackedNames.of(self.git_dir, hash_bytes=self.hash_bytes)


def repository_at(folder: str) -> Repository | None:
    """The repository whose working tree begins in this very folder."""
    git_dir = _git_dir_of(os.path.join(folder, ".git"))
    if git_dir is None:
        return None
    common_dir = _common_dir(git_dir)
    config = person_config()
    config.read(os.path.join(common_dir, "config"))
    if config.is_on("extensions.worktreeconfig"):
        config.read(os.path.join(git_dir, "config.worktree"))
    return Repository(
        folder,
        git_dir,
        common_dir,
        _person_ignore(config, folder),
        fold_case=config.is_on("core.ignorecase"),
        hash_bytes=_HASH_BYTES.get(config.values.get("extensions.objectformat", "sha1").lower(), 20),
    )


def repository_around(folder: str) -> Repository | None:
    """The nearest repository at or above a folder."""
    while True:
        found = repository_at(folder)
        parent = os.path.dirname(folder)
        if found is not None or parent == folder:
            return found
        folder = parent


def person_ignore_outside() -> str:
    """The person's own ignore file for a folder that is in no repository."""
    return _person_ignore(person_config(), os.path.expanduser("~"))


def _person_ignore(config: GitConfig, top: str) -> str:
    value = config.values.get("core.excludesfile")
    if value is None:
        return config_home("ignore")
    return os.path.join(top, os.path.expanduser(value)) if value else ""


def _git_dir_of(entry: str) -> str | None:
    """The git directory: `.git` itself, or the one it names if it is a file (in worktrees and submodules)."""
    if os.path.isdir(entry):
        return entry if _is_git_dir(entry) else None
    pointer = _first_line(entry)
    if not pointer.startswith("gitdir: "):
        return None
    target = os.path.join(os.path.dirname(entry), pointer.removeprefix("gitdir: "))
    return target if _is_git_dir(target) else None


def _is_git_dir(folder: str) -> bool:
    """Whether git would accept a directory as its own: it has a valid HEAD, objects and refs."""
    common_dir = _common_dir(folder)
    if not all(os.path.isdir(os.path.join(common_dir, name)) for name in ("objects", "refs")):
        return False
    head = os.path.join(folder, "HEAD")
    if os.path.islink(head):
        return os.readlink(head).startswith("refs/")
    return _HEAD.match(os.fsencode(_first_line(head))) is not None


def _common_dir(git_dir: str) -> str:
    """The folder that a linked worktree shares with the main one; for others the git directory itself."""
    return os.path.join(git_dir, _first_line(os.path.join(git_dir, "commondir")))


def _first_line(file: str) -> str:
    """The only line of a small file; empty if it can't be read."""
    try:
        content = read_plain(file, _MAX_POINTER_BYTES, follow_link=True)
    except (OSError, ValueError):
        return ""
    return "" if b"\0" in content else os.fsdecode(content).rstrip("\r\n")
