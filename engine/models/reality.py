"""Measures the memory of a loaded model with one chunk of a prefill, for the log beside the plan."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import ErrorCode, LacunaError
from engine.models.limits import most_chunk_tokens

if TYPE_CHECKING:
    from engine.models.network import Network

_WORK_S = 0.1  # the longest time that the measurement may take


@dataclass(frozen=True, slots=True)
class Taken:
    """`kv_bytes_per_token` as measured in the cache. `workspace_bytes` is the memory that a prefill of `chunk_tokens`
    took beyond weights and cache; None on a processor, whose allocator does not report it.
    """

    weights_bytes: int
    kv_bytes_per_token: float
    chunk_tokens: int
    workspace_bytes: int | None


def try_out(network: "Network", bos: int, devices: Sequence[str], most_tokens: int) -> Taken:
    """Prefill a chunk of at most `most_tokens`. Raises LacunaError MODEL_INVALID if the logits are not finite."""
    chunk_tokens = min(most_chunk_tokens(is_gpu=devices != ["cpu"]), int(network.prefill_rate * _WORK_S), most_tokens)
    ids = [bos] * max(1, chunk_tokens)
    cache = network.new_cache()
    cache.reserve(len(ids))
    before_bytes = None if devices == ["cpu"] else _reset_peak(devices)
    logits = network.read(ids, cache)
    workspace_bytes = None if before_bytes is None else _peak(devices) - before_bytes
    if not math.isfinite(float(logits.max())):
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            "The model answers with values that are not numbers; its weights are damaged.",
            "Download the model again, or choose another folder.",
        )
    return Taken(network.weights_bytes, cache.nbytes / cache.capacity, len(ids), workspace_bytes)


def _reset_peak(devices: Sequence[str]) -> int:
    """Reset the GPUs' peak counters; returns the bytes in use."""
    import torch

    for device in devices:
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
    return _peak(devices)


def _peak(devices: Sequence[str]) -> int:
    """The peak of the tensors' bytes on the GPUs."""
    import torch

    return sum(torch.cuda.max_memory_allocated(device) for device in devices)
