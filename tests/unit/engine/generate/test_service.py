"""The front door over scripted networks: what fails, how it is told, and that the next request works."""

import subprocess
import sys
import weakref
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.generate.service import ModelService
from engine.messages.generation import Chat, Complete, Infill, PromptBuilt, Stop, TextDelta
from engine.messages.jobs import Event, Finished, Progress, Request
from engine.messages.machine import LoadModel, ModelLoaded, UnloadModel
from engine.messages.prompts import Order, PromptFormat, Speaker, Turn
from engine.models.load import LoadedModel
from engine.prompts.prompt import unpack_ids
from engine.settings import Sampling
from engine.tokens.vocabulary import Vocabulary
from tests.scripted_network import ScriptedNetwork, load_request, loaded_model
from tests.vocabularies import decode

GREEDY = Sampling(temperature=0.0, max_tokens=5)
QUESTION = Chat("chat", (Turn(Speaker.USER, "Why?"),), sampling=GREEDY)


@pytest.fixture(scope="module")
def vocabulary(starter_folder: Path) -> Vocabulary:
    return Vocabulary.open(starter_folder / "tokenizer.model")


def saying(vocabulary: Vocabulary, token: int) -> ScriptedNetwork:
    """Answers with one token for ever."""
    return ScriptedNetwork(rule=lambda ids: token, vocab_size=vocabulary.size)


def word(vocabulary: Vocabulary) -> int:
    """The id of an ordinary piece, " return"."""
    (token,) = vocabulary.encode("return")
    return token


def service_with(model: LoadedModel) -> ModelService:
    def load(request: LoadModel) -> Generator[Progress, None, LoadedModel]:
        yield Progress(request.job_id, "Loading", 0, 0)
        return model

    service = ModelService(load)
    run(service, load_request())
    return service


def run(service: ModelService, request: Request) -> tuple[list[Event], Finished]:
    """All events of a job and its end."""
    events: list[Event] = []
    job = service.handlers()[type(request)](request)
    try:
        while True:
            events.append(next(job))
    except StopIteration as end:
        return events, end.value


def failure_of(service: ModelService, request: Request) -> tuple[str, ErrorReport]:
    """The text that came before a failure, and its report; the exception itself is let go."""
    text = ""
    job = service.handlers()[type(request)](request)
    try:
        for event in job:
            text += event.text if isinstance(event, TextDelta) else ""
    except LacunaError as error:
        return text, error.report
    raise AssertionError("it did not fail")


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize("request_", [QUESTION, Infill("fill", "a", "b"), Complete("complete", "a")])
def test_request_without_a_model_is_told_so(request_: Request) -> None:
    _, report = failure_of(ModelService(), request_)
    assert report.code is ErrorCode.MODEL_NOT_LOADED
    assert report.next_step


def test_unload_without_a_model_is_no_failure() -> None:
    assert run(ModelService(), UnloadModel("u")) == ([], Finished("u"))


def test_answer_is_built_read_streamed_and_finished_in_this_order(vocabulary: Vocabulary) -> None:
    network = saying(vocabulary, word(vocabulary))
    events, finished = run(service_with(loaded_model(network, vocabulary)), QUESTION)
    assert isinstance(events[0], PromptBuilt)
    assert isinstance(events[1], Progress)
    assert all(isinstance(event, TextDelta) for event in events[2:])
    assert text_of(events) == "return" + " return" * 4
    assert finished.stop is Stop.LENGTH
    assert finished.usage is not None
    assert finished.usage.generated == 5
    assert finished.usage.reused + finished.usage.computed == finished.usage.prompt_tokens
    assert sum(map(len, network.calls[:-4])) == finished.usage.computed


def test_seed_that_was_drawn_is_told_and_draws_the_same_answer_again(loaded_starter: LoadedModel) -> None:
    service = service_with(loaded_starter)
    warm = replace(QUESTION, sampling=Sampling(temperature=2.0, top_p=1.0, max_tokens=12))
    answers = [run(service, warm)[0] for _ in range(2)]
    built = [events[0] for events in answers]
    assert isinstance(built[0], PromptBuilt)
    assert isinstance(built[1], PromptBuilt)
    assert built[0].seed is not None
    assert built[0].seed != built[1].seed
    again, _ = run(service, replace(warm, sampling=replace(warm.sampling, seed=built[0].seed)))
    assert text_of(again) == text_of(answers[0])
    greedy, _ = run(service, QUESTION)
    assert isinstance(greedy[0], PromptBuilt)
    assert greedy[0].seed is None


