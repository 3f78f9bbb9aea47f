"""Resolves the paths of a project: always to a file below the project's root."""

import os

from engine.errors import ErrorCode, LacunaError
from engine.shown import one_line


def resolve_below(root: str, relative: str) -> str:
    """The absolute path of a project's file, links resolved. LacunaError FILE_UNREADABLE if it is outside the root."""
    parts = relative.split("/")
    if not relative or "\0" in relative or os.path.isabs(relative) or ".." in parts or ".git" in parts:
        raise _outside(relative)
    real_root = os.path.realpath(root)
    real = os.path.realpath(os.path.join(real_root, relative))
    if os.path.commonpath((real_root, real)) != real_root or ".git" in os.path.relpath(real, real_root).split("/"):
        raise _outside(relative)
    return real


def _outside(relative: str) -> LacunaError:
    shown = one_line(relative)
    return LacunaError(
        ErrorCode.FILE_UNREADABLE,
        f"“{shown}” is not a file inside the project, so it was not opened.",
        "Use File > Open to open a file that is somewhere else.",
    )
