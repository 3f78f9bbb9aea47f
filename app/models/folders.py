"""The models on this computer: downloads, added folders and 4-bit copies, inspected without loading."""

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.gguf.header import is_gguf, read_header
from engine.models.catalogue import Checkpoint
from engine.models.config_file import LlamaShape, read_config
from engine.models.downloads import Download, read_download, terms_in
from engine.models.gguf_shape import read_shape
from engine.models.gguf_tensors import find_packed, quantized_before
from engine.models.identity import identify
from engine.models.model_files import file_name, folder_name, require_tokenizer, resolve_folder
from engine.models.nf4_cache import Nf4Copy, list_copies
from engine.models.safetensors_files import find_weights
from engine.shown import path_text

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FolderFound:
    """A model folder, or a GGUF file, which is a whole model in one file.

    `fault` says why it can't be loaded, None if no reason is known.
    `repo_id` is the repository from which Lacuna downloaded it, so that Lacuna may delete it; "" for other folders.
    `own_bytes` is the size of the downloaded files. `is_added`: the person added the folder. `size_bytes` is the size
    of all its files, `copy` its 4-bit copy in Lacuna's cache. `quantized` is a sentence if its weights came quantized,
    else "". `terms` are the licence and the use policy that came with it.
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
    source: str = ""  # its path with all links resolved
    quantized: str = ""
    terms: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelsFound:
    """The models on disk. `left_over` are 4-bit copies whose model folders are gone."""

    folders: tuple[FolderFound, ...] = ()
    left_over: tuple[Nf4Copy, ...] = ()


def find_models(models: Path, added: Iterable[str], cache: Path) -> ModelsFound:
    """Find the folders with their 4-bit copies, and the copies without a folder."""
    return with_copies(find_folders(models, added), list_copies(cache))


def with_copies(folders: Iterable[FolderFound], copies: Iterable[Nf4Copy]) -> ModelsFound:
    """The folders, each with its 4-bit copy, and the remaining copies."""
    by_source = {copy.source: copy for copy in copies}
    found = tuple(replace(folder, copy=by_source.pop(folder.source, None)) for folder in folders)
    return ModelsFound(found, tuple(by_source.values()))


def find_folders(models: Path, added: Iterable[str]) -> tuple[FolderFound, ...]:
    """Inspect each folder.

    Reads configurations and the headers of weight files: milliseconds per folder. An added folder that is gone is
    listed with that as its fault.
    """
    return tuple(look_at(path, is_added=is_added) for path, is_added in folders_of(models, added))


def folders_of(models: Path, added: Iterable[str]) -> tuple[tuple[Path, bool], ...]:
    """Each folder, and whether it was added: first Lacuna's own by name, then the added ones in their order."""
    try:
        lacunas = sorted(path for path in models.iterdir() if path.is_dir())
    except OSError:
        lacunas = []
    others = [Path(path) for path in dict.fromkeys(added)]
    return (*((path, False) for path in lacunas), *((path, True) for path in others if path not in lacunas))


def look_at(path: Path, *, is_added: bool = False) -> FolderFound:
    """Inspect a folder or file, but not its vocabulary, which the window process never opens.

    Whatever is in it, a failure becomes the fault of that folder alone.
    """
    found = FolderFound(path, folder_name(path), 0, None, None, is_added=is_added)
    try:
        if is_gguf(path):
            return _of_file(replace(found, name=file_name(path), source=os.fspath(path.resolve())))
        download = read_download(path)
        if download is not None:
            found = replace(found, repo_id=download.repo_id, own_bytes=_own_bytes(download))
        source, terms = os.fspath(path.resolve()), terms_in(path)
        found = replace(found, size_bytes=folder_bytes(path), source=source, terms=terms)
        return _with_shape(found)
    except Exception as error:  # noqa: BLE001 - a foreign file must not keep the window from opening
        _log.warning("a model folder could not be looked at (%s)", type(error).__name__)
        return replace(found, fault=_unknown(path, error))


def starter_parameters(folder: Path) -> int:
    """How many parameters the starter in that folder has; 0 where there is none, or it is damaged."""
    found = look_at(folder)
    return found.shape.parameters if found.shape is not None and found.fault is None else 0


def does_not_answer(path: Path, *, is_added: bool) -> FolderFound:
    """A folder that was not inspected, because its disk or an earlier folder's takes too long."""
    fault = ErrorReport(
        ErrorCode.MODEL_MISSING,
        f"The folder {path_text(path)} does not answer.",
        "Check the disk or the network that it is on, and open the Models dialog again.",
    )
    return FolderFound(path, folder_name(path), 0, None, None, is_added=is_added, fault=fault)


def _with_shape(found: FolderFound) -> FolderFound:
    """The folder with the facts of its config.json and any fault."""
    try:
        files = resolve_folder(found.path)
        shape = read_config(files)
        checkpoint = identify(found.name, shape, has_marks=True).checkpoint
        found = replace(found, shape=shape, checkpoint=checkpoint)
        find_weights(files)
        require_tokenizer(files / "tokenizer.model")
    except LacunaError as error:
        return replace(found, fault=error.report if found.path.is_dir() else _gone(found.path))
    return found


def _unknown(path: Path, error: Exception) -> ErrorReport:
    return ErrorReport(
        ErrorCode.MODEL_INVALID,
        f"The folder {path_text(path)} could not be looked at ({type(error).__name__}).",
        "Choose another folder, or download the model again.",
        repr(error),
    )


def _of_file(found: FolderFound) -> FolderFound:
    """The GGUF file with the facts of its header and any fault."""
    found = replace(found, size_bytes=found.path.stat().st_size)
    try:
        file = read_header(found.path)
        shape = read_shape(file, eos=0)
        notes = quantized_before(find_packed(file, shape))
    except LacunaError as error:
        return replace(found, fault=error.report)
    checkpoint = identify(found.name, shape, has_marks=True).checkpoint
    return replace(found, shape=shape, checkpoint=checkpoint, quantized=" ".join(notes))


def folder_bytes(path: Path) -> int:
    """The total size of the regular files directly in a folder, since models are flat. Links don't count."""
    try:
        with os.scandir(path) as entries:
            return sum(entry.stat(follow_symlinks=False).st_size for entry in entries if _is_file(entry))
    except OSError:
        return 0


def _own_bytes(download: Download) -> int:
    """The total size of the files that a download brought, not of those that were there before."""
    found = ((file, download.checked.get(file.name)) for file in download.files)
    return sum(download.arrived_bytes(file) for file, checked in found if checked is None or checked.is_ours)


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _gone(path: Path) -> ErrorReport:
    return ErrorReport(
        ErrorCode.MODEL_MISSING,
        f"{path_text(path)} is not there any more.",
        "Connect the disk that it is on, or remove it from the list.",
    )
