"""Decode steps by one forward pass each, for any device.

A step reads the pending token, which is drawn already, and the draft's guesses after it. `graph_steps.py` does the same
by replaying captured graphs.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.generate.lanes import Lane
from engine.generate.sampling import Drawn, Sampler


class Steps(Protocol):
    """Draws one answer's tokens.

    Attribute: `is_ahead`, whether the next token is being computed already; then no draft can be used.
    """

    @property
    def is_ahead(self) -> bool: ...

    def step(self, draft: Sequence[int], *, may_run_ahead: bool) -> list[Drawn]:
        """Read the pending token and a draft; return the draft's accepted tokens and one more.

        The last token returned is pending afterwards. `may_run_ahead`: no draft is expected for the token after it.
        """
        ...

    def finish(self) -> None:
        """No step follows; the lane holds what was read."""
        ...


StepsFactory = Callable[[Lane, Sampler, int], Steps]  # the last one is the pending token


class EagerSteps:
    """`Steps` over a lane: read, then draw on whatever device the logits are."""

    is_ahead = False

    def __init__(self, lane: Lane, sampler: Sampler, pending: int) -> None:
        self._lane = lane
        self._sampler = sampler
        self._pending = pending

    def step(self, draft: Sequence[int], *, may_run_ahead: bool) -> list[Drawn]:
        before = len(self._lane.ids)
        rows = self._lane.read([self._pending, *draft], last=len(draft) + 1)
        drawn = self._sampler.draw_along(rows, draft)
        self._lane.truncate(before + len(drawn))  # rejected guesses were read too
        self._pending = drawn[-1].token
        return drawn

    def finish(self) -> None:
        pass
