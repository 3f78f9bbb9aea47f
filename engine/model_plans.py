"""Facts about a model before it is loaded: its fit, its licence, its download."""

from dataclasses import dataclass
from enum import StrEnum


class FitState(StrEnum):
    """Whether a model fits a machine at the requested context."""

    FITS = "fits"
    FITS_UP_TO = "fits up to"  # fits only with a shorter context
    DOES_NOT_FIT = "does not fit"


@dataclass(frozen=True, slots=True)
class Fit:
    """A memory plan in short: `sentence` says it to the person. `context_tokens` is how much context fits, at most
    what was asked for, 0 if nothing does; bytes are those at that context.
    """

    state: FitState
    sentence: str
    context_tokens: int
    weights_bytes: int
    kv_bytes: int
    workspace_bytes: int


@dataclass(frozen=True, slots=True)
class Licence:
    """A model's licence as shown before a download; fields that do not apply are ""."""

    name: str  # acceptances are recorded under it
    address: str
    policy_address: str  # the acceptable use policy's
    attribution: str  # the notice that every redistributed copy must carry
    badge: str  # the notice that must be shown where the model is used
    summary: tuple[str, ...]  # in our own words; only the licence's text is binding


class DownloadStage(StrEnum):
    """The stage of a download; values are phrases for the person."""

    WAITING = "Waiting for another download"
    ASKING = "Asking what there is to download"
    DOWNLOADING = "Downloading"
    CHECKING = "Checking"
    PAUSED = "Paused"
    FAILED = "Failed"
    DONE = "Downloaded"


@dataclass(frozen=True, slots=True)
class DownloadState:
    """A download as the window shows it. `id` is its repository, "owner/name"."""

    id: str
    stage: DownloadStage
    done_bytes: int = 0
    total_bytes: int = 0  # 0: not known yet
    rate: float = 0.0  # bytes a second, 0 if not known
    remaining_s: float | None = None
    sentence: str = ""  # why it failed and what to do, or its current activity
    is_paused: bool = False  # partly downloaded and not running; it can be resumed
    revision: str = ""  # the commit, once known
    folder: str = ""
