"""Downloads a checkpoint's folder file by file: safetensors, JSON and tokenizer only, hashes verified.

Runs in the fetcher, the one process that may open a connection (DESIGN.md). The hub's client resumes a cut download but
compares sizes only, so a file whose SHA-256 the hub states is hashed here before it counts as there.
"""

import hashlib
import logging
import shutil
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from engine.errors import ErrorCode, LacunaError
from engine.messages import Event, FetchModel, Finished, Progress

_log = logging.getLogger(__name__)

_WANTED = ("config.json", "generation_config.json", "model.safetensors.index.json", "tokenizer.model")
_POLL_S = 0.2
_SPARE_BYTES = 256 << 20  # what is left free on the disk beside the download


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository; `sha256` is None for the small files that a hub keeps in git."""

    name: str
    size_bytes: int
    sha256: str | None


class Hub(Protocol):
    """The two things that are asked of a model hub; both raise LacunaError (DOWNLOAD) with the reason."""

    def files(self, repo_id: str, revision: str) -> list[RemoteFile]:
        """What a revision holds."""
        ...

    def download(self, repo_id: str, revision: str, name: str, folder: Path, on_bytes: Callable[[int], None]) -> None:
        """Fetch one file, blocking; `on_bytes` gets each piece's size and may raise to stop."""
        ...


class FetcherService:
    """Answers FetchModel. Cancelling stops the transfer at its next piece; what has arrived is resumed next time."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def handlers(self) -> Mapping[type, Callable[..., Generator[Event, None, Finished]]]:
        return {FetchModel: self.fetch}

    def fetch(self, request: FetchModel) -> Generator[Event, None, Finished]:
        """Download what is missing in the folder, one file after the other. LacunaError (DOWNLOAD) with the reason."""
        folder = Path(request.folder)
        yield Progress(request.job_id, "Asking what there is to download", 0, 0)
        files = [file for file in self._hub.files(request.repo_id, request.revision) if is_wanted(file.name)]
        if not any(file.name.endswith(".safetensors") for file in files):
            raise LacunaError(
                ErrorCode.DOWNLOAD,
                f"{request.repo_id} has no safetensors weights, the only kind that Lacuna loads.",
                "Choose another checkpoint.",
            )
        total = sum(file.size_bytes for file in files)
        check_space(folder, total)
        done = 0
        for file in files:
            for received in self._transfer(request, file, folder):
                yield Progress(request.job_id, "Downloading", done + received, total, "bytes", file.name)
            done += file.size_bytes
            yield Progress(request.job_id, "Checking", done, total, "bytes", file.name)
            verify(folder / file.name, file)
        return Finished(request.job_id)

    def _transfer(self, request: FetchModel, file: RemoteFile, folder: Path) -> Iterator[int]:
        """Bytes of this file received so far, as they arrive. The client blocks, so it gets a thread."""
        arrived: SimpleQueue[int | BaseException | None] = SimpleQueue()
        cancelled = threading.Event()

        def on_bytes(count: int) -> None:
            if cancelled.is_set():
                raise _CancelledError
            arrived.put(count)

        def run() -> None:
            try:
                self._hub.download(request.repo_id, request.revision, file.name, folder, on_bytes)
                arrived.put(None)
            except _CancelledError:
                _log.info("the transfer of %s was stopped", file.name)
            except BaseException as error:  # noqa: BLE001 - handed to the generator, which raises it
                arrived.put(error)

        threading.Thread(target=run, name="transfer", daemon=True).start()
        received = 0
        try:
            while True:
                try:
                    news = arrived.get(timeout=_POLL_S)
                except Empty:
                    yield received
                    continue
                if news is None:
                    return
                if isinstance(news, BaseException):
                    raise news
                received += news
                yield received
        finally:
            cancelled.set()


class _CancelledError(Exception):
    """Raised inside the client's progress callback to leave its loop."""


def is_wanted(name: str) -> bool:
    """Safetensors and the files that a folder needs beside them; no pickles, no code, nothing from subfolders."""
    return "/" not in name and (name in _WANTED or name.endswith(".safetensors"))


def check_space(folder: Path, needed_bytes: int) -> None:
    """LacunaError where the disk can't hold the download."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise LacunaError(
            ErrorCode.DOWNLOAD, f"The folder {folder} can't be written ({error.strerror}).", "Choose another folder."
        ) from error
    if free < needed_bytes + _SPARE_BYTES:
        raise LacunaError(
            ErrorCode.DOWNLOAD,
            f"The download needs {needed_bytes / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB free.",
            "Free some space or choose a folder on another disk.",
        )


def verify(path: Path, file: RemoteFile) -> None:
    """LacunaError where a file is not what the hub says it is; the bad file is removed, so only it is fetched again."""
    with path.open("rb") as stream:
        is_whole = path.stat().st_size == file.size_bytes
        is_right = file.sha256 is None or hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
    if not (is_whole and is_right):
        path.unlink()
        raise LacunaError(
            ErrorCode.DOWNLOAD,
            f"{file.name} arrived damaged and was removed.",
            "Download again: only this file is fetched.",
        )
