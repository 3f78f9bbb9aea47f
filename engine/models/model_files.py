"""Finds a model's files: in a plain folder or the hub's cache; names Git LFS pointers and missing files."""

import os
import re
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.regular_files import is_lfs_pointer, open_regular, read_regular
from engine.shown import path_text

_CACHED = "models--"  # begins a repository's folder in the hub's cache
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_MAX_REF_BYTES = 1024
_MOST_LOOKED_AT = 200  # neighbours, where a folder is no model itself


def resolve_folder(path: Path) -> Path:
    """The folder that holds the files: of a repository's folder in the hub's cache, the snapshot that is in use.

    Raises LacunaError MODEL_INVALID if the cache holds no such snapshot, or several and names none.
    """
    snapshots = path / "snapshots"
    if (path / "config.json").exists() or not snapshots.is_dir():
        return path
    commit = _main_commit(path)
    if commit and (snapshots / commit).is_dir():
        return snapshots / commit
    found = sorted(entry for entry in snapshots.iterdir() if entry.is_dir())
    if len(found) == 1:
        return found[0]
    state = f"{len(found)} snapshots, and refs/main names none of them" if found else "no snapshot"
    raise LacunaError(
        ErrorCode.MODEL_INVALID,
        f"This is a repository's folder in the hub's cache, and it holds {state}.",
        "Choose one of the folders below its snapshots." if found else "Download the model, or choose another folder.",
    )


def folder_name(path: Path) -> str:
    """What a model is called: as its folder or, where the hub's cache names that by a hash, as the repository."""
    path = path.absolute()
    for folder in (path, path.parent.parent):
        if folder.name.startswith(_CACHED):
            return path_text(folder.name.rsplit("--", 1)[-1])
    return path_text(path.name)


def file_name(path: Path) -> str:
    """What a model in one file is called: as the file, without the ending of its format."""
    return path_text(path.stem if path.suffix.lower() == ".gguf" else path.name)


def require_content(path: Path) -> None:
    """Check that a file that is there holds what its name says. Raises LacunaError MODEL_INVALID if it can't be
    read, is no regular file, or is a pointer that Git LFS left in its place.
    """
    try:
        with open_regular(path) as file:
            refuse_pointer(path.name, file.read(64))
    except OSError as error:
        raise unreadable(path, error) from None


def require_tokenizer(file: Path) -> None:
    """Check that a folder's tokenizer.model is there. Raises LacunaError MODEL_INVALID."""
    if not file.exists():
        also = (
            " (tokenizer.json alone does not spell Code Llama's text exactly)"
            if file.with_name("tokenizer.json").is_file()
            else ""
        )
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            f"This folder has no tokenizer.model, so text cannot be turned into tokens{also}.",
            "Download tokenizer.model from where the model came from into this folder.",
        )
    require_content(file)


def refuse_pointer(file_name: str, start: bytes) -> None:
    """Raise LacunaError MODEL_INVALID if a file begins as a pointer of Git LFS does."""
    if is_lfs_pointer(start):
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            f"{path_text(file_name)} is a pointer that Git LFS left in the file's place; "
            "the file itself was not brought.",
            "Install git-lfs, run `git lfs pull` in this folder, and load it again.",
        )


def unreadable(path: Path, error: OSError) -> LacunaError:
    """The error for an unreadable file."""
    return LacunaError(
        ErrorCode.MODEL_INVALID,
        f"{path_text(path.name)} can't be read: {error.strerror or type(error).__name__}.",
        "Check the file and its permissions, or choose another folder.",
        detail=f"{path_text(path)}: {error!r}",
    )


def no_config(folder: Path) -> LacunaError:
    """The error for a folder without config.json, with where to look instead."""
    wanted = "Choose the folder that holds config.json, tokenizer.model and the .safetensors files."
    inside = _models_inside(folder)
    if inside:
        wanted = f"Choose the folder {inside[0]} in it" + (" or another one there." if len(inside) > 1 else ".")
    return LacunaError(
        ErrorCode.MODEL_INVALID,
        "This folder has no config.json, so it is not a model in the Hugging Face layout.",
        wanted,
    )


def _models_inside(folder: Path) -> list[str]:
    """Names of the folders in a folder that look like models themselves."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry, _ in zip(entries, range(_MOST_LOOKED_AT), strict=False) if entry.is_dir()]
    except OSError:
        return []
    return sorted(
        path_text(name)
        for name in names
        if (folder / name / "config.json").is_file() or (name.startswith(_CACHED) and (folder / name / "refs").is_dir())
    )


def _main_commit(path: Path) -> str:
    """The commit that the cache's branch main stands for; "" if none is named. It is data: no path comes of it."""
    try:
        text = read_regular(path / "refs" / "main", _MAX_REF_BYTES).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return text if _COMMIT.fullmatch(text) else ""
