"""Switches libraries offline by environment variables, which they read when they are imported."""

import os
from collections.abc import Mapping

from engine.messages.jobs import Role

_QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


def environment_of(role: Role) -> Mapping[str, str]:
    """The variables for a role. Only the fetcher may use the network; in other roles the libraries are offline."""
    return _QUIET if role is Role.FETCHER else _QUIET | _OFFLINE


def set_environment(role: Role) -> None:
    """Set the variables in this process. Call it before importing the libraries."""
    os.environ.update(environment_of(role))
