"""The interface to a model hub, and its answers; `engine.models.hub` implements it over the network."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from engine.errors import ErrorCode, LacunaError


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository. A hub states `sha256` for large files, and git's SHA-1 for those that it keeps in git."""

    name: str
    size_bytes: int
    sha256: str | None
    git_id: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository's files at a commit."""

    revision: str
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a file, and their offset in it."""

    offset: int
    data: bytes


class PassingError(LacunaError):
    """A failure that may pass. `wait_s`: how long the hub asks to wait."""

    def __init__(self, sentence: str, next_step: str, wait_s: float = 0.0) -> None:
        super().__init__(ErrorCode.DOWNLOAD, sentence, next_step)
        self.wait_s = wait_s


class RangeRefusedError(LacunaError):
    """The hub refuses the requested offset of a file (status 416)."""


class Hub(Protocol):
    """Both calls block, and raise LacunaError (DOWNLOAD) with the reason."""

    @property
    def host(self) -> str:
        """Who is asked, where that is not the usual hub; else ""."""
        ...

    def listing(self, repo_id: str, revision: str) -> Listing:
        """The commit that a revision stands for, and what it holds."""
        ...

    def pieces(self, repo_id: str, revision: str, file: RemoteFile, start: int) -> Iterator[Piece]:
        """The bytes of a file from `start` on; from 0 on where the hub can't begin elsewhere."""
        ...
