"""Finds the demonstration model that ships with the program, in a checkout and in an installed wheel."""

from importlib.resources import files
from pathlib import Path

import resources
from engine.models.catalogue import STARTER_NAME
from engine.shown import last_part


def resources_folder() -> Path:
    """The program's resources. Wheels are unpacked to files, so this is a path on disk."""
    return Path(str(files(resources)))


def starter_folder() -> Path:
    """The starter's model folder."""
    return resources_folder() / "starter" / "model"


def model_name(folder: Path) -> str:
    """The name of a model folder before it has been inspected."""
    return STARTER_NAME if is_starter(folder) else last_part(str(folder))


def is_starter(folder: Path) -> bool:
    """Whether a path leads to the starter, links resolved."""
    return folder.resolve() == starter_folder().resolve()
