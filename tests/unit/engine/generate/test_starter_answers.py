"""The real starter in NF4: the same numbers as transformers' own, reuse, stopping, seeds, chat and fills to the end."""

import dataclasses
from collections.abc import Generator
from pathlib import Path

import pytest
import torch

from engine.generate.service import ModelService
from engine.messages.generation import Chat, Complete, Infill, PromptBuilt, Stop, TextDelta, Usage
from engine.messages.jobs import Event, Finished, Progress, Request
from engine.messages.machine import LoadModel
from engine.messages.prompts import Order, Speaker, Turn
from engine.models.load import LoadedModel
from engine.settings import Sampling
from tests.networks import nf4_model, over
from tests.rounding import Judge, in_float64
from tests.vocabularies import decode

GREEDY = Sampling(temperature=0.0, max_tokens=24)
CODE = "import os\n\n\ndef read_text(path):\n    with open(path) as file:\n        "


@pytest.fixture
def service(loaded_starter: LoadedModel) -> ModelService:
    """A front door of the test's own, with cold lanes, over the weights that all share."""
    return service_over(loaded_starter)


def service_over(model: LoadedModel) -> ModelService:
    def load(request: LoadModel) -> Generator[Progress, None, LoadedModel]:
        yield Progress(request.job_id, "Loading", 0, 0)
        return model

    service = ModelService(load)
    answer(service, LoadModel("load", ""))
    return service


def start(service: ModelService, request: Request) -> Generator[Event, None, Finished]:
    return service.handlers()[type(request)](request)


def answer(service: ModelService, request: Request) -> tuple[str, Finished]:
    text = ""
    job = start(service, request)
    try:
        while True:
            event = next(job)
            text += event.text if isinstance(event, TextDelta) else ""
    except StopIteration as end:
        return text, end.value


def usage_of(finished: Finished) -> Usage:
    assert finished.usage is not None
    return finished.usage


def test_greedy_tokens_equal_transformers_generate(starter_folder: Path, loaded_starter: LoadedModel) -> None:
    model, vocabulary = nf4_model(starter_folder), loaded_starter.vocabulary
    ids = [vocabulary.bos, *vocabulary.encode(CODE)]
    with torch.inference_mode():
        generated = model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            do_sample=False,
            max_new_tokens=32,
            eos_token_id=vocabulary.eos,
            pad_token_id=vocabulary.eos,
        )[0, len(ids) :].tolist()
    network = over(model)
    greedy = Sampling(temperature=0.0)
    assert [drawn.token for drawn in Judge(network).draws(ids, generated, greedy)] == generated
    service = service_over(dataclasses.replace(loaded_starter, network=network))
    text, _ = answer(service, Complete("t", CODE, Sampling(temperature=0.0, max_tokens=32)))
    assert text == decode(vocabulary, [token for token in generated if token != vocabulary.eos])


def test_drafts_change_no_greedy_answer(starter_folder: Path, loaded_starter: LoadedModel) -> None:
    request = Complete("t", CODE * 6, Sampling(temperature=0.0, max_tokens=120))
    network = in_float64(over(nf4_model(starter_folder)))  # where reading one and several can't differ by rounding
    texts = []
    for costs in ({}, {1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0}):
        network.verify_costs = costs
        text, finished = answer(service_over(dataclasses.replace(loaded_starter, network=network)), request)
        texts.append(text)
    assert texts[0] == texts[1]
    assert usage_of(finished).accepted > 20


def test_chat_answers_and_reports_what_it_cost(service: ModelService) -> None:
    text, finished = answer(service, Chat("c", (Turn(Speaker.USER, "What are you?"),), sampling=GREEDY))
    usage = usage_of(finished)
    assert text.strip()
    assert finished.stop in (Stop.EOS, Stop.LENGTH)
    assert usage.reused == 0
    assert usage.computed == usage.prompt_tokens
    assert 0 < usage.generated <= GREEDY.max_tokens
    assert usage.decode_ms > 0


