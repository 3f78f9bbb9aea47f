"""Models as table rows for the Models dialog and `lacuna models`. Plain data; app/models computes them."""

from dataclasses import dataclass
from enum import StrEnum

from engine.model_plans import FitState


class Act(StrEnum):
    """An action on a model. The value is its button's label."""

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
    INSPECT = "Look inside…"
    TERMS = "Its terms"


class ModelState(StrEnum):
    """A model's state. The value is its text in the row."""

    ABSENT = "Not here"
    DOWNLOADING = "Downloading"
    PAUSED = "Paused"
    CUT = "Cut off"  # the download failed; its bytes so far are kept
    ON_DISK = "On disk"
    FAULTY = "Damaged"
    LEFT_OVER = "Left over"  # a 4-bit copy without its model
    LOADING = "Loading"
    LOADED = "Loaded"

    @property
    def is_here(self) -> bool:
        """Whether the model can be loaded, is loading or is loaded."""
        return self in (ModelState.ON_DISK, ModelState.LOADING, ModelState.LOADED)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model of the catalogue or one folder that was added. Sizes are in bytes, 0 if unknown.

    `key` identifies it in every signal: the repository's id or the folder's path. `name` is short, for use inside its
    section; `title` is complete. `fit` is None while it is unknown. `facts` are pairs of a word and its sentence.
    `fault` says why the model can't be loaded, `warnings` what to know before it is.
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
    state: ModelState
    state_words: str = ""
    fraction: float | None = None
    fault: str = ""
    folder: str = ""
    acts: tuple[Act, ...] = ()
    load_words: str = "Load"
    warnings: tuple[str, ...] = ()
    is_recommended: bool = False


class FactMark(StrEnum):
    """Whether a fact about this computer is good, neutral or a warning. The value is its icon."""

    FINE = "check"
    PLAIN = "info"
    WARN = "warning"


@dataclass(frozen=True, slots=True)
class MachineFact:
    """One fact about this computer."""

    mark: FactMark
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The recommended model for this computer.

    `name` is "" while it is unknown. `key` is its row's; "" if the starter is recommended.
    """

    key: str
    name: str
    sentence: str
    size_words: str
    button: str
    warnings: tuple[str, ...] = ()
