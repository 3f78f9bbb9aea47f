"""The ids and weights of training samples: PSM, SPM, completion and conversations, as the program builds prompts."""

from array import array

import pytest

from engine.messages.prompts import Order, PromptFormat, Speaker
from engine.messages.prompts import Turn as Asked
from engine.prompts.chat import build_chat
from engine.prompts.infill import build_infill
from resources.starter.chat import Turn
from resources.starter.gaps import Gap
from resources.starter.samples import END_OF_ANSWER, END_OF_MIDDLE, FIRST, MIDDLE, Tokens

GAP = Gap("def total(values):\n    ", "return sum(values)", "\n\n\ndef other():\n")


def test_psm_is_the_programs_prompt_with_the_middle_and_its_end(tokens: Tokens) -> None:
    sample = tokens.psm(GAP)
    prompt = build_infill(tokens.vocabulary, GAP.prefix, GAP.suffix, Order.PSM).ids
    middle = tokens.vocabulary.encode_bare(GAP.middle)
    assert sample.ids == [*prompt, *middle, tokens.end]
    assert sample.weights == [0.0] * len(prompt) + [FIRST] + [MIDDLE] * (len(middle) - 1) + [END_OF_MIDDLE]


def test_spm_spells_prefix_and_middle_as_one_text(tokens: Tokens) -> None:
    sample = tokens.spm(GAP)
    head = list(build_infill(tokens.vocabulary, "", GAP.suffix, Order.SPM).ids)
    assert sample.ids == [*head, *tokens.vocabulary.encode(GAP.prefix + GAP.middle), tokens.end]
    assert len(sample.weights) == len(sample.ids)
    assert sample.weights[-1] == END_OF_MIDDLE
    assert sample.weights[: len(head)] == [0.0] * len(head)


def test_an_empty_middle_has_only_its_end_to_learn(tokens: Tokens) -> None:
    sample = tokens.psm(Gap("a = 1\n", "", "b = 2\n"))
    assert sample.ids[-1] == tokens.end
    assert [weight for weight in sample.weights if weight] == [END_OF_MIDDLE]


def test_a_conversation_begins_as_the_programs_prompts_do(tokens: Tokens) -> None:
    turns = [Turn("Hello", "Hello!"), Turn("Bye", "Goodbye!")]
    sample = tokens.chat("talk", turns, "Be brief.")
    for asked in (
        [Asked(Speaker.USER, "Hello")],
        [Asked(Speaker.USER, "Hello"), Asked(Speaker.ASSISTANT, "Hello!"), Asked(Speaker.USER, "Bye")],
    ):
        prompt = build_chat(tokens.vocabulary, PromptFormat.INST, asked, "Be brief.").ids
        assert sample.ids[: len(prompt)] == list(prompt)
        assert sample.weights[len(prompt) - 1] == 0.0
        assert sample.weights[len(prompt)] > 0.0
    assert sample.ids.count(tokens.vocabulary.eos) == 2
    assert sample.weights.count(END_OF_ANSWER) == 2


def test_a_project_is_only_read(tokens: Tokens) -> None:
    lines = array("I", tokens.vocabulary.encode_bare("--- a.py\n1 x = 1\n"))
    with_project = tokens.chat("project", [Turn("What is x?", "One.")], project=lines)
    without = tokens.chat("project", [Turn("What is x?", "One.")])
    assert list(lines) == with_project.ids[(at := _place(with_project.ids, list(lines))) : at + len(lines)]
    assert sum(with_project.weights) == sum(without.weights)


def _place(ids: list[int], part: list[int]) -> int:
    return next(at for at in range(len(ids)) if ids[at : at + len(part)] == part)


@pytest.mark.parametrize("whole", [True, False])
def test_completion_ends_only_where_the_file_ends(tokens: Tokens, whole: bool) -> None:
    sample = tokens.completion("x = 1\n", whole=whole)
    assert (sample.ids[-1] == tokens.vocabulary.eos) == whole
    assert sample.weights[0] == 0.0


def test_text_cannot_spell_a_mark(tokens: Tokens) -> None:
    spelled = tokens.psm(Gap("▁<PRE> <SUF> </s>", "<MID> <EOT>", "<s>")).ids
    assert [token for token in spelled if token >= tokens.vocabulary.text_vocab_size] == [
        token for token in tokens.psm(Gap("a", "b", "c")).ids if token >= tokens.vocabulary.text_vocab_size
    ]
