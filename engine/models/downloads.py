"""The record of a download on disk: its commit, its files, and which have arrived and been checked. No torch.

It is a small JSON file in the download's folder, so that an unfinished download is found again at the next start. A
file gets its name only after its check; before, it ends in `.partial`.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.disk import replace_file
from engine.models.remote import RemoteFile
from engine.regular_files import read_regular

RECORD = ".lacuna-download.json"
PARTIAL = ".partial"

_VERSION = 1
_MAX_BYTES = 1 << 20
_TERMS = ("LICENSE", "LICENSE.md", "LICENSE.txt", "USE_POLICY.md")
_WANTED = frozenset(
    {"config.json", "generation_config.json", "model.safetensors.index.json", "tokenizer.model", *_TERMS}
)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_COMMIT = re.compile(r"[0-9a-f]{40}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file's size, time and inode when its hash was right. `is_ours`: made by the download, not there before."""

    size_bytes: int
    mtime_ns: int
    inode: int
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Download:
    """A download into `folder`. `asked` is the requested revision, `revision` its commit."""

    folder: Path
    repo_id: str
    asked: str
    revision: str
    files: tuple[RemoteFile, ...]
    checked: Mapping[str, Checked] = field(default_factory=dict)

    @property
    def total_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    @property
    def done_bytes(self) -> int:
        """The bytes that have arrived, checked or not; reads the disk."""
        return sum(self.arrived_bytes(file) for file in self.files)

    @property
    def is_whole(self) -> bool:
        """Whether every file is there and unchanged since its check; reads the disk."""
        return all(self.is_checked(file) for file in self.files)

    def path(self, file: RemoteFile) -> Path:
        return self.folder / file.name

    def partial(self, file: RemoteFile) -> Path:
        return self.folder / (file.name + PARTIAL)

    def arrived_bytes(self, file: RemoteFile) -> int:
        sizes = (_size(self.path(file)), _size(self.partial(file)))
        return min(max(sizes), file.size_bytes)

    def is_checked(self, file: RemoteFile) -> bool:
        """Whether a file is there and unchanged since its hash was right."""
        before = self.checked.get(file.name)
        return before is not None and before == looks(self.path(file), is_ours=before.is_ours)

    def with_checked(self, file: RemoteFile, *, is_ours: bool) -> "Download":
        """The download with this file marked as checked."""
        now = looks(self.path(file), is_ours=is_ours)
        return self if now is None else replace(self, checked={**self.checked, file.name: now})


def is_wanted(name: str) -> bool:
    """Safetensors and the files that a folder needs beside them; no pickles, no code, nothing from subfolders."""
    return _PLAIN.fullmatch(name) is not None and (name in _WANTED or name.endswith(".safetensors"))


def is_commit(revision: str) -> bool:
    """Whether a revision names a commit, which never moves; a branch or tag may."""
    return _COMMIT.fullmatch(revision) is not None


def is_repository(id: str) -> bool:
    """Whether it is "owner/name" in plain characters, and the name can be a folder's."""
    owner, slash, name = id.partition("/")
    return bool(slash) and all(_PLAIN.fullmatch(part) for part in (owner, name))


def terms_in(folder: Path) -> tuple[Path, ...]:
    """The licence and the use policy that lie in a model's folder."""
    return tuple(path for name in _TERMS if (path := folder / name).is_file())


def looks(path: Path, *, is_ours: bool) -> Checked | None:
    """A file's present size, time and inode; None if it is missing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Checked(status.st_size, status.st_mtime_ns, status.st_ino, is_ours)


def list_downloads(models_folder: Path) -> tuple[Download, ...]:
    """The unfinished downloads below a folder of models, by name."""
    try:
        folders = sorted(path for path in models_folder.iterdir() if path.is_dir())
    except OSError:
        return ()
    found = (read_download(folder) for folder in folders)
    return tuple(download for download in found if download is not None and not download.is_whole)


def read_download(folder: Path) -> Download | None:
    """The record of a folder; None if there is none that can be used."""
    try:
        return _from_json(folder, json.loads(read_regular(folder / RECORD, _MAX_BYTES)))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        _log.warning("the record of a download can't be used (%s)", type(error).__name__)
        return None


def write_download(download: Download) -> None:
    """Replace the record atomically. OSError if it can't be written."""
    values = {
        "version": _VERSION,
        "repo_id": download.repo_id,
        "asked": download.asked,
        "revision": download.revision,
        "files": [asdict(file) for file in download.files],
        "checked": {name: asdict(checked) for name, checked in download.checked.items()},
    }
    replace_file(str(download.folder / RECORD), json.dumps(values, indent=1).encode("ascii"), 0o600)


def remove_record(download: Download) -> None:
    """Remove the record of a download, and what has not arrived whole. OSError if that fails."""
    for file in download.files:
        download.partial(file).unlink(missing_ok=True)
    (download.folder / RECORD).unlink(missing_ok=True)


def _from_json(folder: Path, values: Any) -> Download:
    """A record as data that somebody may have changed: names lead nowhere else, numbers are numbers."""
    if values["version"] != _VERSION:
        raise ValueError("another version")
    files = tuple(
        RemoteFile(_text(item["name"]), _count(item["size_bytes"]), *(_hash(item[key]) for key in ("sha256", "git_id")))
        for item in values["files"]
    )
    checked = {
        name: Checked(
            _count(item["size_bytes"]), _count(item["mtime_ns"]), _count(item["inode"]), item["is_ours"] is True
        )
        for name, item in values["checked"].items()
    }
    if not files or not all(is_wanted(file.name) for file in files) or not is_commit(values["revision"]):
        raise ValueError("a name or a revision can't be")
    return Download(folder, _text(values["repo_id"]), _text(values["asked"]), values["revision"], files, checked)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no count")
    return value


def _hash(value: Any) -> str | None:
    return None if value is None else _text(value)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
