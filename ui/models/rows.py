"""What the Models dialog shows, as plain data; `app/models/shelf_rows.py` decides it."""

from dataclasses import dataclass
from enum import StrEnum

from engine.model_plans import FitState


class Act(StrEnum):
    """What can be done with a model; the value is the words on its button."""

    DOWNLOAD = "Download…"
    PAUSE = "Pause"
    RESUME = "Resume"
    CANCEL = "Cancel download"
    LOAD = "Load"
    STOP = "Stop loading"
    UNLOAD = "Unload"
    REMOVE = "Remove…"
    FREE = "Remove 4-bit copy…"
    DEFAULTS = "Defaults…"


class Place(StrEnum):
    """Where a model is; the value is what its row says."""

    ABSENT = "Not here"
    DOWNLOADING = "Downloading"
    PAUSED = "Paused"
    CUT = "Cut off"  # the download failed; what has arrived is kept
    ON_DISK = "On disk"
    FAULTY = "Damaged"
    LEFT_OVER = "Left over"  # a 4-bit copy whose model is gone
    LOADING = "Loading"
    LOADED = "Loaded"

    @property
    def is_here(self) -> bool:
        """Whether it can be loaded or is."""
        return self in (Place.ON_DISK, Place.LOADING, Place.LOADED)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model of the catalogue or one folder that was added. Sizes in bytes, 0 where they are not known.

    `key` names it in every signal: the repository's id, or the folder's path. `name` is short, for inside its section,
    and `title` stands alone. `fit` is None while it is not known. `facts` are pairs of a word and what stands beside
    it; `fault` says why it can't be loaded, `warnings` what to know before it is.
    """

    key: str
    name: str
    title: str
    section: str
    good_for: str
    fit: FitState | None
    fit_words: str
    fit_sentence: str
    download_bytes: int
    weights_bytes: int
    score: str
    facts: tuple[tuple[str, str], ...]
    place: Place
    place_words: str = ""
    fraction: float | None = None
    fault: str = ""
    folder: str = ""
    acts: tuple[Act, ...] = ()
    load_words: str = "Load"
    warnings: tuple[str, ...] = ()
    is_recommended: bool = False


class Level(StrEnum):
    """How a fact about this computer is meant; the value is its icon."""

    FINE = "check"
    PLAIN = "info"
    WARN = "warning"


@dataclass(frozen=True, slots=True)
class MachineFact:
    """One line about this computer."""

    level: Level
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to begin with here; `name` is "" while that is not known, `key` (the row's) where the starter is advised."""

    key: str
    name: str
    sentence: str
    size_words: str
    button: str
    warnings: tuple[str, ...] = ()
