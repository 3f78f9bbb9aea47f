"""Unsaved texts on disk, so that a crash or a restart loses none of them."""

import codecs
import hashlib
import json
import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from app.documents.file_text import FileText
from app.documents.newlines import Newlines
from engine.disk import replace_file
from engine.json_records import parse_object, read_small_file
from engine.text_files import Encoding

_log = logging.getLogger(__name__)

_VERSION = 1
_MAX_BYTES = 1 << 28  # JSON escapes take up to six bytes for each character of the largest file that opens


@dataclass(frozen=True, slots=True)
class UnsavedText:
    """An edited text, and the state of its file when editing began."""

    base: FileText
    text: str


class UnsavedTexts:
    """A folder with one file for each document that has unsaved changes; private to the person (0700, 0600).

    `keep` raises OSError if a text can't be written. One that can't be read stays in the folder and is logged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, unsaved: UnsavedText) -> None:
        """Write an unsaved text in place of the same file's earlier one."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not durable: a sync at each pause of typing would make typing wait. A rename is enough for a
        # crash of ours, and ext4 and btrfs write the data before they rename over a file.
        replace_file(str(self._place_of(unsaved.base.path)), _to_bytes(unsaved), 0o600, durable=False)

    def drop(self, path: str) -> None:
        """Remove the unsaved text of a file that was saved or whose changes were discarded."""
        self._place_of(path).unlink(missing_ok=True)

    def all(self) -> list[UnsavedText]:
        """Every readable text, oldest first."""
        places = sorted(self._folder.glob("*.json"), key=_age) if self._folder.is_dir() else []
        return [unsaved for place in places if (unsaved := _read(place)) is not None]

    def _place_of(self, path: str) -> Path:
        return self._folder / (hashlib.sha256(os.fsencode(path)).hexdigest()[:32] + ".json")


def _age(place: Path) -> int:
    return place.lstat().st_mtime_ns


def _to_bytes(unsaved: UnsavedText) -> bytes:
    base = unsaved.base
    # ASCII escapes preserve the lone surrogates in names that are not UTF-8.
    return json.dumps(
        {
            "version": _VERSION,
            "path": base.path,
            "text": unsaved.text,
            "base": {
                "text": base.text if base.newlines.ends is not None else "",  # only restoring mixed line ends needs it
                "codec": base.encoding.codec,
                "bom": base.encoding.bom.hex(),
                "is_guess": base.encoding.is_guess,
                "keeps_strays": base.encoding.keeps_strays,
                "common": base.newlines.common,
                "ends": base.newlines.ends,
                "mode": base.mode,
                "sha256": base.sha256,
                "mtime_ns": base.mtime_ns,
            },
        }
    ).encode("ascii")


def _read(place: Path) -> UnsavedText | None:
    try:
        value = parse_object(read_small_file(place, _MAX_BYTES))
        base = value["base"]
        ends = base["ends"]
        file = FileText(
            path=_path(value["path"]),
            text=str(base["text"]),
            encoding=Encoding(
                _codec(base["codec"]),
                bytes.fromhex(base["bom"]),
                bool(base.get("is_guess", False)),
                bool(base.get("keeps_strays", False)),
            ),
            newlines=Newlines(str(base["common"]), None if ends is None else tuple(map(str, ends))),
            mode=stat.S_IMODE(int(base["mode"])),
            sha256=str(base["sha256"]),
            mtime_ns=int(base["mtime_ns"]),
        )
        return UnsavedText(file, str(value["text"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, LookupError) as error:
        _log.warning("the unsaved text %s could not be read and stays where it is: %r", place.name, error)
        return None


def _path(value: object) -> str:
    """An absolute path without NUL. Raises ValueError for anything else."""
    if not isinstance(value, str) or not os.path.isabs(value) or "\0" in value:
        raise ValueError("the path of its file is no path")
    os.fsencode(value)
    return value


def _codec(value: object) -> str:
    """The name of a codec that Python knows. Raises LookupError."""
    codecs.lookup(str(value))
    return str(value)
