"""What the person is told about models that were loaded, downloaded or lost, and what the buttons there do."""

from collections.abc import Callable
from pathlib import Path

from app.models.starter import model_name
from engine.errors import ErrorReport
from engine.messages.machine import ModelInfo
from engine.shown import last_part
from ui.parts.notice import Level, Notice, NoticeButton

ENGINE_GONE, LOAD_STOPPED = "engine-gone", "load-stopped"  # ids of notices that go when a model is loaded
Load = Callable[[str], object]


def load_stopped(folder: Path, previous: ModelInfo | None, way_back: NoticeButton) -> Notice:
    """The person stopped a load. What was loaded before had to make room, so nothing is loaded now."""
    gone = f" {previous.name} had to make room for it, so no model is loaded now." if previous else ""
    sentence = f"Loading {model_name(folder)} was stopped.{gone or ' No model is loaded.'}"
    return Notice(LOAD_STOPPED, Level.INFO, sentence, "", (way_back,))


def way_back(previous: ModelInfo | None, load: Load, use_starter: Callable[[], object]) -> NoticeButton:
    """To what was loaded before, else to the starter."""
    if previous is None or previous.is_starter:
        return NoticeButton("Use the starter", use_starter)
    folder = previous.folder
    return NoticeButton(f"Load {previous.name} again", lambda: load(folder))


def model_warnings(model: ModelInfo) -> Notice:
    """What is to be known of a model that was loaded."""
    return Notice("model-warnings", Level.WARN, " ".join(model.warnings))


def engine_gone(report: ErrorReport, restart: Callable[[], object]) -> Notice:
    """The engine's process ended by itself."""
    return Notice(
        ENGINE_GONE, Level.ERROR, report.sentence, report.next_step, (NoticeButton("Restart engine", restart),)
    )


def fetched(folder: str, load: Load) -> Notice:
    """A download is complete. The button loads that one: another may have been chosen by the time it is pressed."""
    button = NoticeButton("Load it", lambda: load(folder))
    return Notice("fetched", Level.INFO, f"{last_part(folder)} was downloaded and checked.", "", (button,))


def offered(folder: str, sentence: str, load: Load) -> Notice:
    """After an unclean end the last model is only offered."""
    return Notice("crash", Level.WARN, sentence, last_part(folder), (NoticeButton("Load it", lambda: load(folder)),))
