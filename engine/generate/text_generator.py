"""From a prompt to the events of an answer: reuse, prefill, decode, text.

Importing this module imports torch; the service does so once a model is loaded.
"""

from collections.abc import Generator
from time import monotonic

from engine.generate.chunks import ChunkLength, first_chunk_tokens
from engine.generate.lanes import Lanes
from engine.generate.loop import Clock, decode, prefill
from engine.generate.sampling import Sampler
from engine.messages import Event, Finished, Progress, PromptBuilt, Stop, TextDelta, Usage
from engine.models.load import LoadedModel
from engine.prompts.prompt import Prompt
from engine.settings import Sampling
from engine.tokens.detokenizer import Detokenizer


class TextGenerator:
    """Answers prompts with one loaded model, keeping a lane for each purpose. Attribute: `model`."""

    def __init__(self, model: LoadedModel, clock: Clock = monotonic) -> None:
        self.model = model
        self._clock = clock
        self._lanes = Lanes(model.network, model.kv_budget_tokens)
        self._chunk = ChunkLength(first_chunk_tokens(model.info.parameters, model.placement))

    def drop_lanes(self) -> None:
        """Give up all that was read, to free its memory."""
        self._lanes.clear()

    def answer(
        self, job_id: str, lane_name: str, prompt: Prompt, sampling: Sampling
    ) -> Generator[Event, None, Finished]:
        """Stream an answer. Closing it stops the work within a token or a chunk; what was read can be reused."""
        ids = list(prompt.ids)
        context_tokens = self.model.info.context_tokens
        lane = self._lanes.take(lane_name, min(len(ids) + sampling.max_tokens, context_tokens))
        reused = lane.rewind(ids)
        yield PromptBuilt(
            job_id, len(ids), reused, context_tokens, prompt.dropped_turns, prompt.disarmed, trimmed=prompt.trimmed
        )

        start_s = self._clock()
        for read in prefill(lane, ids, self._chunk, self._clock):
            rate = self._chunk.tokens_per_s
            yield Progress(job_id, "Reading the prompt", read.tokens, len(ids), unit="tokens", rate=rate)
        read_s = self._clock()

        generated = 0
        detokenizer = Detokenizer(self.model.vocabulary, drop_leading_space=prompt.drop_leading_space)
        sampler = Sampler(sampling, self.model.vocabulary.size)
        stops = dict.fromkeys(self.model.eos_ids, Stop.EOS) | dict(prompt.stop)
        for item in decode(lane, read.logits, sampler, stops, sampling.max_tokens, context_tokens - len(ids)):
            if isinstance(item, Stop):
                stop = item
            else:
                generated += 1
                yield TextDelta(job_id, detokenizer.push(item), generated)
        if rest := detokenizer.finish():
            yield TextDelta(job_id, rest, generated)

        usage = Usage(
            prompt_tokens=len(ids),
            reused=reused,
            computed=len(ids) - reused,
            generated=generated,
            context_tokens=context_tokens,
            prefill_ms=(read_s - start_s) * 1000,
            decode_ms=(self._clock() - read_s) * 1000,
        )
        return Finished(job_id, stop, usage)
