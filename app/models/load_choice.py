"""How a folder is loaded: with which context and where, by what is set for it and what fits; and what holds for it.

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
    """With how much context a model is loaded, and where. `is_own`: the context was set for this model alone."""

    context_tokens: int = 0
    device: str = "auto"
    is_own: bool = False


def load_choice(folder: Path, settings: Settings) -> LoadChoice:
    """The wanted context and device. The loader takes as much of the context as the model has and as fits, as the
    Models dialog says before; nothing is read here, because a folder's disk may be slow.
    """
    chosen = defaults_of(str(folder), settings)
    is_own = chosen.context_tokens > 0
    return LoadChoice(chosen.context_tokens or settings.context_tokens, chosen.device, is_own)


def wanted_context(checkpoint: Checkpoint | None, shape: LlamaShape, chosen: ModelDefaults, for_all: int) -> int:
    """The context that a model is asked for: its own default, else the one for all, within what it can."""
    return min(chosen.context_tokens or for_all, context_limit(checkpoint, shape))


def defaults_of(folder: str, settings: Settings) -> ModelDefaults:
    """What is set for the model in a folder."""
    return next((row for row in settings.model_defaults if row.folder == folder), ModelDefaults(folder))


def with_defaults(rows: Iterable[ModelDefaults], changed: ModelDefaults) -> tuple[ModelDefaults, ...]:
    """The rows with this one in place of its folder's; one that says nothing is not kept."""
    others = tuple(row for row in rows if row.folder != changed.folder)
    return others if changed == ModelDefaults(changed.folder) else (*others, changed)


def settings_for(model: ModelInfo | None, settings: Settings) -> Settings:
    """The settings as they hold while this model is loaded."""
    own = defaults_of(model.folder, settings).chat if model is not None else None
    return settings if own is None else replace(settings, chat=own)
