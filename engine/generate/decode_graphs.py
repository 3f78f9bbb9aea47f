"""One decode step as a captured graph: ids in, tokens out, everything between them on the device.

A graph is captured for a number of rows and a bucket of lengths over one cache's memory; it reads its position from the
device, so it serves every length of its bucket. A graph of one row feeds its token back to itself
(docs/performance.md, "A decode step").
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

import torch

from engine.generate.device_sampling import DrawSettings, draw_by_uniforms, draw_greedily
from engine.generate.forward import forward
from engine.generate.kv_cache import KvCache
from engine.generate.llama import LlamaNetwork
from engine.generate.operations import Operations, Window

MOST_ROWS = 8
_SMALLEST_BUCKET = 512
_UNIFORMS = 4096

Replay = Callable[[], None]
GraphKey = tuple[int, int, int, "Draw"]  # rows, bucket, vocabulary size


class DeviceEvent(Protocol):
    """A point in a device's work, as a CUDA event marks one."""

    def synchronize(self) -> None:
        """Wait until the device has reached it."""
        ...


class GraphDevice(Protocol):
    """What a graph needs of a device: CUDA, or a stand-in in tests and where Python's own time is measured."""

    def capture(self, run: Callable[[], None]) -> Replay:
        """Record what `run` does; return a function that does it again. `run` may be called several times for this."""
        ...

    def record(self) -> DeviceEvent: ...

    def pinned(self, tensor: torch.Tensor) -> torch.Tensor:
        """A copy in pinned memory, which the device reads directly."""
        ...


@dataclass(frozen=True, slots=True)
class Draw:
    """How a graph draws: by argmax or with uniforms, and whether it reports log-probabilities."""

    is_greedy: bool
    logprobs: bool


class StepTensors:
    """What graphs read and write. `inputs` [MOST_ROWS + 2]: ids, the first one's position, the next uniform's index.

    `outputs` [MOST_ROWS, 3] in float64, which holds every id exactly: token, log-probability, largest logit.
    """

    def __init__(self, device: torch.device) -> None:
        self.inputs = torch.zeros(MOST_ROWS + 2, dtype=torch.int64, device=device)
        self.ids = self.inputs[:MOST_ROWS]
        self.position = self.inputs[MOST_ROWS : MOST_ROWS + 1]
        self.number = self.inputs[MOST_ROWS + 1 :]
        self.outputs = torch.zeros(MOST_ROWS, 3, dtype=torch.float64, device=device)
        self.uniforms = torch.zeros(_UNIFORMS, device=device)
        one = torch.ones((), device=device)
        self.settings = DrawSettings(one.clone(), one.clone(), one.clone())


class MovingOperations(Operations, Protocol):
    """`Operations` that find their rows by a position on the device."""

    def open_moving_window(self, start: torch.Tensor, count: int, stop: int, dtype: torch.dtype) -> Window:
        """The window of `count` rows from the row in `start` [1]. No row attends to row `stop` or later ones."""
        ...


class DecodeGraphs:
    """The graphs of a network, captured when first needed. `operations` default to the network's own.

    Attribute: `tensors`, shared by all of them.
    """

    def __init__(self, network: LlamaNetwork, device: GraphDevice, operations: MovingOperations | None = None) -> None:
        self.network = network
        self.operations = operations or network.operations
        self.device = device
        self.tensors = StepTensors(network.weights.norm.device)
        self._graphs: WeakKeyDictionary[KvCache, tuple[int, dict[GraphKey, Replay]]] = WeakKeyDictionary()

    def replay(self, cache: KvCache, rows: int, tokens: int, vocabulary_size: int, draw: Draw) -> None:
        """Run a step of `rows` rows over a cache that will hold `tokens` tokens after it."""
        bucket = bucket_of(tokens, cache.capacity)
        moves, graphs = self._graphs.setdefault(cache, (cache.moves, {}))
        if moves != cache.moves:  # they use memory that the cache has given up
            graphs = {}
            self._graphs[cache] = cache.moves, graphs
        key = (rows, bucket, vocabulary_size, draw)
        if key not in graphs:
            graphs[key] = self._capture(cache, *key)
        graphs[key]()

    def _capture(self, cache: KvCache, rows: int, bucket: int, vocabulary_size: int, draw: Draw) -> Replay:
        kept = self.tensors.inputs.clone()
        replay = self.device.capture(lambda: self._run(cache, rows, bucket, vocabulary_size, draw))
        self.tensors.inputs.copy_(kept)  # trying it out has moved on
        return replay

    def _run(self, cache: KvCache, rows: int, bucket: int, vocabulary_size: int, draw: Draw) -> None:
        network, tensors = self.network, self.tensors
        x = network.weights.embedding[tensors.ids[:rows]].to(network.dtype)
        window = self.operations.open_moving_window(tensors.position, rows, bucket, network.dtype)
        logits = forward(network.weights, self.operations, x, cache, {x.device: window}, rows)
        logits = logits[:, :vocabulary_size]
        if draw.is_greedy:
            tokens = draw_greedily(logits)
        else:
            places = tensors.number + torch.arange(rows, device=x.device)
            tokens = draw_by_uniforms(logits, tensors.uniforms.index_select(0, places), tensors.settings)
        outputs = tensors.outputs[:rows]
        outputs[:, 0] = tokens
        outputs[:, 2] = logits.amax(-1)
        if draw.logprobs:
            outputs[:, 1] = logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
        if rows == 1:
            tensors.ids[:1] = tokens
            tensors.position += 1
            tensors.number += 1


def bucket_of(tokens: int, capacity: int) -> int:
    """The length that a graph attends to: the next power of two, at least 512 and at most the cache's capacity."""
    bucket = _SMALLEST_BUCKET
    while bucket < tokens:
        bucket *= 2
    return min(bucket, capacity)
