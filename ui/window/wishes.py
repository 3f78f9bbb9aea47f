"""What a person can ask for in the window's own parts; without Qt. `MainWindow.wished` carries one of these.

A new wish is a class here, a member of the union and one `case` where the union is matched. What has an action
(ui/window/action_table.py) is no wish: menu, key, palette and buttons trigger the action.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenPaths:
    """Open these: folders as the project, files as documents. A folder stands first."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopWork:
    """Stop the work that the status bar shows."""


@dataclass(frozen=True, slots=True)
class GetModel:
    """Show this model in the Models dialog, to download it. `key` is its row's."""

    key: str


@dataclass(frozen=True, slots=True)
class UseStarter:
    """Begin with the demonstration model, which is loaded already."""


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Load a model that is on the disk. `key` is its row's."""

    key: str


Wish = OpenPaths | StopWork | GetModel | UseStarter | LoadModel
