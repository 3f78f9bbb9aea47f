"""Folders that are not entered unless the person asks: installed packages, caches, environments, key stores."""

import os

_CACHE = "a tool's cache"
_FOLDERS_LEFT_OUT = {
    "node_modules": "installed packages",
    "bower_components": "installed packages",
    "site-packages": "installed packages",
    "__pycache__": _CACHE,
    ".mypy_cache": _CACHE,
    ".pytest_cache": _CACHE,
    ".ruff_cache": _CACHE,
    ".hypothesis": _CACHE,
    ".cache": _CACHE,
    ".tox": "virtual environments",
    ".nox": "virtual environments",
    ".venv": "a virtual environment",
    ".gradle": _CACHE,
    ".terraform": _CACHE,
    ".next": "a tool's output",
    ".nuxt": "a tool's output",
    ".eggs": "installed packages",
    ".ssh": "may hold secrets",
    ".gnupg": "may hold secrets",
    ".aws": "may hold secrets",
    ".kube": "may hold secrets",
}


def reason_by_place(above: int, name: str) -> str:
    """Why a folder below the descriptor `above` is not entered; empty if it may be."""
    if name in _FOLDERS_LEFT_OUT:
        return _FOLDERS_LEFT_OUT[name]
    if _is_there(above, f"{name}/pyvenv.cfg"):
        return "a virtual environment"
    # The tag that marks cache directories of any tool (bford.info/cachedir).
    return _CACHE if _is_there(above, f"{name}/CACHEDIR.TAG") else ""


def _is_there(folder: int, path: str) -> bool:
    try:
        os.stat(path, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return True
