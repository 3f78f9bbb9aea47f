"""The person's decisions on files and folders, which overrule the gate's advice; without Qt."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Inclusions:
    """Relative paths that the person included against the gate's advice (`forced`) or excluded. Folders end in "/"."""

    forced: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)

    def leave_out(self, path: str) -> None:
        """Exclude a file or folder. One that was forced in returns to the gate's advice."""
        was_forced = {chosen for chosen in self.forced if _is_at_or_below(chosen, path)}
        self.forced -= was_forced
        if not any(_same(chosen, path) for chosen in was_forced):
            kept = {chosen for chosen in self.excluded if not _is_at_or_below(chosen, path)}
            self.excluded = kept | {path.rstrip("/")}

    def let_in(self, path: str, files: Iterable[str]) -> None:
        """Include a file or folder again, or against the gate's advice. `files` are the known files of the project.

        If a folder above it was excluded, that folder's other files are excluded one by one.
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
