"""What is known of a model before it is loaded: how it fits this machine, its terms, how far its download is."""

from dataclasses import dataclass
from enum import StrEnum


class FitState(StrEnum):
    """Whether a model fits a machine at the context that was asked for."""

    FITS = "fits"
    FITS_UP_TO = "fits up to"  # with a shorter context
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
    """The terms of a model as the person is shown them before a download; what does not apply is ""."""

    name: str  # also what an acceptance is recorded under
    address: str
    policy_address: str  # of the acceptable use policy
    attribution: str  # the notice that has to stand with every copy that is passed on
    badge: str  # what has to stand where the model is used
    summary: tuple[str, ...]  # sentences in our own words; the text itself counts


class DownloadStage(StrEnum):
    """Where a download stands; the values are phrases for the person."""

    WAITING = "Waiting for another download"
    ASKING = "Asking what there is to download"
    DOWNLOADING = "Downloading"
    CHECKING = "Checking"
    PAUSED = "Paused"
    FAILED = "Failed"
    DONE = "Downloaded"


@dataclass(frozen=True, slots=True)
class DownloadState:
    """What the window shows of a download. `id` is its repository, "owner/name"."""

    id: str
    stage: DownloadStage
    done_bytes: int = 0
    total_bytes: int = 0  # 0: not known yet
    rate: float = 0.0  # bytes a second, 0 if not known
    remaining_s: float | None = None
    sentence: str = ""  # why it failed and what to do, or what it is at
    is_paused: bool = False  # something has arrived and nothing runs: it can go on
    revision: str = ""  # the commit, once it is known
    folder: str = ""
