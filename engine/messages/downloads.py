"""The fetcher's requests and events."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchModel:
    """Fetcher: download a checkpoint's safetensors and tokenizer files into a folder, or what is missing of them.

    A branch or tag as `revision` is resolved once; what is resumed stays with that commit. Answers Progress, Fetched.
    """

    job_id: str
    repo_id: str
    revision: str
    folder: str
    accepted_licence: str = ""  # the name of the licence that the person accepted; without one nothing is fetched


@dataclass(frozen=True, slots=True)
class DiscardDownload:
    """Fetcher: remove what a download has put into a folder, and nothing else there."""

    job_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A checkpoint is whole and checked. `revision` is the commit it was fetched at."""

    job_id: str
    folder: str
    repo_id: str
    revision: str
