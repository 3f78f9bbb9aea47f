"""What all jobs share: roles, progress, the terminal events, and the unions of all requests and events."""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import ErrorReport
from engine.messages.downloads import DiscardDownload, Fetched, FetchModel
from engine.messages.generation import Chat, Complete, Infill, PromptBuilt, Stop, TextDelta, Usage
from engine.messages.machine import (
    InspectModel,
    LoadModel,
    MachineProbed,
    ModelInspected,
    ModelLoaded,
    ProbeMachine,
    UnloadModel,
)
from engine.messages.project import (
    Counted,
    CountTokens,
    FilesRead,
    PackProject,
    ProjectPacked,
    ProjectRead,
    ReadProject,
    RefreshProject,
    UseTokenizer,
)
from engine.messages.prompts import ExplainPrompt, PromptExplained


class Role(StrEnum):
    """The three children of the window."""

    ENGINE = "engine"
    READER = "reader"
    FETCHER = "fetcher"


Request = (
    LoadModel
    | ProbeMachine
    | UnloadModel
    | Chat
    | Infill
    | Complete
    | UseTokenizer
    | ReadProject
    | RefreshProject
    | PackProject
    | ExplainPrompt
    | CountTokens
    | InspectModel
    | FetchModel
    | DiscardDownload
)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a stage. `total` 0 means unknown; `rate` is units a second, if measured."""

    job_id: str
    stage: str  # a phrase for the person: "Reading the prompt"
    done: int
    total: int
    unit: str = ""
    detail: str = ""
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done. `stop` and `usage` are set only for text jobs; a cancelled one may lack `usage`."""

    job_id: str
    stop: Stop | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    job_id: str
    error: ErrorReport


Event = (
    Progress
    | ModelLoaded
    | MachineProbed
    | PromptBuilt
    | TextDelta
    | FilesRead
    | ProjectRead
    | ProjectPacked
    | PromptExplained
    | Counted
    | ModelInspected
    | Fetched
    | Finished
    | Failed
)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancels a job. Not a request: the child's receiving thread handles it at once, ahead of the inbox."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A child's first message, once it listens. It belongs to no job."""

    role: Role
    pid: int
