"""Decode steps that replay captured graphs. Each token is fed back on the device; the host reads it while the next one
is computed.
"""

from collections.abc import Sequence

import torch

from engine.generate.decode_graphs import MOST_ROWS, DecodeGraphs, DeviceEvent, Draw
from engine.generate.kv_cache import KvCache
from engine.generate.lanes import Lane
from engine.generate.sampling import Drawn, Sampler, require_number


class GraphSteps:
    """`engine.generate.steps.Steps` for an answer whose draws depend on their own logits alone.

    The graphs' tensors belong to the running answer; only one answer runs at a time.
    """

    def __init__(self, graphs: DecodeGraphs, lane: Lane, sampler: Sampler, pending: int) -> None:
        self._graphs = graphs
        self._tensors = graphs.tensors
        if not isinstance(lane.cache, KvCache):
            raise TypeError("graphs work on the memory of a KvCache")
        self._lane = lane
        self._cache = lane.cache
        self._sampler = sampler
        self._pending = pending
        self._draw = Draw(sampler.sampling.temperature == 0.0, sampler.sampling.logprobs)
        self._inputs = graphs.device.pinned(torch.zeros_like(self._tensors.inputs, device="cpu"))
        self._outputs = [graphs.device.pinned(torch.zeros(MOST_ROWS, 3, dtype=torch.float64)) for _ in range(2)]
        self._flying: list[tuple[DeviceEvent, torch.Tensor]] = []
        self._number = 0
        self._turn = 0
        if not self._draw.is_greedy:
            self._upload_settings()

    @property
    def is_ahead(self) -> bool:
        return bool(self._flying)

    @torch.inference_mode()
    def step(self, draft: Sequence[int], *, may_run_ahead: bool) -> list[Drawn]:
        lane, rows = self._lane, 1 + len(draft)
        read = len(lane.ids)
        if not self._flying:
            self._cache.reserve(read + rows)
            self._upload_inputs([self._pending, *draft], read)
            self._launch(rows, read + rows)
        has_room = read + 2 <= self._cache.capacity and self._number + 2 < len(self._tensors.uniforms)
        if may_run_ahead and not draft and has_room:
            self._launch(1, read + 2)
        drawn = self._take(draft)
        lane.ids.extend([self._pending, *draft[: len(drawn) - 1]])
        self._cache.tokens = len(lane.ids)
        self._number += len(drawn)
        self._pending = drawn[-1].token
        return drawn

    def finish(self) -> None:
        """Steps still in flight write after the lane's end, where the next read overwrites them."""
        for moment, _ in self._flying:
            moment.synchronize()
        self._flying.clear()

    def _launch(self, rows: int, tokens: int) -> None:
        graphs = self._graphs
        graphs.replay(self._cache, rows, tokens, self._sampler.vocabulary_size, self._draw)
        self._turn = 1 - self._turn
        outputs = self._outputs[self._turn]
        outputs[:rows].copy_(self._tensors.outputs[:rows], non_blocking=True)
        self._flying.append((graphs.device.record(), outputs))

    def _take(self, draft: Sequence[int]) -> list[Drawn]:
        """Wait for the oldest step in flight. Returns the accepted tokens of the draft and one more."""
        moment, outputs = self._flying.pop(0)
        moment.synchronize()
        drawn = []
        for (token, logprob, peak), guess in zip(outputs[: len(draft) + 1].tolist(), [*draft, -1], strict=True):
            require_number(peak)
            drawn.append(Drawn(int(token), logprob if self._draw.logprobs else None))
            if drawn[-1].token != guess:
                break
        return drawn

    def _upload_inputs(self, ids: Sequence[int], position: int) -> None:
        if not self._draw.is_greedy and self._number + MOST_ROWS >= len(self._tensors.uniforms):
            self._upload_uniforms()
        self._inputs[: len(ids)] = torch.tensor(ids)
        self._inputs[MOST_ROWS] = position
        self._inputs[MOST_ROWS + 1] = self._number
        self._tensors.inputs.copy_(self._inputs, non_blocking=True)

    def _upload_settings(self) -> None:
        sampling, settings = self._sampler.sampling, self._tensors.settings
        settings.temperature.fill_(max(sampling.temperature, 1e-6))
        settings.top_p.fill_(sampling.top_p)
        settings.top_k.fill_(sampling.top_k or self._sampler.vocabulary_size)
        self._upload_uniforms()

    def _upload_uniforms(self) -> None:
        """Upload fresh uniforms, after those that were uploaded before and not used."""
        uniforms = self._tensors.uniforms
        left = uniforms[self._number :].tolist() if self._number else []
        fresh = self._sampler.uniforms(len(uniforms) - len(left))
        uniforms.copy_(torch.tensor(left + fresh))
        self._number = 0
