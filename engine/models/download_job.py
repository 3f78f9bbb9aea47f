"""One download, from its plan to its last checked file: transfers with retries, checks, the record."""

import logging
import math
import os
import time
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from engine.errors import ErrorCode, LacunaError
from engine.messages.downloads import FetchModel
from engine.messages.jobs import Progress
from engine.model_plans import DownloadStage
from engine.models.checking import check, put_aside
from engine.models.download_plan import check_same, check_space, plan_of
from engine.models.downloads import RECORD, Download, read_download, write_download
from engine.models.remote import Hub, Listing, PassingError, Piece, RangeRefusedError, RemoteFile
from engine.models.transfer import Meter, from_thread, result_from_thread

_TELL_S = 0.2  # the least time between progress events
_TRIES = 5  # consecutive tries without a byte
_LONGEST_SILENCE_S = 60.0  # without a complete listing or a piece of a file
_LONGEST_WAIT_S = 300.0  # longer waits are left to the person
_STEP_S = 0.2  # the delay of a cancel while waiting

_log = logging.getLogger(__name__)

Steps = Generator[Progress, None, None]


class DownloadJob:
    """Attribute `download`: its record, once `run` has begun to fetch files."""

    download: Download

    def __init__(
        self,
        hub: Hub,
        sleep: Callable[[float], None],
        request: FetchModel,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._sleep = sleep
        self._request = request
        self._meter = Meter()
        self._done = 0
        self._total = 0
        self._told_at = -math.inf

    def run(self, folder: Path) -> Steps:
        """Fetch the missing files. LacunaError (DOWNLOAD) with the reason, OSError if the disk fails."""
        self.download = yield from self._plan(folder)
        self._total = self.download.total_bytes
        self._count_again()
        check_space(folder, self._total - self._done)
        self._make_room(folder)
        write_download(self.download)
        for file in self.download.files:
            if not self.download.is_checked(file):
                yield from self._bring(file)
        yield self._told(DownloadStage.CHECKING)

    def _make_room(self, folder: Path) -> None:
        """Set aside files with the names of our partial files in a folder that never had a download."""
        if not os.path.lexists(folder / RECORD):
            for file in self.download.files:
                if os.path.lexists(self.download.partial(file)):
                    put_aside(self.download.partial(file))
            self._count_again()

    def _plan(self, folder: Path) -> Generator[Progress, None, Download]:
        """The plan of an earlier run, else a new one from the hub's listing."""
        request = self._request
        known = read_download(folder)
        if known is not None:
            check_same(known, request.repo_id, request.revision)
            return known
        yield self._asking()
        for _ in range(_TRIES):
            try:
                return plan_of(request.repo_id, request.revision, folder, (yield from self._listing()))
            except PassingError as error:
                if not 0 < error.wait_s <= _LONGEST_WAIT_S:
                    raise
                last = error
                yield from self._wait(error, error.wait_s)
        raise last

    def _listing(self) -> Generator[Progress, None, Listing]:
        request = self._request
        asking = result_from_thread(lambda: self._hub.listing(request.repo_id, request.revision))
        since = self._clock()
        with closing(asking):
            while True:
                try:
                    next(asking)
                except StopIteration as end:
                    listing: Listing = end.value
                    return listing
                self._require_pace(since)
                yield self._asking()

    def _asking(self) -> Progress:
        """The progress of asking the hub, with its address if HF_ENDPOINT names an unusual one."""
        return self._told(DownloadStage.ASKING, f"at {self._hub.host}" if self._hub.host else "")

    def _bring(self, file: RemoteFile) -> Steps:
        """Fetch one file and check it. A damaged file is fetched again once."""
        path, partial = self.download.path(file), self.download.partial(file)
        if os.path.lexists(path):
            if path.is_file() and (yield from self._is_right(path, file)):
                before = self.download.checked.get(file.name)
                self._keep(file, is_ours=before is not None and before.is_ours)
                return
            put_aside(path)
            self._count_again()
        for _ in range(2):
            yield from self._transfer(file, partial)
            if (yield from self._is_right(partial, file)):
                if os.path.lexists(path):  # another program made one meanwhile
                    put_aside(path)
                partial.rename(path)
                self._keep(file, is_ours=True)
                return
            _log.warning("%s of %s arrived damaged", file.name, self.download.repo_id)
            partial.unlink()
            self._count_again()
        raise LacunaError(
            ErrorCode.DOWNLOAD,
            f"{file.name} arrived damaged twice and was removed.",
            "Try again later: only this file is fetched again.",
        )

    def _transfer(self, file: RemoteFile, partial: Path) -> Steps:
        """Fetch the bytes of a file, resuming after cuts as long as any bytes come."""
        fruitless = 0
        while True:
            with _open(partial) as stream:
                have = stream.seek(0, os.SEEK_END)
                if have > file.size_bytes:
                    stream.truncate(0)
                    have = 0
                    self._done -= file.size_bytes
            if have == file.size_bytes:
                return
            try:
                yield from self._receive(file, partial, have)
            except RangeRefusedError:
                if have == 0:
                    raise
                partial.unlink()
                self._count_again()
            except PassingError as error:
                fruitless = 0 if partial.stat().st_size > have else fruitless + 1
                if fruitless >= _TRIES or error.wait_s > _LONGEST_WAIT_S:
                    raise
                yield from self._wait(error, max(error.wait_s, float(2**fruitless)))

    def _receive(self, file: RemoteFile, partial: Path, have: int) -> Steps:
        """Fetch from byte `have` on, over one connection."""
        download = self.download
        self._meter = Meter()
        feed = from_thread(lambda: self._hub.pieces(download.repo_id, download.revision, file, have))
        with closing(feed), _open(partial) as stream:
            stream.seek(have)
            since = self._clock()
            for piece in feed:
                if piece is not None:
                    since = self._clock()
                    self._write(stream, piece, file)
                else:
                    self._require_pace(since)
                if self._is_due():
                    yield self._told(DownloadStage.DOWNLOADING, file.name)
            arrived = stream.tell()
            stream.flush()
            os.fsync(stream.fileno())
        if arrived < file.size_bytes:
            raise PassingError("The connection was lost.", "Try again; what arrived is kept.")

    def _require_pace(self, since: float) -> None:
        """Limit the time of a response: a hub may send a header byte by byte for ever, each in time."""
        if self._clock() - since > _LONGEST_SILENCE_S:
            raise PassingError("The connection stalled: nothing comes any more.", "Try again; what arrived is kept.")

    def _write(self, stream: BinaryIO, piece: Piece, file: RemoteFile) -> None:
        position = stream.tell()
        if piece.offset != position:  # the hub began elsewhere than requested, namely at the start, see `Hub`
            stream.seek(piece.offset)
            stream.truncate()
            self._done += piece.offset - position
        if piece.offset + len(piece.data) > file.size_bytes:
            stream.truncate(0)
            raise LacunaError(
                ErrorCode.DOWNLOAD,
                f"The hub sends more of {file.name} than the {file.size_bytes:,} bytes that it lists.",
                "Try again later; if it stays so, the repository is faulty.",
            )
        stream.write(piece.data)
        self._done += len(piece.data)
        if file.name.endswith(".safetensors"):  # small files measure latency, not throughput
            self._meter.add(len(piece.data))

    def _is_right(self, path: Path, file: RemoteFile) -> Generator[Progress, None, bool]:
        checking = check(path, file)
        while True:
            try:
                hashed = next(checking)
            except StopIteration as end:
                return bool(end.value)
            if self._is_due():
                yield self._told(DownloadStage.CHECKING, f"{file.name} {100 * hashed // file.size_bytes} %")

    def _keep(self, file: RemoteFile, *, is_ours: bool) -> None:
        self.download = self.download.with_checked(file, is_ours=is_ours)
        write_download(self.download)
        self._count_again()

    def _wait(self, error: PassingError, seconds: float) -> Steps:
        """Wait until a passing failure is over; the wait is reported and can be cancelled."""
        left = seconds
        while left > 0:
            words = f"{error.report.sentence} Trying again in {math.ceil(left)} s"
            yield Progress(self._request.job_id, words, self._done, self._total, "bytes")
            self._sleep(min(left, _STEP_S))
            left -= _STEP_S

    def _count_again(self) -> None:
        self._done = self.download.done_bytes

    def _is_due(self) -> bool:
        now = self._clock()
        if now - self._told_at < _TELL_S:
            return False
        self._told_at = now
        return True

    def _told(self, stage: DownloadStage, detail: str = "") -> Progress:
        rate = self._meter.rate if stage is DownloadStage.DOWNLOADING else 0.0
        return Progress(self._request.job_id, stage, self._done, self._total, "bytes", detail, rate)


def _open(partial: Path) -> BinaryIO:
    """Open a partial file, creating it if it is missing; links are not followed."""
    handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    return open(handle, "r+b")
