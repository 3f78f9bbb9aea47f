"""Plans a download before its first byte: which files, and whether they fit and can be checked."""

import shutil
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.models.downloads import Download, is_commit, is_wanted
from engine.models.remote import Listing, RemoteFile
from engine.shown import gigabytes

_REQUIRED = ("config.json", "tokenizer.model")
_SPARE_BYTES = 256 << 20  # kept free on the disk beyond the download
_OTHER_CHECKPOINT = "Choose another checkpoint."


def plan_of(repo_id: str, asked: str, folder: Path, listing: Listing) -> Download:
    """The download of a repository at the listed commit. LacunaError (DOWNLOAD) if it can't be used."""
    if not is_commit(listing.revision):
        raise _refused(f"The hub does not say which commit of {repo_id} it answers with.", "Try again later.")
    files = tuple(sorted((file for file in listing.files if is_wanted(file.name)), key=_by_need))
    names = {file.name for file in files}
    if not any(name.endswith(".safetensors") for name in names):
        raise _refused(f"{repo_id} has no safetensors weights, the only kind that Lacuna loads.", _OTHER_CHECKPOINT)
    for name in _REQUIRED:
        if name not in names:
            raise _refused(f"{repo_id} has no {name}, without which it can't be loaded.", _OTHER_CHECKPOINT)
    for file in files:
        if file.size_bytes < 0 or not (file.sha256 or file.git_id):
            raise _refused(
                f"The hub states no checksum for {file.name}, so it could not be checked.", _OTHER_CHECKPOINT
            )
    return Download(folder, repo_id, asked, listing.revision, files)


def check_same(known: Download, repo_id: str, revision: str) -> None:
    """LacunaError if a folder's record is of another repository or commit than what is asked for now."""
    if known.repo_id != repo_id:
        raise _refused(f"The folder {known.folder} holds a download of {known.repo_id}.", "Choose another folder.")
    if revision not in (known.asked, known.revision):
        raise _refused(
            f"The folder {known.folder} holds a download at {known.asked} ({known.revision[:12]}), not at {revision}.",
            "Choose another folder, or cancel that download first.",
        )


def check_space(folder: Path, needed_bytes: int) -> None:
    """LacunaError if the disk can't hold what is still to come."""
    free = shutil.disk_usage(folder).free
    if needed_bytes and free < needed_bytes + _SPARE_BYTES:
        raise _refused(
            f"The download needs {gigabytes(needed_bytes)} and the disk has {gigabytes(free)} free.",
            "Free some space or choose a folder on another disk.",
        )


def _by_need(file: RemoteFile) -> tuple[bool, str]:
    """Small files first, so that the licence arrives before the weights and faults show early."""
    return file.name.endswith(".safetensors"), file.name


def _refused(sentence: str, next_step: str) -> LacunaError:
    return LacunaError(ErrorCode.DOWNLOAD, sentence, next_step)
