"""Prefix reuse: one KV buffer (lane) for each purpose, and the tails of the chats that take turns in it.

All chats about a project share one lane. The project stands at its beginning, once; the chat that is being answered
stands after it. The tail of another chat is swapped to main memory and back. The shared part is neither copied nor read
again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.generate.drafts import DraftIndex

if TYPE_CHECKING:
    import torch

    from engine.models.network import KvCache, KvRows, Network


class Lane:
    """Token ids with their keys and values; both always have the same length.

    Attributes: `ids`, what has been read; `cache`; `index`, where sequences of tokens stand in `ids`, for drafts.
    """

    def __init__(self, network: "Network") -> None:
        self._network = network
        self.cache: KvCache = network.new_cache()
        self.ids: list[int] = []
        self.index = DraftIndex(self.ids)

    def rewind(self, prompt: Sequence[int]) -> int:
        """Truncate to the longest common prefix of lane and prompt, and return its length in tokens.

        The prompt's last token is never kept, because its logits are needed.
        """
        kept = min(common_prefix(self.ids, prompt), max(0, len(prompt) - 1))
        self.truncate(kept)
        return kept

    def truncate(self, tokens: int) -> None:
        """Forget all but the first `tokens` tokens."""
        self.cache.truncate(tokens)
        del self.ids[tokens:]
        self.index.truncate(tokens)

    def read(self, ids: Sequence[int], last: int = 1) -> "torch.Tensor":
        """Read more tokens; logits [last, vocab_size] after the last ones. Where it fails, the lane is as before."""
        logits = self._network.read(ids, self.cache, last)
        self.ids.extend(ids)
        return logits


@dataclass(frozen=True, slots=True)
class Tail:
    """A waiting chat: all its ids, and the keys and values of those from `start` on."""

    ids: tuple[int, ...]
    start: int
    rows: "KvRows"

    @property
    def tokens(self) -> int:
        return len(self.ids) - self.start


@dataclass(slots=True)
class Buffer:
    """A lane, its current owner, where the owner's own part begins (`base`), and the waiting tails."""

    lane: Lane
    owner: str = ""
    base: int = 0
    reserved_tokens: int = 0
    tails: dict[str, Tail] = field(default_factory=dict)


class Lanes:
    """The lanes of one model. Together they hold at most `budget_tokens`, the waiting tails at most
    `tail_budget_tokens`. The least recently used are evicted first.
    """

    def __init__(self, network: "Network", budget_tokens: int, tail_budget_tokens: int) -> None:
        self._network = network
        self._budget_tokens = budget_tokens
        self._tail_budget_tokens = tail_budget_tokens
        self._buffers: dict[str, Buffer] = {}

    def open(
        self, buffer_name: str, owner: str, prompt: Sequence[int], base: int, most_tokens: int
    ) -> tuple[Lane, int]:
        """The lane in which `owner` reads `prompt`, truncated to what can be reused, and how many tokens that is.

        At most the first `base` tokens of the prompt are the same for all owners. Room for `most_tokens`, to which the
        job may fill the lane, is made first.
        """
        buffer = self._buffers.pop(buffer_name, None) or Buffer(Lane(self._network))
        self._buffers[buffer_name] = buffer  # as the last one, the most recently used
        self._make_room(buffer, most_tokens)
        if buffer.owner != owner:
            _swap(buffer, owner, prompt)
            self._trim_tails()
        buffer.base = base
        reused = buffer.lane.rewind(prompt)
        buffer.lane.cache.reserve(most_tokens)
        return buffer.lane, reused

    def clear(self) -> None:
        """Drop everything and free its memory."""
        self._buffers.clear()

    def _make_room(self, buffer: Buffer, tokens: int) -> None:
        buffer.reserved_tokens = max(buffer.reserved_tokens, tokens)
        total = sum(other.reserved_tokens for other in self._buffers.values())
        while len(self._buffers) > 1 and total > self._budget_tokens:
            total -= self._buffers.pop(next(iter(self._buffers))).reserved_tokens

    def _trim_tails(self) -> None:
        """Drop waiting tails: those of the least recently used lane first, and its oldest first."""
        waiting = [(buffer, name) for buffer in self._buffers.values() for name in buffer.tails]
        total = sum(buffer.tails[name].tokens for buffer, name in waiting)
        for buffer, name in waiting:
            if total <= self._tail_budget_tokens:
                return
            total -= buffer.tails.pop(name).tokens


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """The length of the longest common prefix of two sequences of ids."""
    shorter = min(len(first), len(second))
    low, step = 0, 4096
    while low < shorter and first[low : low + step] == second[low : low + step]:
        low += step  # comparing slices is a hundred times faster than comparing single tokens
    low = min(low, shorter)
    while low < shorter and first[low] == second[low]:
        low += 1
    return low


def _swap(buffer: Buffer, owner: str, prompt: Sequence[int]) -> None:
    """Swap out the owner's tail, and swap in the next owner's."""
    lane = buffer.lane
    start = min(common_prefix(lane.ids, prompt), buffer.base)
    if buffer.owner and start < len(lane.ids):
        rows = lane.cache.copy_out(start, len(lane.ids))
        buffer.tails[buffer.owner] = Tail(tuple(lane.ids), start, rows)
    buffer.owner = owner
    tail = buffer.tails.pop(owner, None)
    if tail is None or common_prefix(lane.ids, tail.ids) < tail.start:
        return
    kept = common_prefix(lane.ids, prompt)
    wanted = common_prefix(tail.ids, prompt)
    if wanted > kept:
        kept = max(kept, tail.start)
        lane.truncate(kept)
        lane.cache.copy_in(kept, tail.rows, kept - tail.start, wanted - kept)
        lane.ids.extend(tail.ids[kept:wanted])