def test_load_reports_its_model_and_replaces_the_one_before(vocabulary: Vocabulary) -> None:
    first = saying(vocabulary, word(vocabulary))
    alive = weakref.ref(first)
    models = [loaded_model(first, vocabulary), loaded_model(saying(vocabulary, 300), vocabulary)]
    del first
    was_alive: list[bool] = []

    def load(request: LoadModel) -> Generator[Progress, None, LoadedModel]:
        was_alive.append(alive() is not None)
        yield Progress(request.job_id, "Loading", 0, 0)
        return models.pop(0)

    service = ModelService(load)
    events, finished = run(service, load_request(job_id="1"))
    assert [type(event) for event in events] == [Progress, ModelLoaded]
    assert finished == Finished("1")
    del events
    run(service, load_request(job_id="2"))
    assert was_alive == [True, False]  # freed before the next one is read: both need not fit


def test_failed_load_leaves_no_model_and_the_next_load_works(vocabulary: Vocabulary) -> None:
    outcomes: list[LoadedModel | LacunaError] = [
        loaded_model(saying(vocabulary, word(vocabulary)), vocabulary),
        LacunaError(ErrorCode.MODEL_INVALID, "It is cut short."),
        loaded_model(saying(vocabulary, word(vocabulary)), vocabulary),
    ]

    def load(request: LoadModel) -> Generator[Progress, None, LoadedModel]:
        yield Progress(request.job_id, "Loading", 0, 0)
        outcome = outcomes.pop(0)
        if isinstance(outcome, LacunaError):
            raise outcome
        return outcome

    service = ModelService(load)
    run(service, load_request())
    assert failure_of(service, load_request())[1].code is ErrorCode.MODEL_INVALID
    assert failure_of(service, QUESTION)[1].code is ErrorCode.MODEL_NOT_LOADED
    run(service, load_request())
    assert run(service, QUESTION)[1].stop is Stop.LENGTH


class Ballast:
    """Stands for a large tensor in a frame of the failing call."""


def test_memory_running_out_mid_answer_keeps_the_text_frees_everything_and_the_next_answer_works(
    vocabulary: Vocabulary,
) -> None:
    import torch

    kept: list[weakref.ref[Ballast]] = []

    class Heavy(ScriptedNetwork):
        def read(self, ids: object, cache: object, last: int = 1) -> "torch.Tensor":
            ballast = Ballast()
            kept.append(weakref.ref(ballast))
            return super().read(ids, cache, last)  # type: ignore[arg-type]

    network = Heavy(rule=lambda ids: word(vocabulary), vocab_size=vocabulary.size)
    network.failures[3] = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    service = service_with(loaded_model(network, vocabulary))
    text, report = failure_of(service, QUESTION)
    assert text == "return return"
    assert report.code is ErrorCode.OUT_OF_MEMORY
    assert report.next_step
    assert all(ballast() is None for ballast in kept)
    events, finished = run(service, QUESTION)
    assert finished.stop is Stop.LENGTH
    assert finished.usage is not None
    assert finished.usage.reused == 0
    assert text_of(events).count("return") == 5


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate")]
)
def test_memory_running_out_while_the_prompt_is_read_is_told_too(vocabulary: Vocabulary, error: Exception) -> None:
    network = saying(vocabulary, word(vocabulary))
    network.failures[1] = error
    service = service_with(loaded_model(network, vocabulary))
    assert failure_of(service, QUESTION)[1].code is ErrorCode.OUT_OF_MEMORY
    assert run(service, QUESTION)[1].stop is Stop.LENGTH


def test_fault_of_the_gpu_asks_for_a_restart(vocabulary: Vocabulary) -> None:
    network = saying(vocabulary, word(vocabulary))
    network.failures[2] = RuntimeError("CUDA error: an illegal memory access was encountered")
    _, report = failure_of(service_with(loaded_model(network, vocabulary)), QUESTION)
    assert report.next_step == "Restart the engine."


def test_other_failure_is_passed_on_and_the_next_answer_works(vocabulary: Vocabulary) -> None:
    network = saying(vocabulary, word(vocabulary))
    network.failures[2] = RuntimeError("a bug")
    service = service_with(loaded_model(network, vocabulary))
    with pytest.raises(RuntimeError, match="a bug"):
        run(service, QUESTION)
    assert run(service, QUESTION)[1].stop is Stop.LENGTH


