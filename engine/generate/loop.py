"""The loop itself: prefill in chunks, then decode one token at a time.

Both are generators, so that closing one stops the work before its next chunk or token; what was read until then stays
in the lane and is not read again.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple

import torch

from engine.generate.chunks import ChunkLength
from engine.generate.lanes import Lane
from engine.generate.sampling import Sampler
from engine.messages import Stop

Clock = Callable[[], float]


class PromptRead(NamedTuple):
    """How far a prompt has been read, and the logits [vocab_size] after the last token read."""

    tokens: int
    logits: torch.Tensor


def prefill(lane: Lane, prompt: Sequence[int], chunk: ChunkLength, clock: Clock) -> Generator[PromptRead, None, None]:
    """Read what a lane lacks of a prompt, at least one token, after it has been rewound to it; a yield per chunk."""
    while len(lane.ids) < len(prompt):
        start_s = clock()
        ids = prompt[len(lane.ids) : len(lane.ids) + chunk.tokens]
        logits = lane.extend(ids)
        chunk.observe(len(ids), clock() - start_s)
        yield PromptRead(len(lane.ids), logits)


def decode(
    lane: Lane, logits: torch.Tensor, sampler: Sampler, stops: Mapping[int, Stop], max_tokens: int, room_tokens: int
) -> Generator[int | Stop, None, None]:
    """Continue a lane from the logits [vocab_size] after it, for which `room_tokens` are left in the context.

    Yields token ids and last the reason why the text ended; a stop id is not yielded. A token is read into the lane
    only when another one is wanted after it.
    """
    generated = 0
    while True:
        token = sampler.draw(logits)
        if token in stops:
            yield stops[token]
            return
        generated += 1
        yield token
        if generated >= max_tokens or generated >= room_tokens:
            yield Stop.LENGTH if generated >= max_tokens else Stop.CONTEXT
            return
        logits = lane.extend([token])
