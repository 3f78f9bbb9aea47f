"""The facts that the Models dialog shows about a checkpoint or folder, in words; without Qt."""

from collections.abc import Iterator
from pathlib import Path

from app.models.folders import FolderFound
from engine.messages.prompts import PromptFormat
from engine.model_plans import Fit
from engine.models.catalogue import Checkpoint, Infilling
from engine.shown import count, path_text, size

_LEAST_SHOWN_BYTES = 1_000_000
_FIGURES_SOURCE = "at the first try, in 16 bits; what 4 bits cost is not published"


def checkpoint_facts(checkpoint: Checkpoint) -> Iterator[tuple[str, str]]:
    """Published facts about a checkpoint."""
    figures = checkpoint.figures
    chats = checkpoint.prompt_format is not PromptFormat.COMPLETION
    yield "Answers", "yes" if chats else "no, it continues text"
    yield "Fills gaps", _fills(checkpoint)
    yield "Trained on", f"{checkpoint.trained_context_tokens // 1024}k tokens of context"
    yield "Published", f"HumanEval {figures.humaneval[0]:.1f} %, MBPP {figures.mbpp[0]:.1f} % {_FIGURES_SOURCE}"
    yield "Licence", checkpoint.licence


def size_facts(offered: Checkpoint | None, fit: Fit | None) -> Iterator[tuple[str, str]]:
    """The size of the download, and the memory that the model takes at the chosen context."""
    if offered is not None:
        yield "Download", size(offered.download_bytes)
    if fit is not None and fit.weights_bytes:
        context = f", {size(fit.kv_bytes)} for the context" if fit.kv_bytes else ""
        yield "In 4 bits", f"{size(fit.weights_bytes)}{context}"


def folder_facts(folder: FolderFound) -> Iterator[tuple[str, str]]:
    """Facts found by inspecting a folder."""
    yield "Folder" if folder.path.is_dir() else "File", path_text(folder.path)
    if folder.size_bytes >= _LEAST_SHOWN_BYTES:
        yield "On disk", size(folder.size_bytes)
    if folder.shape is not None and folder.checkpoint is None:
        yield "Parameters", count(folder.shape.parameters)
        yield "Context", f"{folder.shape.max_positions:,} tokens, as it says itself"
    if folder.quantized:
        yield "Weights", folder.quantized


def copy_facts(folder: FolderFound) -> Iterator[tuple[str, str]]:
    """Facts about the 4-bit copy that loading left in the cache."""
    if folder.copy is not None:
        yield "4-bit copy", f"{size(folder.copy.size_bytes)} in Lacuna's cache, which later loads are read from"


def download_plan(name: str, download_bytes: int, folder: Path, free_bytes: int) -> str:
    """What a download would bring, and where to; sizes are 0 if unknown."""
    how_much = f" ({size(download_bytes)})" if download_bytes else ""
    room = f", where {size(free_bytes)} are free" if free_bytes else ""
    return f"{name}{how_much} is downloaded to {path_text(folder)}{room}."


def short_name(checkpoint: Checkpoint) -> str:
    """A checkpoint's name inside its section: "7B Instruct"."""
    return " ".join(filter(None, (checkpoint.size, variant_of(checkpoint))))


def variant_of(checkpoint: Checkpoint) -> str:
    """ "Instruct", "Python", or "" for a base model."""
    return next((word for word in ("Instruct", "Python") if word in checkpoint.id), "")


def sentence_of(phrase: str) -> str:
    """A phrase of the catalogue as a sentence."""
    return f"{phrase[:1].upper()}{phrase[1:].rstrip('.')}."


def _fills(checkpoint: Checkpoint) -> str:
    match checkpoint.infilling:
        case Infilling.YES:
            return "yes"
        case Infilling.NO:
            return "no"
        case Infilling.DISPUTED:
            return f"in doubt. {checkpoint.infill_note}"