def test_next_turn_reads_only_the_answer_and_the_new_question(service: ModelService) -> None:
    question = Turn(Speaker.USER, "Write a function that adds two numbers.")
    text, first = answer(service, Chat("1", (question,), sampling=GREEDY))
    turns = (question, Turn(Speaker.ASSISTANT, text), Turn(Speaker.USER, "And one that subtracts them?"))
    _, second = answer(service, Chat("2", turns, sampling=GREEDY))
    assert usage_of(second).reused >= usage_of(first).prompt_tokens
    assert usage_of(second).computed == usage_of(second).prompt_tokens - usage_of(second).reused


@pytest.mark.parametrize("order", [Order.PSM, Order.SPM, None])
def test_gap_is_filled_with_whole_text_and_no_marks(service: ModelService, order: Order | None) -> None:
    request = Infill("i", "def area(width, height):\r\n    return ", "\r\n\r\n\r\nprint(area(2, 3))\r\n", order, GREEDY)
    middle, finished = answer(service, request)
    assert finished.stop in (Stop.EOT, Stop.EOS, Stop.LENGTH)
    assert "\r" not in middle
    assert "<EOT>" not in middle
    assert "\N{REPLACEMENT CHARACTER}" not in middle


def test_completion_continues_the_text(service: ModelService) -> None:
    text, finished = answer(service, Complete("t", CODE, GREEDY))
    assert text
    assert usage_of(finished).generated <= GREEDY.max_tokens


def test_equal_seeds_from_cold_lanes_give_equal_answers(loaded_starter: LoadedModel) -> None:
    sampling = Sampling(temperature=0.9, top_p=0.95, max_tokens=40, seed=11)
    request = Complete("t", CODE, sampling)
    first, second = (answer(service_over(loaded_starter), request)[0] for _ in range(2))
    assert first == second
    others = {
        answer(service_over(loaded_starter), Complete("t", CODE, dataclasses.replace(sampling, seed=seed)))[0]
        for seed in (1, 2, 3)
    }
    assert others != {first}


def test_cancel_while_the_prompt_is_read_keeps_what_was_read(
    loaded_starter: LoadedModel, service: ModelService
) -> None:
    long = Complete("t", CODE * 40, dataclasses.replace(GREEDY, max_tokens=2))
    job = start(service, long)
    built = next(job)
    assert isinstance(built, PromptBuilt)
    read = next(job)
    assert isinstance(read, Progress)
    assert 0 < read.done < read.total == built.prompt_tokens
    assert read.rate > 0
    job.close()
    _, finished = answer(service, long)
    assert usage_of(finished).reused == read.done


def test_cancel_while_the_answer_streams_keeps_the_lane_usable(
    starter_folder: Path, loaded_starter: LoadedModel
) -> None:
    network = in_float64(over(nf4_model(starter_folder)))  # where reading one and several can't differ by rounding
    service = service_over(dataclasses.replace(loaded_starter, network=network))
    request = Complete("t", CODE, GREEDY)
    expected, _ = answer(service, request)
    job = start(service, request)
    for event in job:
        if isinstance(event, TextDelta) and event.tokens == 3:
            break
    job.close()
    text, finished = answer(service, request)
    assert usage_of(finished).computed == 1
    assert text == expected


def test_answer_ends_where_the_context_is_full(loaded_starter: LoadedModel) -> None:
    info = dataclasses.replace(loaded_starter.info, context_tokens=96)
    service = service_over(dataclasses.replace(loaded_starter, info=info))
    endless = Complete("t", CODE, Sampling(temperature=0.0, max_tokens=10_000))
    _, finished = answer(service, endless)
    assert finished.stop in (Stop.CONTEXT, Stop.EOS)
    assert usage_of(finished).prompt_tokens + usage_of(finished).generated <= 96


def test_gap_in_a_huge_file_is_filled_from_what_stands_near(service: ModelService) -> None:
    request = Infill("i", CODE * 400, "\n" + CODE * 400, None, dataclasses.replace(GREEDY, max_tokens=2))
    job = start(service, request)
    built = next(job)
    assert isinstance(built, PromptBuilt)
    assert built.trimmed
    assert built.prompt_tokens <= built.context_tokens - 2
    job.close()
