"""Finds the demonstration model: in an installed wheel, in a checkout, or where a distribution put it."""

import os
from importlib.resources import files
from pathlib import Path

import resources
from engine.models.catalogue import STARTER_NAME
from engine.shown import last_part

ELSEWHERE = "LACUNA_STARTER"  # an environment variable for packagers, and for the tests


def resources_folder() -> Path:
    """The program's resources. Wheels are unpacked to files, so this is a path on disk."""
    return Path(str(files(resources)))


def starter_folder() -> Path:
    """The starter's model folder.

    LACUNA_STARTER may name another one. In a checkout where the model was not built it is the tests' small model.
    """
    if elsewhere := os.environ.get(ELSEWHERE):
        return Path(elsewhere)
    root = resources_folder()
    built, stand_in = root / "starter" / "model", root.parent / "tests" / "model"
    return stand_in if not _is_model(built) and _is_model(stand_in) else built


def model_name(folder: Path) -> str:
    """The name of a model folder before it has been inspected."""
    return STARTER_NAME if is_starter(folder) else last_part(str(folder))


def is_starter(folder: Path) -> bool:
    """Whether a path leads to the starter, links resolved."""
    return folder.resolve() == starter_folder().resolve()


def _is_model(folder: Path) -> bool:
    return (folder / "config.json").is_file()
