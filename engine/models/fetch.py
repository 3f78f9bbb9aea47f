"""The fetcher's service: downloads a checkpoint's folder, or removes a download's files.

Runs in the fetcher, the only process that may open a connection. A revision is resolved to a commit once and kept in
the folder's record. Bytes are kept as they arrive, and a file gets its name only when its hash is right. So a download
can stop anywhere and resume there.
"""

import errno
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.messages.downloads import DiscardDownload, Fetched, FetchModel
from engine.messages.jobs import Event, Finished, Progress
from engine.models.checking import check
from engine.models.download_job import DownloadJob
from engine.models.downloads import RECORD, is_repository, read_download, remove_record
from engine.models.folder_lock import held
from engine.models.remote import Hub

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FetcherService:
    """Answers FetchModel and DiscardDownload. A cancel stops at the next piece; bytes so far are kept."""

    def __init__(self, hub: Hub, sleep: Callable[[float], None] = time.sleep) -> None:
        self._hub = hub
        self._sleep = sleep

    def handlers(self) -> Mapping[type, Callable[..., Generator[Event, None, Finished]]]:
        return {FetchModel: self.fetch, DiscardDownload: self.discard}

    def fetch(self, request: FetchModel) -> Generator[Event, None, Finished]:
        """Download the folder's missing files, one after the other. LacunaError with the reason."""
        if not is_repository(request.repo_id):
            raise LacunaError(
                ErrorCode.USAGE, f"{request.repo_id} can't be the name of a repository.", "It is OWNER/NAME; check it."
            )
        if not request.accepted_licence:
            raise LacunaError(
                ErrorCode.USAGE,
                f"The licence of {request.repo_id} has not been accepted.",
                "Read and accept it, and download again.",
            )
        folder = Path(request.folder)
        job = DownloadJob(self._hub, self._sleep, request)
        with held(folder), _disk_told():
            yield from job.run(folder)
        yield Fetched(request.job_id, request.folder, request.repo_id, job.download.revision)
        return Finished(request.job_id)

    def discard(self, request: DiscardDownload) -> Generator[Event, None, Finished]:
        """Remove a download's files, and the folder if nothing else is in it."""
        folder = Path(request.folder)
        yield Progress(request.job_id, "Removing what has arrived", 0, 0)
        if folder.is_dir():
            with _disk_told():
                with held(folder):
                    yield from self._remove(request, folder)
                if not any(folder.iterdir()):
                    folder.rmdir()
        return Finished(request.job_id)

    def _remove(self, request: DiscardDownload, folder: Path) -> Generator[Event, None, None]:
        """Remove each unchanged file of the download; files that replaced one stay."""
        download = read_download(folder)
        if download is None:
            (folder / RECORD).unlink(missing_ok=True)
            return
        for file in download.files:
            path, brought = download.path(file), download.checked.get(file.name)
            if brought is None or not brought.is_ours or not path.is_file():
                continue
            checking = check(path, file)  # touched or copied back: the hash decides
            is_ours = download.is_checked(file)
            while not is_ours:
                try:
                    next(checking)
                except StopIteration as end:
                    is_ours = end.value
                    break
                yield Progress(request.job_id, "Checking what is to be removed", 0, 0, detail=file.name)
            if is_ours:
                path.unlink()
        remove_record(download)


@contextmanager
def _disk_told() -> Iterator[None]:
    """The disk's failures as sentences."""
    try:
        yield
    except OSError as error:
        why = "the disk is full" if error.errno in _FULL else error.strerror or type(error).__name__
        raise LacunaError(
            ErrorCode.DOWNLOAD, f"The download stopped: {why}.", "What arrived is kept; make room and try again."
        ) from error
