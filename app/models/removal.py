"""The question before a model, copy or download is removed: exactly what, and how many bytes; without Qt."""

from app.models.folders import FolderFound
from engine.model_plans import DownloadState
from engine.models.nf4_cache import Nf4Copy
from engine.shown import path_text, size

Words = tuple[str, tuple[str, ...], str]  # title, sentences, the button that does it


def of_folder(folder: FolderFound) -> Words:
    """The question about a model on disk: a downloaded one is deleted, an added one only leaves the list."""
    where = path_text(folder.path)
    with_copy = (_copy_words(folder.copy),) if folder.copy else ()
    if not folder.repo_id:
        return (
            f"Take {folder.name} off the list?",
            (f"{where} stays as it is.", *with_copy, "It can be added again."),
            "Take off the list",
        )
    return (
        f"Delete {folder.name}?",
        (
            f"The files that Lacuna downloaded to {where} are deleted: {size(folder.own_bytes)} "
            f"({folder.own_bytes:,} bytes). What else lies there stays.",
            *with_copy,
            "This can't be undone; the model can be downloaded again.",
        ),
        "Delete",
    )


def of_copy(copy: Nf4Copy) -> Words:
    """The question about a 4-bit copy alone."""
    return (
        f"Delete the 4-bit copy of {copy.name}?",
        (_copy_words(copy), "The next load makes it again, which takes minutes for a large model."),
        "Delete the copy",
    )


def of_download(state: DownloadState) -> Words:
    """The question about an unfinished download."""
    name = state.id.rpartition("/")[2]
    return (
        f"Cancel the download of {name}?",
        (
            f"{size(state.done_bytes)} that have arrived in {path_text(state.folder)} are deleted.",
            "To go on later, pause it instead.",
        ),
        "Cancel and delete",
    )


def _copy_words(copy: Nf4Copy) -> str:
    where = path_text(copy.folder)
    return f"Its 4-bit copy in {where} is deleted: {size(copy.size_bytes)} ({copy.size_bytes:,} bytes)."
