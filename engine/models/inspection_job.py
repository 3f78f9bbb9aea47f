"""The reader's job that checks a model before it is loaded: it opens the vocabulary, which the window does not."""

from collections.abc import Generator
from pathlib import Path

from engine.messages.jobs import Event, Finished
from engine.messages.machine import InspectModel, ModelInspected
from engine.models.inspection import describe_folder, inspect_folder


def inspect_model(request: InspectModel) -> Generator[Event, None, Finished]:
    """Inspect a folder. Raises the faults that `inspect_folder` raises."""
    folder = inspect_folder(Path(request.folder))
    yield ModelInspected(request.job_id, describe_folder(folder), folder.warnings)
    return Finished(request.job_id)
