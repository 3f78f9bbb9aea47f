"""What the person said about single files and folders against the gate's advice; without Qt."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class ProjectWishes:
    """Relative paths let in (`forced`) or taken out (`excluded`); a folder that was not entered ends in "/"."""

    forced: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)

    def leave_out(self, path: str) -> None:
        """Take a file or folder out. What was only in because it was forced falls back to the gate's advice."""
        was_forced = {wish for wish in self.forced if _is_at_or_below(wish, path)}
        self.forced -= was_forced
        if not any(_same(wish, path) for wish in was_forced):
            self.excluded = {wish for wish in self.excluded if not _is_at_or_below(wish, path)} | {path.rstrip("/")}

    def let_in(self, path: str, files: Iterable[str]) -> None:
        """Let a file or folder in again, or against the gate's advice. `files` are the project's, as far as known.

        Where a folder above was taken out, the rest of it stays out file by file.
        """
        above = {wish for wish in self.excluded if _is_at_or_below(path, wish)}
        below = {wish for wish in self.excluded if _is_at_or_below(wish, path)}
        if not above and not below:
            self.forced.add(path)
            return
        rest = {
            file
            for file in files
            if any(_is_at_or_below(file, wish) for wish in above) and not _is_at_or_below(file, path)
        }
        self.excluded = (self.excluded - above - below) | rest


def _is_at_or_below(path: str, folder: str) -> bool:
    return _same(path, folder) or path.startswith(folder.rstrip("/") + "/")


def _same(path: str, other: str) -> bool:
    return path.rstrip("/") == other.rstrip("/")
