"""The ids and weights of training samples: PSM, SPM, completion and conversations."""

from pathlib import Path

import pytest

from resources.starter.chat import Turn
from resources.starter.gaps import Gap
from resources.starter.samples import END_OF_ANSWER, END_OF_MIDDLE, FIRST, GIVEN, MIDDLE, QUESTION, Tokens
from resources.starter.settings import BOS, EOS

MODEL = Path(__file__).parents[4] / "resources" / "starter" / "model"
GAP = Gap("def total(values):\n    ", "return sum(values)", "\n\n\ndef other():\n")


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    """The shipped tokenizer."""
    return Tokens(MODEL / "tokenizer.model")


def test_psm_puts_the_middle_last_and_ends_it(tokens: Tokens) -> None:
    sample = tokens.psm(GAP)
    middle = tokens.encode_bare(GAP.middle)
    given = [
        BOS,
        tokens.prefix,
        *tokens.encode(GAP.prefix),
        tokens.suffix,
        *tokens.encode_bare(GAP.suffix),
        tokens.middle,
    ]
    assert sample.ids == [*given, *middle, tokens.end]
    assert sample.weights == [GIVEN] * len(given) + [FIRST] + [MIDDLE] * (len(middle) - 1) + [END_OF_MIDDLE]


def test_spm_puts_the_suffix_first_and_spells_prefix_and_middle_as_one(tokens: Tokens) -> None:
    sample = tokens.spm(GAP)
    head = [BOS, tokens.prefix, tokens.suffix, *tokens.encode_bare(GAP.suffix), tokens.middle]
    assert sample.ids == [*head, *tokens.encode(GAP.prefix + GAP.middle), tokens.end]
    assert len(sample.weights) == len(sample.ids)
    assert sample.weights[-1] == END_OF_MIDDLE
    assert sample.weights[: len(head)] == [GIVEN] * len(head)


def test_prompts_are_the_samples_without_what_is_to_be_generated(tokens: Tokens) -> None:
    sample = tokens.psm(GAP)
    prompt = tokens.psm_prompt(GAP.prefix, GAP.suffix)
    assert sample.ids[: len(prompt)] == prompt
    assert sample.weights[len(prompt)] == FIRST


def test_empty_middle_has_only_its_end_to_learn(tokens: Tokens) -> None:
    sample = tokens.psm(Gap("a = 1\n", "", "b = 2\n"))
    assert sample.ids[-2:] == [tokens.middle, tokens.end]
    assert sample.weights[-2:] == [GIVEN, END_OF_MIDDLE]


@pytest.mark.parametrize("text", ["x", "", "    return x\n", "\n\n", "é☺", " two"])
def test_bare_text_comes_back_without_a_leading_space(tokens: Tokens, text: str) -> None:
    assert tokens.decode_bare(tokens.encode_bare(text)) == text


def test_every_turn_starts_at_bos_and_ends_at_eos(tokens: Tokens) -> None:
    sample = tokens.chat([Turn("Hello", "Hello!"), Turn("Bye", "Goodbye!")])
    assert sample.ids.count(BOS) == 2
    assert [weight for at, weight in zip(sample.ids, sample.weights, strict=True) if at == EOS] == [END_OF_ANSWER] * 2
    asked = tokens.chat_prompt("Hello")
    assert sample.ids[: len(asked)] == asked
    assert sample.weights[: len(asked)] == [QUESTION] * len(asked)


def test_text_cannot_spell_a_mark(tokens: Tokens) -> None:
    spelled = tokens.encode("▁<PRE> <SUF> <MID> <EOT> </s>")
    assert not {BOS, EOS, tokens.prefix, tokens.suffix, tokens.middle, tokens.end} & set(spelled)


def test_completion_is_the_text_between_its_ends(tokens: Tokens) -> None:
    sample = tokens.completion("x = 1\n")
    assert sample.ids == [BOS, *tokens.encode("x = 1\n"), EOS]
    assert len(set(sample.weights)) == 1
