"""From a prompt to the events of an answer: reuse, prefill, decode, text.

Importing this module imports torch; the service does so once a model is loaded.
"""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic

import torch

from engine.generate.branches import decode_branches
from engine.generate.chunks import ChunkLength, first_chunk_tokens
from engine.generate.drafts import Drafter
from engine.generate.first_token import allow_only
from engine.generate.lanes import Lane, Lanes
from engine.generate.loop import Clock, Limits, decode, prefill
from engine.generate.sampling import Drawn, Sampler, seeded
from engine.generate.steps import EagerSteps, StepsFactory
from engine.generate.stop_strings import StopStrings
from engine.messages.generation import PromptBuilt, Stop, TextDelta, Usage
from engine.messages.jobs import Event, Finished, Progress
from engine.models.load import LoadedModel
from engine.prompts.prompt import Prompt
from engine.settings import Sampling
from engine.tokens.detokenizer import Detokenizer


@dataclass(frozen=True, slots=True)
class Place:
    """Where a prompt is read: its lane, its owner, and how many of its tokens all owners share at most."""

    buffer: str
    owner: str
    base: int = 0


@dataclass(frozen=True, slots=True)
class _PromptRead:
    """A prompt that was read: its lane, how much was reused, the logits [vocab_size] after it, and the times."""

    lane: Lane
    reused: int
    logits: torch.Tensor
    start_s: float
    end_s: float


class TextGenerator:
    """Answers prompts with one loaded model, keeping what was read. Attribute: `model`."""

    def __init__(self, model: LoadedModel, steps: StepsFactory = EagerSteps, clock: Clock = monotonic) -> None:
        self.model = model
        self._steps = steps
        self._clock = clock
        self._lanes = Lanes(model.network, model.kv_budget_tokens, model.tail_budget_tokens)
        is_gpu = model.placement.device != "cpu"
        self._chunk = ChunkLength(first_chunk_tokens(model.network.prefill_rate, is_gpu=is_gpu))

    def drop_lanes(self) -> None:
        """Drop all lanes and free their memory."""
        self._lanes.clear()

    def answer(self, job_id: str, place: Place, prompt: Prompt, sampling: Sampling) -> Generator[Event, None, Finished]:
        """Stream an answer. Closing it stops the work within a token or a chunk; what was read can be reused."""
        sampling = seeded(sampling)
        read = yield from self._read(job_id, place, prompt, sampling, sampling.max_tokens)
        lane = read.lane
        drafter = Drafter(lane.index, lane.ids, self.model.network.verify_costs)
        sampler = Sampler(sampling, self.model.vocabulary.drawable, seen=prompt.ids)
        first = sampler.draw(read.logits)
        drawn = decode(
            first,
            self._steps(lane, sampler, first.token),
            drafter,
            self._stops(prompt),
            Limits(sampling.max_tokens, self.model.info.context_tokens - len(prompt.ids)),
        )
        generated, stop = yield from self._show(job_id, drawn, prompt, sampling)
        return Finished(job_id, stop, self._usage(read, prompt, generated, drafter))

    def alternatives(
        self, job_id: str, place: Place, prompt: Prompt, samplings: Sequence[Sampling]
    ) -> Generator[Event, None, Finished]:
        """Stream several continuations of one prompt at once; each delta says to which one it belongs.

        The reported stop is that of the first one.
        """
        samplings = [seeded(sampling) for sampling in samplings]
        most = min(sampling.max_tokens for sampling in samplings)
        room = (self.model.info.context_tokens - len(prompt.ids)) // len(samplings)
        most = max(1, min(most, room))
        read = yield from self._read(job_id, place, prompt, samplings[0], most * len(samplings))
        samplers = [Sampler(sampling, self.model.vocabulary.drawable, seen=prompt.ids) for sampling in samplings]
        firsts = [sampler.draw(read.logits) for sampler in samplers]
        items = decode_branches(self.model.network, read.lane, samplers, firsts, self._stops(prompt), most)
        detokenizers = [self._detokenizer(prompt) for _ in samplings]
        counts, stops = [0] * len(samplings), [Stop.LENGTH] * len(samplings)
        with closing(items):
            for branch, item in items:
                if isinstance(item, Stop):
                    stops[branch], text = item, detokenizers[branch].finish()
                else:
                    counts[branch] += 1
                    text = detokenizers[branch].push(item.token)
                yield TextDelta(job_id, text, sum(counts), alternative=branch)
        return Finished(job_id, stops[0], self._usage(read, prompt, sum(counts)))

    def _read(
        self, job_id: str, place: Place, prompt: Prompt, sampling: Sampling, max_tokens: int
    ) -> Generator[Event, None, _PromptRead]:
        """Read a prompt into its lane, with room for so many tokens behind it."""
        ids, context_tokens = list(prompt.ids), self.model.info.context_tokens
        most_tokens = min(len(ids) + max_tokens, context_tokens)
        lane, reused = self._lanes.open(place.buffer, place.owner, ids, place.base, most_tokens)
        yield PromptBuilt(
            job_id,
            len(ids),
            reused,
            context_tokens,
            prompt.dropped_turns,
            prompt.disarmed,
            prompt.trimmed,
            prompt.packed_ids,
            prompt.parts,
            sampling.seed if sampling.temperature > 0.0 else None,
        )
        start_s = self._clock()
        for read in prefill(lane, ids, self._chunk, self._clock):
            rate = self._chunk.tokens_per_s
            yield Progress(job_id, "Reading the prompt", read.tokens, len(ids), unit="tokens", rate=rate)
        first = allow_only(read.logits, prompt.first_ids)
        return _PromptRead(lane, reused, first, start_s, self._clock())

    def _stops(self, prompt: Prompt) -> dict[int, Stop]:
        return dict.fromkeys(self.model.eos_ids, Stop.EOS) | dict(prompt.stop)

    def _detokenizer(self, prompt: Prompt) -> Detokenizer:
        return Detokenizer(self.model.vocabulary, drop_leading_space=prompt.drop_leading_space)

    def _usage(self, read: _PromptRead, prompt: Prompt, generated: int, drafter: Drafter | None = None) -> Usage:
        return Usage(
            prompt_tokens=len(prompt.ids),
            reused=read.reused,
            computed=len(prompt.ids) - read.reused,
            generated=generated,
            context_tokens=self.model.info.context_tokens,
            prefill_ms=(read.end_s - read.start_s) * 1000,
            decode_ms=(self._clock() - read.end_s) * 1000,
            drafted=drafter.drafted if drafter else 0,
            accepted=drafter.accepted if drafter else 0,
        )

    def _show(
        self, job_id: str, drawn: Generator[Drawn | Stop, None, None], prompt: Prompt, sampling: Sampling
    ) -> Generator[Event, None, tuple[int, Stop]]:
        """Turn tokens into text; returns how many there were and why it ended."""
        detokenizer = self._detokenizer(prompt)
        stop_strings = StopStrings((*sampling.stop_strings, *prompt.stop_texts))
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
                    return generated, _stop_of(stop_strings, prompt)
        rest = stop_strings.push(detokenizer.finish()) + stop_strings.finish()
        if rest:
            yield TextDelta(job_id, rest, generated)
        return generated, _stop_of(stop_strings, prompt) if stop_strings.found else stop


def _stop_of(stop_strings: StopStrings, prompt: Prompt) -> Stop:
    """Why a text ended at a string: by the chat format's own end, or where the person wanted it."""
    return Stop.EOS if stop_strings.string in prompt.stop_texts else Stop.STRING
