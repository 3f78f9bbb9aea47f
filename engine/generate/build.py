"""From transformers' model to a network that answers at once: fuse, arrange, warm up, measure what drafts may cost.

Everything that would make the first answer slow happens here, with progress, while the model loads.
"""

import statistics
from collections.abc import Generator, Mapping
from time import perf_counter
from typing import Any

import torch

from engine.generate.llama import LlamaNetwork
from engine.generate.products import choose_product
from engine.generate.weights import take_weights
from engine.messages import Progress
from engine.models.device import Placement

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
_WINDOWS = (2, 4, 8)  # tokens verified at once
_CONTEXT_TOKENS = 64
_TRIES = 3
_BOS_LIKE = 1  # any id does: only time is looked at


def build_network(job_id: str, model: Any, placement: Placement) -> Generator[Progress, None, LlamaNetwork]:
    """A network over the model's weights; what transformers' object held of them it then shares or gives up."""
    network = yield from fuse(job_id, model, placement)
    yield Progress(job_id, "Warming up", 0, 0)
    network.verify_costs = measure_verify_costs(network)
    return network


def fuse(job_id: str, model: Any, placement: Placement) -> Generator[Progress, None, LlamaNetwork]:
    """The network, not yet run."""
    product, dtype = choose_product(placement.device, placement.has_fused_kernel), _DTYPES[placement.compute_dtype]
    taking, total = take_weights(model, product, dtype), len(model.model.layers)
    while True:
        try:
            layer = next(taking)
        except StopIteration as end:
            return LlamaNetwork(end.value, dtype, dtype, model.config.max_position_embeddings)
        yield Progress(job_id, "Arranging the weights for this device", layer, total, unit="layers")


def measure_verify_costs(network: LlamaNetwork) -> Mapping[int, float]:
    """What reading 2, 4 and 8 tokens at once takes beside reading one, medians of three; key 1 is 1."""
    seconds = {window: _time_window(network, window) for window in (1, *_WINDOWS)}
    return {window: max(1.0, found / seconds[1]) for window, found in seconds.items()}


def _time_window(network: LlamaNetwork, window: int) -> float:
    cache = network.new_cache()
    network.read([_BOS_LIKE] * _CONTEXT_TOKENS, cache)
    tries = []
    for _ in range(1 + _TRIES):
        cache.truncate(_CONTEXT_TOKENS)
        start_s = perf_counter()
        network.read([_BOS_LIKE] * window, cache, last=window).max().item()
        tries.append(perf_counter() - start_s)
    return statistics.median(tries[1:])
