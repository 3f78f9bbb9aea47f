"""The person's decisions on single files and folders, in the form that a scan needs."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Wishes:
    """The person's decisions against the gate's advice, as relative paths of files or folders (with or without "/")."""

    forced: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    @classmethod
    def of(cls, forced: Collection[str], excluded: Collection[str]) -> Self:
        return cls(frozenset(path.rstrip("/") for path in forced), frozenset(path.rstrip("/") for path in excluded))

    def forces(self, path: str) -> bool:
        return path in self.forced

    def forces_below(self, folder: str) -> bool:
        """Whether a forced path is below this folder, so that it must be entered."""
        return any(path.startswith(folder + "/") for path in self.forced)

    def excludes(self, path: str) -> bool:
        """Whether this path or a folder above it was excluded."""
        return bool(self.excluded) and any(above in self.excluded for above in (path, *_folders_above(path)))


def _folders_above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
