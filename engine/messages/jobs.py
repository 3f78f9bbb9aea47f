"""What every job has: roles, progress, the one terminal event, and the unions of all requests and events."""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import ErrorReport
from engine.messages.downloads import DiscardDownload, Fetched, FetchModel
from engine.messages.generation import Chat, Complete, Infill, PromptBuilt, Stop, TextDelta, Usage
from engine.messages.machine import LoadModel, MachineProbed, ModelLoaded, ProbeMachine, UnloadModel
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
    | FetchModel
    | DiscardDownload
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is. `total` 0 means unknown; `rate` is units a second where it was measured."""

    job_id: str
    stage: str  # a phrase for the person: "Reading the prompt"
    done: int
    total: int
    unit: str = ""
    detail: str = ""
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done; `stop` and `usage` only where text was asked for (a cancelled job may lack `usage`)."""

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
    | Fetched
    | Finished
    | Failed
)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Not a request: seen by the child's listening thread at once, beside the inbox and never behind a job in it."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Not a job's event: a child's first word, once it listens."""

    role: Role
    pid: int