def test_second_question_computes_only_what_is_new(vocabulary: Vocabulary) -> None:
    service = service_with(loaded_model(saying(vocabulary, vocabulary.eos), vocabulary))
    _, first = run(service, QUESTION)
    _, again = run(service, QUESTION)
    assert first.usage is not None
    assert again.usage is not None
    assert again.usage.reused == first.usage.prompt_tokens - 1
    assert again.usage.computed == 1


def test_infilling_does_not_evict_the_chat(vocabulary: Vocabulary) -> None:
    service = service_with(loaded_model(saying(vocabulary, vocabulary.eos), vocabulary))
    run(service, QUESTION)
    run(service, Infill("fill", "def f():\n", "\n"))
    _, again = run(service, QUESTION)
    assert again.usage is not None
    assert again.usage.computed == 1


def test_infill_ends_at_its_mark_and_shows_nothing_of_it(vocabulary: Vocabulary) -> None:
    assert vocabulary.marks is not None
    service = service_with(loaded_model(saying(vocabulary, vocabulary.marks.eot), vocabulary))
    events, finished = run(service, Infill("fill", "a = ", "\n"))
    assert finished.stop is Stop.EOT
    assert text_of(events) == ""


def test_infill_in_a_large_file_reads_only_what_is_near_the_gap(vocabulary: Vocabulary) -> None:
    """On a processor a whole context around the gap would be minutes of reading."""
    assert vocabulary.marks is not None
    network = saying(vocabulary, vocabulary.marks.eot)
    service = service_with(loaded_model(network, vocabulary, context_tokens=16_384))
    far, near = "".join(f"far_{number} = {number}\n" for number in range(5000)), "near = 1\nvalue = "
    events, finished = run(service, Infill("fill", far + near, "\nafter = 2\n" + far))
    built = events[0]
    assert isinstance(built, PromptBuilt)
    assert built.trimmed
    assert 1500 <= built.prompt_tokens <= 2048
    assert sum(map(len, network.calls)) == built.prompt_tokens
    assert finished.stop is Stop.EOT
    read = decode(vocabulary, [token_id for call in network.calls for token_id in call])
    assert near in read
    assert "\nafter = 2\n" in read


def test_infill_that_the_catalogue_denies_is_refused_with_its_reason(vocabulary: Vocabulary) -> None:
    model = loaded_model(saying(vocabulary, 300), vocabulary, can_infill=False)
    _, report = failure_of(service_with(model), Infill("fill", "a", "b"))
    assert report.code is ErrorCode.UNSUPPORTED
    assert report.sentence == model.info.infill_note


def test_chat_with_a_base_model_is_refused(vocabulary: Vocabulary) -> None:
    model = loaded_model(saying(vocabulary, 300), vocabulary, prompt_format=PromptFormat.COMPLETION)
    assert failure_of(service_with(model), QUESTION)[1].code is ErrorCode.UNSUPPORTED


def test_end_ids_of_the_folder_end_an_answer_too(vocabulary: Vocabulary) -> None:
    import dataclasses

    token = word(vocabulary)
    model = dataclasses.replace(loaded_model(saying(vocabulary, token), vocabulary), eos_ids=(token,))
    events, finished = run(service_with(model), QUESTION)
    assert finished.stop is Stop.EOS
    assert text_of(events) == ""


def test_long_conversation_and_answer_fit_the_context_together(vocabulary: Vocabulary) -> None:
    turns = [
        turn
        for number in range(30)
        for turn in (Turn(Speaker.USER, f"Question {number}?"), Turn(Speaker.ASSISTANT, "An answer. " * 5))
    ]
    request = Chat("long", (*turns, Turn(Speaker.USER, "Last?")), sampling=Sampling(temperature=0.0, max_tokens=40))
    model = loaded_model(saying(vocabulary, word(vocabulary)), vocabulary, context_tokens=256)
    events, finished = run(service_with(model), request)
    built = events[0]
    assert isinstance(built, PromptBuilt)
    assert built.dropped_turns > 0
    assert built.prompt_tokens + 40 <= 256
    assert finished.stop is Stop.LENGTH


def test_answer_longer_than_the_context_ends_there(vocabulary: Vocabulary) -> None:
    model = loaded_model(saying(vocabulary, word(vocabulary)), vocabulary, context_tokens=64)
    request = Complete("c", "x = 1\n", Sampling(temperature=0.0, max_tokens=10_000))
    _, finished = run(service_with(model), request)
    assert finished.stop is Stop.CONTEXT
    assert finished.usage is not None
    assert finished.usage.prompt_tokens + finished.usage.generated == 64


