"""What a person can ask for in the project pane; without Qt. Paths are relative to the folder.

`ProjectPane.wished` carries one of these. A `FolderWish` concerns the open folder alone, and the project's controller
carries it out. A `WindowWish` needs another part of the window. A new wish is a class here, a member of one union and
one `case` where that union is matched.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Read the folder again."""


@dataclass(frozen=True, slots=True)
class StopReading:
    """Stop reading the folder; what was read before stays in use."""


@dataclass(frozen=True, slots=True)
class CloseFolder:
    """Close the folder."""


@dataclass(frozen=True, slots=True)
class Include:
    """Send a file or folder with questions, or (`wanted` False) leave it out.

    The path of a folder that was left out ends in "/".
    """

    path: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """Ask which folder to open, and open it."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """Open a file of the folder in the code pane."""

    path: str


FolderWish = ReadAgain | StopReading | CloseFolder | Include
WindowWish = OpenFolder | OpenFile
Wish = FolderWish | WindowWish
