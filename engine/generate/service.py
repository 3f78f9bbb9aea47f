"""The engine's front door: loads models and answers chats, gaps and texts with the one that is loaded.

Importing this module is cheap, so that a fresh engine process is ready at once; torch comes with the first model.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Chat, Complete, Infill
from engine.messages.jobs import Event, Finished, Progress
from engine.messages.machine import LoadModel, ModelLoaded, ProbeMachine, UnloadModel
from engine.models.device import Placement
from engine.models.load import LoadedModel, Loader, load_model
from engine.models.machine import answer_probe
from engine.models.memory import give_back_memory, is_out_of_memory
from engine.prompts.chat import build_chat
from engine.prompts.completion import build_completion
from engine.prompts.infill import build_infill, choose_order
from engine.prompts.prompt import PartName, Prompt
from engine.settings import Sampling, answer_room

if TYPE_CHECKING:
    from engine.generate.llama import LlamaNetwork
    from engine.generate.text_generator import Place, TextGenerator

Answer = Generator[Event, None, Finished]

# How much a fill reads around its gap. Text further away hardly changes the fill, but costs time: a 7B reads about 50
# tokens a second on a processor (docs/performance.md, "Processors"), so 16k tokens around a gap would take minutes.
_MOST_INFILL_TOKENS = 2048
_MOST_ALTERNATIVES = 8
_ALTERNATIVE_TEMPERATURE = 0.8  # where several answers are wanted (docs/code-llama.md, "Stopping and sampling")


class ModelService:
    """Answers LoadModel, UnloadModel, Chat, Infill and Complete; each handler is a generator (engine/worker.py).

    After any failure the next request works: a failed load leaves no model, a failed answer leaves the model and, where
    memory ran out, none of what had been read.
    """

    def __init__(self, load: Loader | None = None) -> None:
        self._load = load or _load
        self._generator: TextGenerator | None = None

    def handlers(self) -> Mapping[type, Callable[[Any], Answer]]:
        return {
            LoadModel: self.load,
            UnloadModel: self.unload,
            ProbeMachine: answer_probe,
            Chat: self.chat,
            Infill: self.infill,
            Complete: self.complete,
        }

    def load(self, request: LoadModel) -> Answer:
        """Load a model in place of the one that was loaded, which is gone even where this fails."""
        self._drop_model()
        model = yield from self._load(request)
        from engine.generate.build import choose_steps  # imports torch, which a loaded model has done
        from engine.generate.text_generator import TextGenerator

        self._generator = TextGenerator(model, choose_steps(model.network))
        yield ModelLoaded(request.job_id, model.info)
        return Finished(request.job_id)

    def unload(self, request: UnloadModel) -> Answer:
        """Free the weights; without a model there is nothing to do."""
        self._drop_model()
        yield from ()
        return Finished(request.job_id)

    def chat(self, request: Chat) -> Answer:
        """Answer the last turn."""
        generator = self._loaded()
        model = generator.model
        prompt = build_chat(
            model.vocabulary,
            model.info.prompt_format,
            request.turns,
            request.system,
            request.project,
            _prompt_limit(model, request.sampling),
            wording=model.info.wording,
        )
        place = _chat_place(request, prompt)
        return (yield from _answer(generator, request.job_id, place, prompt, request.sampling))

    def infill(self, request: Infill) -> Answer:
        """Write what stands between a prefix and a suffix."""
        generator = self._loaded()
        model = generator.model
        if not model.info.can_infill:
            next_step = "Load a model that fills gaps, such as Code Llama 7B Instruct or the starter."
            raise LacunaError(ErrorCode.UNSUPPORTED, model.info.infill_note, next_step)
        order = request.order or choose_order(request.prefix, model.info.infill_order)
        limit_tokens = min(_prompt_limit(model, request.sampling), _MOST_INFILL_TOKENS)
        prompt = build_infill(model.vocabulary, request.prefix, request.suffix, order, limit_tokens, hold_space=True)
        if request.alternatives == 1:
            return (yield from _answer(generator, request.job_id, _place("infill"), prompt, request.sampling))
        samplings = alternative_samplings(request.sampling, request.alternatives)
        return (
            yield from _guarded(generator, generator.alternatives(request.job_id, _place("infill"), prompt, samplings))
        )

    def complete(self, request: Complete) -> Answer:
        """Continue a text."""
        generator = self._loaded()
        model = generator.model
        limit_tokens = _prompt_limit(model, request.sampling)
        prompt = build_completion(model.vocabulary, request.text, limit_tokens, hold_space=True)
        return (yield from _answer(generator, request.job_id, _place("complete"), prompt, request.sampling))

    def _loaded(self) -> "TextGenerator":
        if self._generator is None:
            raise LacunaError(
                ErrorCode.MODEL_NOT_LOADED, "No model is loaded, so nothing can be answered.", "Load a model first."
            )
        return self._generator

    def _drop_model(self) -> None:
        if self._generator is not None:
            self._generator = None
            give_back_memory()


def _load(request: LoadModel) -> Generator[Progress, None, LoadedModel]:
    def build(job_id: str, model: Any, placement: Placement) -> "Generator[Progress, None, LlamaNetwork]":
        from engine.generate.build import build_network  # imports torch, which reading the weights has done

        return build_network(job_id, model, placement)

    return load_model(request, build)


def _answer(generator: "TextGenerator", job_id: str, place: "Place", prompt: Prompt, sampling: Sampling) -> Answer:
    """Stream an answer."""
    return (yield from _guarded(generator, generator.answer(job_id, place, prompt, sampling)))


def _guarded(generator: "TextGenerator", answer: Answer) -> Answer:
    """An answer's events; what the device says when it fails becomes a sentence."""
    try:
        return (yield from answer)
    except (RuntimeError, MemoryError) as error:
        failure = _device_failure(error)
        if failure is None:
            raise
    # Only here: inside the except block the traceback still holds the tensors.
    answer.close()
    generator.drop_lanes()
    give_back_memory()
    raise failure


