"""Which files hold a folder's weights: the one file, what an index names, or shards whose names alone tell that all are
there. Names are compared and never followed: a path in an index could lead anywhere.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.models.model_files import refuse_pointer, unreadable
from engine.models.safetensors_header import damaged
from engine.regular_files import read_regular
from engine.shown import path_text

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
_MAX_INDEX_BYTES = 8 << 20
_MOST_SHARDS = 512
_MOST_NAME_BYTES = 255
_SHARD = re.compile(r"(.+)-(\d{1,6})-of-(\d{1,6})\.safetensors")


@dataclass(frozen=True, slots=True)
class Shards:
    """The files, and in which of them each tensor is as an index says; `places` is empty if there is none."""

    paths: tuple[Path, ...]
    places: Mapping[str, str] = field(default_factory=dict)


def find_shards(folder: Path) -> Shards:
    """The folder's files of weights. Raises LacunaError MODEL_INVALID if one is missing, UNSUPPORTED where the
    weights are of a kind that is not opened.
    """
    if (folder / SINGLE).exists():
        return Shards((folder / SINGLE,))
    if (folder / INDEX).exists():
        places = _read_index(folder / INDEX)
        return Shards(_require(folder, sorted(set(places.values()))), places)
    return Shards(_require(folder, _without_index(folder)))


def _require(folder: Path, names: list[str]) -> tuple[Path, ...]:
    if len(names) > _MOST_SHARDS:
        raise damaged(f"These weights would be {len(names):,} files, more than any model has.")
    paths = tuple(folder / name for name in names)
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise damaged(
            f"{len(missing)} of {len(paths)} weight files are missing, the first of them {path_text(missing[0].name)}.",
            "Download the missing files, or choose another folder.",
        )
    return paths


def _read_index(index: Path) -> dict[str, str]:
    """The file of each tensor."""
    try:
        content = read_regular(index, _MAX_INDEX_BYTES)
        refuse_pointer(index.name, content)
        places = json.loads(content)["weight_map"]
    except OSError as error:
        raise unreadable(index, error) from None
    except (ValueError, RecursionError, KeyError, TypeError):
        places = None
    if not isinstance(places, dict):
        raise damaged(f"{index.name} is damaged: it does not say which file holds which weights.")
    for name in places.values():
        if not isinstance(name, str) or not _is_name(name):
            raise damaged(f"{index.name} names a file that is no safetensors file of this folder.")
    if not places:
        raise damaged(f"{index.name} names no files.")
    return places


def _is_name(name: str) -> bool:
    """Whether it can be a file's in this folder: no path, and not longer than a file system takes."""
    is_short = len(name.encode("utf-8", "surrogatepass")) <= _MOST_NAME_BYTES
    return is_short and Path(name).name == name and name.endswith(".safetensors") and "\0" not in name


def _without_index(folder: Path) -> list[str]:
    """The names of shards such as model-00001-of-00003.safetensors, all three of them, or of the only file there is."""
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".safetensors"))
    if len(names) == 1 and not _SHARD.fullmatch(names[0]):
        return names
    series = {(match[1], len(match[2]), match[3]) for name in names if (match := _SHARD.fullmatch(name))}
    if len(series) == 1:
        stem, digits, count = series.pop()
        return [f"{stem}-{number:0{digits}}-of-{count}.safetensors" for number in range(1, min(int(count), 10**4) + 1)]
    if names:
        raise damaged(
            f"This folder has {len(names)} .safetensors files and no index that says which of them belong together.",
            f"Download {INDEX} from where the model came from, or choose another folder.",
        )
    raise _no_safetensors(folder)


def _no_safetensors(folder: Path) -> LacunaError:
    if any(path.suffix in (".bin", ".pt", ".pth", ".ckpt") for path in folder.iterdir()):
        return LacunaError(
            ErrorCode.UNSUPPORTED,
            "This folder holds its weights only as Python pickles, which can run program code when they are opened.",
            "Choose a folder with .safetensors files; every Code Llama checkpoint is offered that way too.",
        )
    if any(path.suffix == ".gguf" for path in folder.iterdir()):
        return LacunaError(
            ErrorCode.UNSUPPORTED,
            "This folder holds its weights as GGUF, the format of llama.cpp.",
            "Choose the .gguf file itself instead of its folder.",
        )
    return damaged(
        "This folder has no .safetensors files, so the weights are missing.", "Download them, or choose another folder."
    )
