"""The generation loop: prefill in chunks, then decode step by step; a correct draft gives several tokens in one step.

Both are generators: closing one stops the work before the next chunk or step. What was read until then stays in the
lane and can be reused.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple

import torch

from engine.generate.chunks import ChunkLength
from engine.generate.drafts import Drafter
from engine.generate.lanes import Lane
from engine.generate.sampling import Drawn
from engine.generate.steps import Steps
from engine.messages.generation import Stop

Clock = Callable[[], float]


class PromptRead(NamedTuple):
    """How far a prompt has been read, and the logits [vocab_size] after the last token read."""

    tokens: int
    logits: torch.Tensor


class Limits(NamedTuple):
    """The limits of an answer: the tokens that were asked for, and those that the context has room for."""

    max_tokens: int
    room_tokens: int

    def left(self, generated: int) -> int:
        return min(self.max_tokens, self.room_tokens) - generated

    @property
    def reason(self) -> Stop:
        return Stop.LENGTH if self.max_tokens <= self.room_tokens else Stop.CONTEXT


def prefill(lane: Lane, prompt: Sequence[int], chunk: ChunkLength, clock: Clock) -> Generator[PromptRead, None, None]:
    """Read the part of a prompt that the lane lacks, at least one token, and yield after each chunk. The lane must have
    been rewound to the prompt.
    """
    while len(lane.ids) < len(prompt):
        start_s = clock()
        ids = prompt[len(lane.ids) : len(lane.ids) + chunk.tokens]
        (logits,) = lane.read(ids)
        chunk.observe(len(ids), clock() - start_s)
        yield PromptRead(len(lane.ids), logits)


def decode(
    first: Drawn, steps: Steps, drafter: Drafter, stops: Mapping[int, Stop], limits: Limits
) -> Generator[Drawn | Stop, None, None]:
    """Generate an answer from its first token, which was drawn from the prompt's last logits.

    Yields the tokens, then the reason why the text ended. A stop id is not yielded. A token is read into the lane only
    when another one is needed after it.
    """
    generated, drawn = 0, [first]
    try:
        while True:
            for item in drawn:
                if item.token in stops:
                    yield stops[item.token]
                    return
                generated += 1
                yield item
            left = limits.left(generated)
            if left <= 0:
                yield limits.reason
                return
            drawn = _step(steps, drafter, drawn[-1].token, left)
    finally:
        steps.finish()


def _step(steps: Steps, drafter: Drafter, pending: int, left: int) -> list[Drawn]:
    """The next tokens, at most `left`."""
    draft = drafter.propose(pending, left - 1)
    if steps.is_ahead or not draft:
        return steps.step([], may_run_ahead=left > 1 and not draft)
    drawn = steps.step(draft, may_run_ahead=False)
    drafter.observe(len(draft), len(drawn) - 1)
    return drawn
