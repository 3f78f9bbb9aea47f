"""How a folder is loaded: context length and device, from the person's settings; and the settings while it is loaded.

Without Qt.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.messages.machine import ModelInfo
from engine.models.catalogue import Checkpoint, context_limit
from engine.models.config_file import LlamaShape
from engine.settings import ModelDefaults, Settings


@dataclass(frozen=True, slots=True)
class LoadChoice:
    """A model's context length and device. `is_own`: the context was set for this model alone."""

    context_tokens: int = 0
    device: str = "auto"
    is_own: bool = False


def load_choice(folder: Path, settings: Settings) -> LoadChoice:
    """The wanted context and device. The loader shortens the context to what the model has and what fits, as the Models
    dialog announces. Nothing is read here, because a folder's disk may be slow.
    """
    chosen = defaults_of(str(folder), settings)
    is_own = chosen.context_tokens > 0
    return LoadChoice(chosen.context_tokens or settings.context_tokens, chosen.device, is_own)


def wanted_context(checkpoint: Checkpoint | None, shape: LlamaShape, chosen: ModelDefaults, for_all: int) -> int:
    """The context to ask for: the model's own setting, else the one for all models, within the model's limit."""
    return min(chosen.context_tokens or for_all, context_limit(checkpoint, shape))


def defaults_of(folder: str, settings: Settings) -> ModelDefaults:
    """The settings for the model in a folder."""
    return next((row for row in settings.model_defaults if row.folder == folder), ModelDefaults(folder))


def with_defaults(rows: Iterable[ModelDefaults], changed: ModelDefaults) -> tuple[ModelDefaults, ...]:
    """The rows with this one in place of its folder's; a row without any setting is dropped."""
    others = tuple(row for row in rows if row.folder != changed.folder)
    return others if changed == ModelDefaults(changed.folder) else (*others, changed)


def settings_for(model: ModelInfo | None, settings: Settings) -> Settings:
    """The settings with this model's own ones applied."""
    own = defaults_of(model.folder, settings).chat if model is not None else None
    return settings if own is None else replace(settings, chat=own)