def test_question_longer_than_the_context_is_refused_and_the_next_one_works(vocabulary: Vocabulary) -> None:
    service = service_with(loaded_model(saying(vocabulary, vocabulary.eos), vocabulary, context_tokens=64))
    too_long = Chat("long", (Turn(Speaker.USER, "word " * 200),), sampling=GREEDY)
    assert failure_of(service, too_long)[1].code is ErrorCode.PROMPT_TOO_LONG
    assert run(service, QUESTION)[1].stop is Stop.EOS


def test_half_a_character_is_held_back_and_flushed_at_the_end(vocabulary: Vocabulary) -> None:
    lead_byte = next(id_ for id_ in range(vocabulary.size) if vocabulary.piece_bytes(id_) == b"\xe2")
    service = service_with(loaded_model(saying(vocabulary, lead_byte), vocabulary))
    request = Complete("c", "x", Sampling(temperature=0.0, max_tokens=1))
    events, _ = run(service, request)
    deltas = [event for event in events if isinstance(event, TextDelta)]
    assert [(delta.text, delta.tokens) for delta in deltas] == [("", 1), ("\N{REPLACEMENT CHARACTER}", 1)]


def test_front_door_opens_without_torch() -> None:
    script = "import sys, engine.generate.service; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def _filling(vocabulary: Vocabulary, *middle: str) -> ScriptedNetwork:
    """Wants to say these pieces one after the other behind any prompt, and then that the fill has ended."""
    marks = vocabulary.marks
    assert marks is not None
    script = [vocabulary.encode_bare(piece)[0] for piece in middle]
    read: list[int] = []

    def rule(ids: list[int]) -> int:
        read.append(len(ids))
        return [*script, marks.eot][min(len(read) - 1, len(script))]

    return ScriptedNetwork(rule=rule, vocab_size=vocabulary.size)


def test_spm_fill_behind_a_space_begins_with_it_and_shows_it_once(vocabulary: Vocabulary) -> None:
    network = _filling(vocabulary, " return", " x")
    events, finished = run(service_with(loaded_model(network, vocabulary)), Infill("f", "def f(x): ", "\n", Order.SPM))
    assert decode(vocabulary, network.calls[0]).endswith("def f(x):")
    assert text_of(events) == "return x"
    assert finished.stop is Stop.EOT


def test_spm_fill_that_would_begin_otherwise_is_held_to_the_space_and_loses_no_text(vocabulary: Vocabulary) -> None:
    network = _filling(vocabulary, "s", "x")  # as if the word before the space went on
    network.second_choice = vocabulary.encode_bare(" self")[0]
    events, finished = run(service_with(loaded_model(network, vocabulary)), Infill("f", "return ", "\n", Order.SPM))
    assert text_of(events) == "selfx"
    assert finished.stop is Stop.EOT


def test_fill_may_be_empty_where_a_space_is_held_back(vocabulary: Vocabulary) -> None:
    network = _filling(vocabulary)
    events, finished = run(service_with(loaded_model(network, vocabulary)), Infill("f", "x = ", "1\n", Order.SPM))
    assert text_of(events) == ""
    assert finished.stop is Stop.EOT


def test_prompt_is_told_to_the_id_before_it_is_read(vocabulary: Vocabulary) -> None:
    network = saying(vocabulary, word(vocabulary))
    events, _ = run(service_with(loaded_model(network, vocabulary)), QUESTION)
    built = events[0]
    assert isinstance(built, PromptBuilt)
    read = [token_id for call in network.calls for token_id in call][: built.prompt_tokens]
    assert unpack_ids(built.ids).tolist() == read
    assert [part.start for part in built.parts] == [0, *(part.stop for part in built.parts[:-1])]
    assert built.parts[-1].stop == built.prompt_tokens


def test_alternatives_begin_with_the_space_that_was_held_back_and_show_it_once(vocabulary: Vocabulary) -> None:
    network = saying(vocabulary, vocabulary.encode_bare("s")[0])
    network.second_choice = vocabulary.encode_bare(" self")[0]
    request = Infill("f", "return ", "\n", Order.SPM, GREEDY, alternatives=2)
    events, _ = run(service_with(loaded_model(network, vocabulary)), request)
    texts = ["", ""]
    for event in events:
        if isinstance(event, TextDelta):
            texts[event.alternative] += event.text
    assert texts[0].startswith("self")
    assert not texts[1].startswith("ssss")  # drawn with more chance, from what begins with a space
