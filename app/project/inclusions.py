"""Which files and folders the person includes or excludes, against the advice of the gate; without Qt."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Inclusions:
    """Relative paths, included against the gate's advice (`forced`) or excluded. A folder left out ends in "/"."""

    forced: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)

    def leave_out(self, path: str) -> None:
        """Take a file or folder out. What was only in because it was forced falls back to the gate's advice."""
        was_forced = {chosen for chosen in self.forced if _is_at_or_below(chosen, path)}
        self.forced -= was_forced
        if not any(_same(chosen, path) for chosen in was_forced):
            kept = {chosen for chosen in self.excluded if not _is_at_or_below(chosen, path)}
            self.excluded = kept | {path.rstrip("/")}

    def let_in(self, path: str, files: Iterable[str]) -> None:
        """Let a file or folder in again, or against the gate's advice. `files` are the project's, as far as known.

        Where a folder above was taken out, the rest of it stays out file by file.
        """
        above = {chosen for chosen in self.excluded if _is_at_or_below(path, chosen)}
        below = {chosen for chosen in self.excluded if _is_at_or_below(chosen, path)}
        if not above and not below:
            self.forced.add(path)
            return
        rest = {
            file
            for file in files
            if any(_is_at_or_below(file, chosen) for chosen in above) and not _is_at_or_below(file, path)
        }
        self.excluded = (self.excluded - above - below) | rest


def _is_at_or_below(path: str, folder: str) -> bool:
    return _same(path, folder) or path.startswith(folder.rstrip("/") + "/")


def _same(path: str, other: str) -> bool:
    return path.rstrip("/") == other.rstrip("/")
