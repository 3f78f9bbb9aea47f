"""Which model a start loads, and what is only offered after an end that was not clean; without Qt."""

from dataclasses import dataclass
from pathlib import Path

from engine.shown import last_part


@dataclass(frozen=True, slots=True)
class FirstLoad:
    """`folder` None for the starter; `offered` a folder to offer with `sentence`, "" for none."""

    folder: Path | None
    offered: str = ""
    sentence: str = ""


def first_load(asked: Path | None, remembered: str, *, was_crash: bool, was_loading: str) -> FirstLoad:
    """What was asked for, else the last model; after an unclean end the last model is only offered.

    `was_loading` is the folder whose load did not end, "" for none: a computer that it brought down would be brought
    down at each start.
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
