"""Several continuations of one prompt, decoded as a batch that shares the prompt's keys and values.

Their rows lie side by side in the lane's cache, after the prompt, and are dropped when all continuations have ended. A
continuation that ends early keeps its row, so the rows of the others do not move.
"""

from collections.abc import Generator, Mapping, Sequence

from engine.generate.lanes import Lane
from engine.generate.operations import Branches
from engine.generate.sampling import Drawn, Sampler
from engine.messages.generation import Stop
from engine.models.network import Network


def decode_branches(
    network: Network,
    lane: Lane,
    samplers: Sequence[Sampler],
    firsts: Sequence[Drawn],
    stops: Mapping[int, Stop],
    max_tokens: int,
) -> Generator[tuple[int, Drawn | Stop], None, None]:
    """Continue a lane once for each sampler, starting from its first token.

    Yields (which continuation, token), and for each of them last the reason why it ended; stop ids are not yielded.
    """
    shared, pending = len(lane.ids), list(firsts)
    running = set(range(len(samplers)))
    try:
        for step in range(max_tokens):
            for branch in sorted(running):
                token = pending[branch].token
                yield branch, stops.get(token, pending[branch])
                if token in stops:
                    running.remove(branch)
            if not running or step + 1 == max_tokens:
                break
            branches = Branches(len(samplers), shared, step)
            rows = network.read_branches([drawn.token for drawn in pending], lane.cache, branches)
            for branch in running:
                pending[branch] = samplers[branch].draw(rows[branch])
        for branch in sorted(running):
            yield branch, Stop.LENGTH
    finally:
        lane.cache.truncate(shared)
