"""What a load may take: the device, the context that fits, and afterwards a look at how right that was."""

import logging
from dataclasses import dataclass

from engine.errors import ErrorCode, LacunaError
from engine.messages.machine import LoadModel, MachineFacts
from engine.model_plans import FitState
from engine.models.catalogue import context_limit
from engine.models.device import Placement, choose_placement, devices_for, spread
from engine.models.fit import MemoryPlan, fit
from engine.models.inspection import ModelFolder

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Where a model goes and what it may take there; `notes` are sentences on a context other than the one wanted."""

    placement: Placement
    memory: MemoryPlan
    notes: tuple[str, ...]


def plan_load(request: LoadModel, folder: ModelFolder, machine: MachineFacts) -> LoadPlan:
    """Decide, before the first byte of weights is read: on a processor the system would end the process later.

    Raises LacunaError UNSUPPORTED as `choose_placement` does, OUT_OF_MEMORY where the model does not fit.
    """
    shape = folder.shape
    placement = choose_placement(machine, request.device, shape.parameters)
    limit_tokens = context_limit(folder.identity.checkpoint, shape)
    wanted_tokens = min(request.context_tokens or shape.max_positions, limit_tokens)
    verdict, memory = fit(shape, devices_for(machine, placement), placement.element_bytes, wanted_tokens)
    if memory is None:
        raise LacunaError(
            ErrorCode.OUT_OF_MEMORY,
            f"{folder.identity.name}: {verdict.sentence}",
            "Choose a smaller model, or close other programs and try again."
            if placement.device == "cpu"
            else "Choose a smaller model, close other programs, or load it on the processor.",
        )
    notes = []
    if request.is_context_own and request.context_tokens > limit_tokens:
        notes.append(f"This model reads at most {limit_tokens:,} tokens of context.")
    if wanted_tokens > shape.max_positions:
        notes.append(f"Beyond the {shape.max_positions:,} tokens it was trained on this model recalls unevenly.")
    if verdict.state is FitState.FITS_UP_TO:
        notes.append(f"The context was shortened to {memory.context_tokens:,} tokens: no more fits into free memory.")
    return LoadPlan(spread(placement, memory), memory, tuple(notes))


def log_reality(folder: ModelFolder, plan: LoadPlan, weights_bytes: int) -> None:
    """Write the plan and what was taken side by side into the log."""
    memory = plan.memory
    _logger.info(
        "memory of %s: %.3f GB planned for weights, %.3f GB taken (%+.1f %%); besides: %.2f GB for %d tokens of "
        "context and %.2f GB for work, on %s",
        folder.identity.name,
        memory.weights_bytes / 1e9,
        weights_bytes / 1e9,
        100 * (weights_bytes / memory.weights_bytes - 1),
        memory.kv_bytes / 1e9,
        memory.context_tokens,
        memory.workspace_bytes / 1e9,
        ", ".join(part.device.id for part in memory.parts),
    )
