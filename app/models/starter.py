"""Where the demonstration model lies that ships with the program, in a checkout as in an installed wheel."""

from importlib.resources import files
from pathlib import Path

import resources
from engine.models.catalogue import STARTER_NAME
from engine.shown import last_part


def resources_folder() -> Path:
    """What ships with the program. Wheels are unpacked to files, so this is a path on disk."""
    return Path(str(files(resources)))


def starter_folder() -> Path:
    """The starter's model folder."""
    return resources_folder() / "starter" / "model"


def model_name(folder: Path) -> str:
    """What a model folder is called before anything is known of it."""
    return STARTER_NAME if is_starter(folder) else last_part(str(folder))


def is_starter(folder: Path) -> bool:
    """Whether a path leads to the starter, whatever links are on the way."""
    return folder.resolve() == starter_folder().resolve()
