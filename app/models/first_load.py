"""Which model a start loads; after an unclean end the last model is only offered. Without Qt."""

from dataclasses import dataclass
from pathlib import Path

from engine.shown import last_part


@dataclass(frozen=True, slots=True)
class FirstLoad:
    """`folder` is None for the starter; `offered` is a folder to offer with `sentence`, "" for none."""

    folder: Path | None
    offered: str = ""
    sentence: str = ""


def first_load(asked: Path | None, remembered: str, *, was_crash: bool, was_loading: str) -> FirstLoad:
    """The requested model, else the last one; after an unclean end the last model is only offered.

    `was_loading` is the folder whose load never ended, "" for none. Loading it again unasked could bring the computer
    down at every start.
    """
    if asked is not None:
        return FirstLoad(asked)
    if was_loading:
        name = last_part(was_loading)
        return FirstLoad(
            None, was_loading, f"Lacuna ended while it loaded {name}, so the demonstration model was loaded instead."
        )
    if was_crash and remembered:
        return FirstLoad(
            None,
            remembered,
            "Lacuna did not end as it should last time, so the demonstration model was loaded instead of your last "
            "model.",
        )
    return FirstLoad(Path(remembered) if remembered else None)
