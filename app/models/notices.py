"""The notices about models that were loaded, downloaded or lost, with their buttons."""

from collections.abc import Callable
from pathlib import Path

from app.models.starter import model_name
from engine.errors import ErrorReport
from engine.messages.machine import ModelInfo
from engine.shown import last_part
from ui.parts.notice import Level, Notice, NoticeButton

ENGINE_GONE, LOAD_STOPPED = "engine-gone", "load-stopped"  # ids of notices that are removed when a model is loaded
Load = Callable[[str], object]


def load_stopped(folder: Path, previous: ModelInfo | None, way_back: NoticeButton) -> Notice:
    """Say that the person stopped a load. The model before it was unloaded to make room, so none is loaded now."""
    gone = f" {previous.name} had to make room for it, so no model is loaded now." if previous else ""
    sentence = f"Loading {model_name(folder)} was stopped.{gone or ' No model is loaded.'}"
    return Notice(LOAD_STOPPED, Level.INFO, sentence, "", (way_back,))


def way_back(previous: ModelInfo | None, load: Load, use_starter: Callable[[], object]) -> NoticeButton:
    """A button that loads the model before it, else the starter."""
    if previous is None or previous.is_starter:
        return NoticeButton("Use the starter", use_starter)
    folder = previous.folder
    return NoticeButton(f"Load {previous.name} again", lambda: load(folder))


def model_warnings(model: ModelInfo) -> Notice:
    """Say what the person should know about a model that was loaded."""
    return Notice("model-warnings", Level.WARN, " ".join(model.warnings))


def engine_gone(report: ErrorReport, restart: Callable[[], object]) -> Notice:
    """Say that the engine's process ended by itself."""
    return Notice(
        ENGINE_GONE, Level.ERROR, report.sentence, report.next_step, (NoticeButton("Restart engine", restart),)
    )


def fetched(folder: str, load: Load) -> Notice:
    """Say that a download is complete. The button loads that model, even if another was selected meanwhile."""
    button = NoticeButton("Load it", lambda: load(folder))
    return Notice("fetched", Level.INFO, f"{last_part(folder)} was downloaded and checked.", "", (button,))


def offered(folder: str, sentence: str, load: Load) -> Notice:
    """Offer the last model after an unclean end, in place of loading it."""
    return Notice("crash", Level.WARN, sentence, last_part(folder), (NoticeButton("Load it", lambda: load(folder)),))
