"""The interface of a loaded model to generation: token ids in, logits out, keys and values cached.

Importing this module imports torch.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch


class KvRows(Protocol):
    """Keys and values of consecutive tokens, copied out of a cache."""

    @property
    def nbytes(self) -> int: ...


class KvCache(Protocol):
    """The keys and values of the tokens that a network has read."""

    @property
    def tokens(self) -> int: ...

    def reserve(self, tokens: int) -> None:
        """Have room for so many tokens."""
        ...

    def truncate(self, tokens: int) -> None:
        """Forget all but the first `tokens` tokens."""
        ...

    def copy_out(self, start: int, stop: int) -> Any:
        """The `KvRows` [start, stop)."""
        ...

    def copy_in(self, start: int, rows: Any, skip: int, count: int) -> None:
        """Put `count` rows, from the one at `skip` on, to where position `start` is, and end behind them."""
        ...


class Network(Protocol):
    """A loaded model, as generation sees it.

    `verify_costs`: what reading so many tokens at once costs, as a multiple of reading one; empty if drafts are not
    to be tried.
    """

    @property
    def verify_costs(self) -> Mapping[int, float]: ...

    @property
    def prefill_rate(self) -> float:
        """Prompt tokens a second, as measured when the model was loaded."""
        ...

    @property
    def weights_bytes(self) -> int: ...

    def new_cache(self) -> Any:
        """An empty `KvCache` of this network's own kind."""
        ...

    def read(self, ids: Sequence[int], cache: Any, last: int = 1) -> torch.Tensor:
        """Read `ids` after what `cache` holds and append them to it; the logits after the last `last` of them.

        Shape [last, vocab_size], float32. If it raises, the cache holds what it held before.
        """
        ...

    def read_branches(self, ids: Sequence[int], cache: Any, branches: Any) -> torch.Tensor:
        """Read one token for each of several continuations of one text (`engine.generate.operations.Branches`).

        Logits [len(ids), vocab_size], float32.
        """
        ...