def alternative_samplings(sampling: Sampling, count: int) -> list[Sampling]:
    """How each of several alternatives is drawn: the first as asked, the others warmer and from seeds of their own."""
    if not 1 <= count <= _MOST_ALTERNATIVES:
        raise LacunaError(ErrorCode.USAGE, f"Between 1 and {_MOST_ALTERNATIVES} alternatives can be had, not {count}.")
    temperature = max(sampling.temperature, _ALTERNATIVE_TEMPERATURE)
    seeds = [None if sampling.seed is None else sampling.seed + branch for branch in range(count)]
    return [sampling, *(replace(sampling, temperature=temperature, seed=seed) for seed in seeds[1:])]


def _place(buffer: str) -> "Place":
    from engine.generate.text_generator import Place

    return Place(buffer, owner="")


def _chat_place(request: Chat, prompt: Prompt) -> "Place":
    """Chats about a project share its buffer up to where the first question begins, the others one of their own."""
    from engine.generate.text_generator import Place

    base = max((part.stop for part in prompt.parts if part.name in (PartName.SYSTEM, PartName.PROJECT)), default=1)
    return Place("project" if request.project else "chat", request.lane, base)


def _prompt_limit(model: LoadedModel, sampling: Sampling) -> int:
    """How long a prompt may be: the context without room for the answer, but never less than three quarters of it."""
    context_tokens = model.info.context_tokens
    return context_tokens - answer_room(sampling.max_tokens, context_tokens)


def _device_failure(error: BaseException) -> LacunaError | None:
    """A failure of the device as a sentence; None where the error is of another kind."""
    if is_out_of_memory(error):
        return LacunaError(
            ErrorCode.OUT_OF_MEMORY,
            "The memory ran out during the answer; what stands above is what came until then.",
            "Try again with a shorter conversation, a smaller project or a smaller model.",
            str(error),
        )
    if "CUDA error" in str(error):
        return LacunaError(
            ErrorCode.INTERNAL,
            "The GPU reported a fault and answers nothing any more in this process.",
            "Restart the engine.",
            str(error),
        )
    return None
