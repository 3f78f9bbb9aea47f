"""Plans a load: the device, the context that fits, and afterwards a log of plan against use."""

import logging
from dataclasses import dataclass

from engine.errors import ErrorCode, LacunaError
from engine.messages.machine import LoadModel, MachineFacts
from engine.model_plans import FitState
from engine.models.catalogue import context_limit
from engine.models.device import Placement, choose_placement, devices_for, spread
from engine.models.fit import MemoryPlan, fit, workspace_bytes
from engine.models.inspection import ModelFolder
from engine.models.reality import Taken

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Where a model goes and what it may take there; `notes` are sentences on a context other than the one wanted."""

    placement: Placement
    memory: MemoryPlan
    notes: tuple[str, ...]


def plan_load(request: LoadModel, folder: ModelFolder, machine: MachineFacts) -> LoadPlan:
    """Plan before any weight is read, since on a processor the system would later kill the process for memory.

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


def log_reality(folder: ModelFolder, plan: LoadPlan, taken: Taken) -> None:
    """Log the plan beside the memory actually taken."""
    memory = plan.memory
    kv_bytes = taken.kv_bytes_per_token * memory.context_tokens
    work_bytes = sum(
        workspace_bytes(
            folder.shape, part.device, memory.context_tokens, plan.placement.element_bytes, taken.chunk_tokens
        )
        for part in memory.parts
    )
    _logger.info(
        "memory of %s on %s: weights %s; keys and values of %d tokens %s; work on %d tokens at once %s; "
        "%.2f GB planned for the longest chunk",
        folder.identity.name,
        ", ".join(part.device.id for part in memory.parts),
        _compared(memory.weights_bytes, taken.weights_bytes),
        memory.context_tokens,
        _compared(memory.kv_bytes, kv_bytes),
        taken.chunk_tokens,
        _compared(work_bytes, taken.workspace_bytes),
        memory.workspace_bytes / 1e9,
    )


def _compared(planned_bytes: float, taken_bytes: float | None) -> str:
    """Both figures, and by how much reality is off."""
    if taken_bytes is None:
        return f"{planned_bytes / 1e9:.3f} GB planned and not measured"
    off = f" ({100 * (taken_bytes / planned_bytes - 1):+.1f} %)" if planned_bytes else ""
    return f"{planned_bytes / 1e9:.3f} GB planned, {taken_bytes / 1e9:.3f} GB taken{off}"
