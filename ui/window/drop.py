"""The content of a drag: local folders and files, with their names byte for byte, and what is refused."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QUrl

from engine.shown import path_text


@dataclass(frozen=True, slots=True)
class Drop:
    """The parts of a drag. Paths are `str` as os.fsdecode makes them; `refusals` are sentences for the person."""

    folder: str = ""
    files: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All accepted paths, the folder first."""
        return (*((self.folder,) if self.folder else ()), *self.files)

    @property
    def file_words(self) -> str:
        """What the code pane will do with the files."""
        return "Open this file" if len(self.files) == 1 else f"Open these {len(self.files)} files"


def drop_of(urls: Sequence[QUrl]) -> Drop:
    """Sort dropped addresses. Only one folder can be the project, so further folders are refused."""
    folder, files, refusals = "", [], []
    for url in urls:
        if not _is_local(url):
            refusals.append("Only files and folders of this computer can be dropped here, not web addresses.")
            continue
        path = local_path(url)
        if not os.path.lexists(path):
            refusals.append(f"{path_text(path)} is not there any more.")
        elif not os.path.isdir(path):
            files.append(path)
        elif folder:
            refusals.append(f"One folder can be read at a time: {path_text(path)} was left out.")
        else:
            folder = path
    return Drop(folder, tuple(files), tuple(dict.fromkeys(refusals)))


def local_path(url: QUrl) -> str:
    """The path of a file URL, with percent escapes decoded. Bytes that are not UTF-8 become lone surrogates."""
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    path = os.fsdecode(unquote_to_bytes(encoded))
    return path.rstrip("/") or "/"


def _is_local(url: QUrl) -> bool:
    return url.scheme() == "file" and url.host() in ("", "localhost")
