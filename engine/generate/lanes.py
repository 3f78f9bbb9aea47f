"""KV lanes: what each purpose (a chat, infilling, completion) has read, so that the next prompt need not repeat it."""

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from engine.models.network import Network


class Lane:
    """Token ids and their keys and values, always of equal length. Attribute: `ids`, what has been read."""

    def __init__(self, network: "Network") -> None:
        self._network = network
        self._cache = network.new_cache()
        self.ids: list[int] = []

    def clear(self) -> None:
        """Forget everything."""
        self._cache = self._network.new_cache()
        self.ids = []

    def rewind(self, prompt: Sequence[int]) -> int:
        """Keep what the lane and a prompt have in common at their beginning, and return how many tokens that is.

        At least the prompt's last token is left to compute: its logits are needed.
        """
        same = takewhile(lambda pair: pair[0] == pair[1], zip(self.ids, prompt, strict=False))
        kept = min(sum(1 for _ in same), max(0, len(prompt) - 1))
        if kept == 0:
            self.clear()
        elif kept < len(self.ids):
            self._cache.truncate(kept)
            del self.ids[kept:]
        return kept

    def extend(self, ids: Sequence[int]) -> "torch.Tensor":
        """Read more tokens; the logits [vocab_size] after the last. Where that fails, the lane is empty."""
        read = False
        try:
            logits = self._network.forward(ids, self._cache)
            read = True
        finally:
            if not read:
                self.clear()  # some layers may have been extended and others not
        self.ids.extend(ids)
        return logits


class Lanes:
    """The lanes of one model, the least recently used dropped when all together would outgrow `budget_tokens`."""

    def __init__(self, network: "Network", budget_tokens: int) -> None:
        self._network = network
        self._budget_tokens = budget_tokens
        self._lanes: dict[str, Lane] = {}

    def take(self, name: str, tokens: int) -> Lane:
        """The lane of that name, for a job that may fill it to `tokens`; room for them is made first."""
        lane = self._lanes.pop(name, None) or Lane(self._network)
        self._lanes[name] = lane  # as the last one, the most recently used
        others = sum(len(other.ids) for other in self._lanes.values()) - len(lane.ids)
        while len(self._lanes) > 1 and others + tokens > self._budget_tokens:
            others -= len(self._lanes.pop(next(iter(self._lanes))).ids)
        return lane

    def clear(self) -> None:
        """Drop all lanes, and with them their memory."""
        self._lanes.clear()
