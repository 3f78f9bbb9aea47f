"""A stand-in for CUDA graphs on the processor: what was captured is simply run again, and counted."""

from collections.abc import Callable
from dataclasses import dataclass

import torch


class Done:
    """A moment that has passed."""

    def synchronize(self) -> None:
        pass


@dataclass
class ImmediateGraphs:
    """`engine.generate.decode_graphs.GraphDevice`. `captured` and `replayed` count; capturing tries a run out first."""

    captured: int = 0
    replayed: int = 0

    def capture(self, run: Callable[[], None]) -> Callable[[], None]:
        self.captured += 1
        run()

        def replay() -> None:
            self.replayed += 1
            run()

        return replay

    def record(self) -> Done:
        return Done()

    def pinned(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.clone()
