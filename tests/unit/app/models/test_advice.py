"""What is recommended on which computer, and what is said of long contexts."""

import pytest

from app.models.advice import CONTEXT_CHOICES, context_note, recommend
from engine.messages.machine import MachineFacts
from engine.models.catalogue import STARTER_NAME
from tests.machines import AVX512, H200, K80, MODERN, PLAIN, gpu, machine


def test_nothing_is_recommended_before_the_computer_was_looked_at() -> None:
    assert recommend(None).name == ""


@pytest.mark.parametrize(
    ("facts", "model"),
    [
        (machine(PLAIN, gpu(total_gib=16)), "7b"),
        (machine(PLAIN, gpu(total_gib=22)), "13b"),
        (machine(PLAIN, gpu(total_gib=24)), "34b"),
        (machine(PLAIN, H200), "34b"),  # 70B Instruct has 4k of context at most
        (machine(PLAIN, gpu(total_gib=8)), "7b"),  # with less than 16k
        (machine(MODERN, memory_gib=64), "7b"),  # on a processor the smallest answers soonest
    ],
)
def test_largest_instruct_model_that_fits_with_16k_is_recommended(facts: MachineFacts, model: str) -> None:
    advised = recommend(facts)
    assert advised.key == f"codellama/CodeLlama-{model}-Instruct-hf"
    assert advised.button.startswith("Get Code Llama")
    assert "fits" in advised.sentence.lower()
    assert "to download" in advised.size_words


def test_34b_is_recommended_with_the_word_that_it_does_not_fill_gaps() -> None:
    assert "7B and 13B" in recommend(machine(PLAIN, H200)).sentence


@pytest.mark.parametrize("facts", [machine(PLAIN, memory_gib=64), machine(AVX512, K80, memory_gib=64)])
def test_processor_without_fast_kernels_begins_with_the_starter_and_says_why(facts: MachineFacts) -> None:
    advised = recommend(facts)
    assert (advised.key, advised.name) == ("", STARTER_NAME)
    assert "for each token" in " ".join(advised.warnings)


def test_computer_that_is_too_small_begins_with_the_starter_and_says_why() -> None:
    advised = recommend(machine(MODERN, memory_gib=4))
    assert (advised.key, advised.name) == ("", STARTER_NAME)
    assert "Does not fit" in " ".join(advised.warnings)


def test_contexts_beyond_training_come_with_an_honest_word() -> None:
    assert [bool(context_note(tokens)) for tokens in CONTEXT_CHOICES] == [False, False, False, True, True, True]
    assert "recall falls unevenly" in context_note(32768)
