"""The fetcher's requests and events."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchModel:
    """Fetcher: download a checkpoint's safetensors and tokenizer files into a folder; files that are there are skipped.

    A branch or tag as `revision` is resolved once; a resumed download keeps that commit. Answers Progress, Fetched.
    """

    job_id: str
    repo_id: str
    revision: str
    folder: str
    accepted_licence: str = ""  # name of the accepted licence; without one nothing is fetched


@dataclass(frozen=True, slots=True)
class DiscardDownload:
    """Fetcher: remove a download's files from a folder, and nothing else."""

    job_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A checkpoint is complete and checked. `revision` is its commit."""

    job_id: str
    folder: str
    repo_id: str
    revision: str
