"""From a prompt to the events of an answer: reuse, prefill, decode, text.

Importing this module imports torch; the service does so once a model is loaded.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from time import monotonic

from engine.generate.chunks import ChunkLength, first_chunk_tokens
from engine.generate.drafts import Drafter
from engine.generate.lanes import Lanes
from engine.generate.loop import Clock, Limits, decode, prefill
from engine.generate.sampling import Drawn, Sampler
from engine.generate.steps import EagerSteps, StepsFactory
from engine.generate.stop_strings import StopStrings
from engine.messages import Event, Finished, Progress, PromptBuilt, Stop, TextDelta, Usage
from engine.models.load import LoadedModel
from engine.prompts.prompt import Prompt
from engine.settings import Sampling
from engine.tokens.detokenizer import Detokenizer


@dataclass(frozen=True, slots=True)
class Place:
    """Where a prompt is read: in which buffer, for whom, and how many of its tokens all owners of it share at most."""

    buffer: str
    owner: str
    base: int = 0


class TextGenerator:
    """Answers prompts with one loaded model, keeping what was read. Attribute: `model`."""

    def __init__(self, model: LoadedModel, steps: StepsFactory = EagerSteps, clock: Clock = monotonic) -> None:
        self.model = model
        self._steps = steps
        self._clock = clock
        self._lanes = Lanes(model.network, model.kv_budget_tokens, model.tail_budget_tokens)
        self._chunk = ChunkLength(first_chunk_tokens(model.info.parameters, model.placement))

    def drop_lanes(self) -> None:
        """Give up all that was read, to free its memory."""
        self._lanes.clear()

    def answer(self, job_id: str, place: Place, prompt: Prompt, sampling: Sampling) -> Generator[Event, None, Finished]:
        """Stream an answer. Closing it stops the work within a token or a chunk; what was read can be reused."""
        ids = list(prompt.ids)
        context_tokens = self.model.info.context_tokens
        most_tokens = min(len(ids) + sampling.max_tokens, context_tokens)
        lane, reused = self._lanes.open(place.buffer, place.owner, ids, place.base, most_tokens)
        yield PromptBuilt(
            job_id, len(ids), reused, context_tokens, prompt.dropped_turns, prompt.disarmed, trimmed=prompt.trimmed
        )

        start_s = self._clock()
        for read in prefill(lane, ids, self._chunk, self._clock):
            rate = self._chunk.tokens_per_s
            yield Progress(job_id, "Reading the prompt", read.tokens, len(ids), unit="tokens", rate=rate)
        read_s = self._clock()

        drafter = Drafter(lane.index, lane.ids, self.model.network.verify_costs)
        sampler = Sampler(sampling, self.model.vocabulary.size, seen=ids)
        first = sampler.draw(read.logits)
        drawn = decode(
            first,
            self._steps(lane, sampler, first.token),
            drafter,
            dict.fromkeys(self.model.eos_ids, Stop.EOS) | dict(prompt.stop),
            Limits(sampling.max_tokens, context_tokens - len(ids)),
        )
        generated, stop = yield from self._show(job_id, drawn, prompt, sampling)

        usage = Usage(
            prompt_tokens=len(ids),
            reused=reused,
            computed=len(ids) - reused,
            generated=generated,
            context_tokens=context_tokens,
            prefill_ms=(read_s - start_s) * 1000,
            decode_ms=(self._clock() - read_s) * 1000,
            drafted=drafter.drafted,
            accepted=drafter.accepted,
        )
        return Finished(job_id, stop, usage)

    def _show(
        self, job_id: str, drawn: Generator[Drawn | Stop, None, None], prompt: Prompt, sampling: Sampling
    ) -> Generator[Event, None, tuple[int, Stop]]:
        """Turn tokens into text; returns how many there were and why it ended."""
        detokenizer = Detokenizer(self.model.vocabulary, drop_leading_space=prompt.drop_leading_space)
        stop_strings = StopStrings(sampling.stop_strings)
        generated, stop = 0, Stop.LENGTH
        with closing(drawn):
            for item in drawn:
                if isinstance(item, Stop):
                    stop = item
                    break
                generated += 1
                text = stop_strings.push(detokenizer.push(item.token))
                yield TextDelta(job_id, text, generated, item.logprob)
                if stop_strings.found:
                    return generated, Stop.STRING
        rest = stop_strings.push(detokenizer.finish()) + stop_strings.finish()
        if rest:
            yield TextDelta(job_id, rest, generated)
        return generated, Stop.STRING if stop_strings.found else stop
