"""The models on this computer: Lacuna's downloads, folders that were added, 4-bit copies; looked at, not loaded."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.models.catalogue import Checkpoint
from engine.models.config_file import LlamaShape, read_config
from engine.models.downloads import Download, read_download
from engine.models.identity import identify
from engine.models.model_files import folder_name, require_tokenizer, resolve_folder
from engine.models.nf4_cache import Nf4Copy, list_copies
from engine.models.safetensors_files import find_weights
from engine.shown import path_text


@dataclass(frozen=True, slots=True)
class FolderFound:
    """A model folder. `fault` says why it can't be loaded, None where nothing is known against it.

    `repo_id` is the repository that Lacuna downloaded it from, so that Lacuna may delete it; "" for any other folder.
    `own_bytes` are what the files that it brought take. `is_added` says that the person pointed at it. `size_bytes` is
    what all files in it take on the disk, `copy` the 4-bit copy that was made of it in Lacuna's cache.
    """

    path: Path
    name: str
    size_bytes: int
    shape: LlamaShape | None
    checkpoint: Checkpoint | None
    repo_id: str = ""
    own_bytes: int = 0
    is_added: bool = False
    fault: ErrorReport | None = None
    copy: Nf4Copy | None = None


@dataclass(frozen=True, slots=True)
class ModelsFound:
    """What is on the disk. `left_over` are 4-bit copies of folders that are none of these any more."""

    folders: tuple[FolderFound, ...] = ()
    left_over: tuple[Nf4Copy, ...] = ()


def find_models(models: Path, added: Iterable[str], cache: Path) -> ModelsFound:
    """The folders with their 4-bit copies, and the copies that belong to no folder."""
    copies = {copy.source: copy for copy in list_copies(cache)}
    folders = tuple(
        replace(folder, copy=copies.pop(os.fspath(folder.path.resolve()), None))
        for folder in find_folders(models, added)
    )
    return ModelsFound(folders, tuple(copies.values()))


def find_folders(models: Path, added: Iterable[str]) -> tuple[FolderFound, ...]:
    """Every folder in Lacuna's folder of models, by name, then the added ones in their order.

    Reads configurations and the headers of weight files, milliseconds for each folder. An added folder that is gone is
    found too, with the fault that says so.
    """
    try:
        lacunas = sorted(path for path in models.iterdir() if path.is_dir())
    except OSError:
        lacunas = []
    others = [Path(path) for path in dict.fromkeys(added)]
    return (
        *(look_at(path) for path in lacunas),
        *(look_at(path, is_added=True) for path in others if path not in lacunas),
    )


def look_at(path: Path, *, is_added: bool = False) -> FolderFound:
    """What can be told of a folder without opening its vocabulary, which the window process does not do."""
    download = read_download(path)
    repo_id, own_bytes = ("", 0) if download is None else (download.repo_id, _own_bytes(download))
    name, size_bytes = folder_name(path), folder_bytes(path)
    shape, checkpoint = None, None
    try:
        files = resolve_folder(path)
        shape = read_config(files)
        checkpoint = identify(name, shape, has_marks=True).checkpoint
        find_weights(files)
        require_tokenizer(files / "tokenizer.model")
    except LacunaError as error:
        report = error.report if path.is_dir() else _gone(path)
        return FolderFound(path, name, size_bytes, shape, checkpoint, repo_id, own_bytes, is_added, report)
    return FolderFound(path, name, size_bytes, shape, checkpoint, repo_id, own_bytes, is_added)


def folder_bytes(path: Path) -> int:
    """What the regular files directly in a folder take together, as models are flat; links count nothing."""
    try:
        with os.scandir(path) as entries:
            return sum(entry.stat(follow_symlinks=False).st_size for entry in entries if _is_file(entry))
    except OSError:
        return 0


def _own_bytes(download: Download) -> int:
    """What a download brought: files that were there before it are not its own."""
    found = ((file, download.checked.get(file.name)) for file in download.files)
    return sum(download.arrived_bytes(file) for file, checked in found if checked is None or checked.is_ours)


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _gone(path: Path) -> ErrorReport:
    return ErrorReport(
        ErrorCode.MODEL_MISSING,
        f"The folder {path_text(path)} is not there any more.",
        "Connect the disk that it is on, or remove it from the list.",
    )
