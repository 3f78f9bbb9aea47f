"""What the libraries in a process are told about the network, by its role; they read it when they are imported."""

import os
from collections.abc import Mapping

from engine.messages.jobs import Role

_QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


def environment_of(role: Role) -> Mapping[str, str]:
    """Only the fetcher may reach for the network; the libraries of the others are told that there is none."""
    return _QUIET if role is Role.FETCHER else _QUIET | _OFFLINE


def set_environment(role: Role) -> None:
    """Tell the libraries of this process, before they are imported."""
    os.environ.update(environment_of(role))
