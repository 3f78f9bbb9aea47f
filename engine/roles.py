"""The requests that each child process answers, and their handlers."""

from collections.abc import Mapping
from pathlib import Path

from engine.environment import set_environment
from engine.messages.jobs import Role
from engine.messages.machine import InspectModel
from engine.worker import Handler


def handlers_of(role: Role, *, journal: Path | None = None) -> Mapping[type, Handler]:
    """The handlers of a role, with a fresh service. Imports only what the role needs: the reader has no torch.

    In `journal` the reader notes the file that it is about to parse, so that a crash on it is not repeated.
    """
    set_environment(role)
    match role:
        case Role.ENGINE:
            from engine.generate.service import ModelService

            return ModelService().handlers()
        case Role.READER:
            from engine.models.inspection_job import inspect_model
            from engine.project.service import ReaderService

            return {**ReaderService(journal).handlers(), InspectModel: inspect_model}
        case Role.FETCHER:
            from engine.models.fetch import FetcherService
            from engine.models.hub import HuggingFaceHub

            return FetcherService(HuggingFaceHub()).handlers()
