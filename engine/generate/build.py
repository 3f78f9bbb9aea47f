"""Turns transformers' model into a network that is ready: fuses weights, warms up, measures the cost of drafts.

Everything that would slow the first answer down happens here, while the model loads and progress is shown.
"""

from collections.abc import Generator, Mapping
from time import perf_counter
from typing import Any

import torch

from engine.generate.cuda_graphs import CudaGraphs
from engine.generate.decode_graphs import MOST_ROWS, DecodeGraphs, MovingOperations
from engine.generate.graph_steps import GraphSteps
from engine.generate.lanes import Lane
from engine.generate.llama import LlamaNetwork
from engine.generate.products import BitsandbytesProduct, KernelProduct, TritonProduct, choose_product
from engine.generate.sampling import Sampler
from engine.generate.steps import EagerSteps, Steps, StepsFactory
from engine.generate.weights import take_weights
from engine.messages.jobs import Progress
from engine.models.device import Placement
from engine.models.network import Network
from engine.settings import Sampling

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
_WINDOWS = (2, 4, 8)  # tokens verified at once
_TRIES = 2
_FEWEST_PROMPT_TOKENS, _MOST_PROMPT_TOKENS = 16, 1024
_BELIEVED_S = 0.1
_ANY_ID = 1  # only time is looked at


def build_network(job_id: str, model: Any, placement: Placement) -> Generator[Progress, None, LlamaNetwork]:
    """A network over the model's weights. transformers' object afterwards shares them or has released them."""
    network = yield from fuse(job_id, model, placement)
    yield Progress(job_id, "Warming up", 0, 0)
    measure(network)
    return network


def fuse(job_id: str, model: Any, placement: Placement) -> Generator[Progress, None, LlamaNetwork]:
    """The network, not yet run."""
    dtype = _DTYPES[placement.compute_dtype]
    is_spread = len({device for _, device in placement.device_map}) > 1  # our GPU kernels support one device only
    product = (
        BitsandbytesProduct()
        if is_spread
        else choose_product(torch.device(placement.device), dtype, has_packed_kernel=placement.has_fused_kernel)
    )
    # On a processor 16 bits save time in memory only: activations are float32 where our kernels take them so.
    active_dtype = torch.float32 if isinstance(product, KernelProduct) else dtype
    taking, total = take_weights(model, product, active_dtype), len(model.model.layers)
    while True:
        try:
            layer = next(taking)
        except StopIteration as end:
            return LlamaNetwork(end.value, active_dtype, dtype, model.config.max_position_embeddings)
        yield Progress(job_id, "Arranging the weights for this device", layer, total, unit="layers")


def choose_steps(network: Network) -> StepsFactory:
    """How a network's tokens are drawn: by graphs on one GPU, else one forward at a time."""
    if not isinstance(network, LlamaNetwork) or len(set(network.weights.devices)) > 1:
        return EagerSteps
    device = network.weights.norm.device
    if device.type != "cuda":
        return EagerSteps
    graphs = DecodeGraphs(network, CudaGraphs(device), _graph_operations(network))

    def start(lane: Lane, sampler: Sampler, pending: int) -> Steps:
        if sampler.is_plain:
            return GraphSteps(graphs, lane, sampler, pending)
        return EagerSteps(lane, sampler, pending)

    return start


def _graph_operations(network: LlamaNetwork) -> MovingOperations:
    """Our own kernels if they also do the products; otherwise torch's operations."""
    qkv = network.weights.layers[0].qkv
    if isinstance(qkv, torch.Tensor) or not isinstance(qkv.product, TritonProduct):
        return network.operations
    from engine.generate.triton_operations import TritonOperations  # imports triton

    return TritonOperations(network.weights, network.layout, MOST_ROWS)


def measure(network: LlamaNetwork) -> None:
    """Measure a network's prefill rate and what verifying drafts costs, and store both in it."""
    lane = Lane(network)
    network.prefill_rate = measure_prefill_rate(lane)
    network.verify_costs = measure_verify_costs(network, lane)


def measure_prefill_rate(lane: Lane) -> float:
    """Prompt tokens per second, measured on longer and longer prompts until one takes long enough to be reliable."""
    tokens = _FEWEST_PROMPT_TOKENS
    lane.cache.reserve(_MOST_PROMPT_TOKENS + max(_WINDOWS))
    while True:
        lane.truncate(0)
        start_s = perf_counter()
        lane.read([_ANY_ID] * tokens).max().item()
        seconds = perf_counter() - start_s
        # The first run includes compilation; trust the next size instead.
        if tokens >= _MOST_PROMPT_TOKENS or (seconds > _BELIEVED_S and tokens > _FEWEST_PROMPT_TOKENS):
            return tokens / seconds
        tokens *= 4


def measure_verify_costs(network: LlamaNetwork, lane: Lane) -> Mapping[int, float]:
    """The time to read 2, 4 and 8 tokens at once after a lane's tokens, as a multiple of reading one; the value for 1
    is 1.
    """
    start = choose_steps(network)
    seconds = {window: _time_window(start, lane, network.weights.vocab_size, window) for window in (1, *_WINDOWS)}
    return {window: max(1.0, found / seconds[1]) for window, found in seconds.items()}


def _time_window(start: StepsFactory, lane: Lane, vocab_size: int, window: int) -> float:
    before, tries = len(lane.ids), []
    for _ in range(1 + _TRIES):  # the first one also compiles or captures
        steps = start(lane, Sampler(Sampling(temperature=0.0), vocab_size), _ANY_ID)
        start_s = perf_counter()
        steps.step([_ANY_ID] * (window - 1), may_run_ahead=False)
        tries.append(perf_counter() - start_s)
        lane.truncate(before)
    return min(tries[1:])
