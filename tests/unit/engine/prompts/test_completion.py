"""Completion prompts: BOS and the text, of a long one its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Stop
from engine.prompts.completion import build_completion
from engine.prompts.held_space import holds_space
from engine.prompts.prompt import Part, PartName
from engine.prompts.text import normalise_line_ends
from engine.tokens.vocabulary import Vocabulary
from tests.vocabularies import decode, fuzz, read_back, texts


@fuzz
@given(text=texts)
def test_a_text_is_encoded_whole_behind_bos(vocabulary: Vocabulary, text: str) -> None:
    prompt = build_completion(vocabulary, text)
    assert list(prompt.ids) == [vocabulary.bos, *vocabulary.encode(normalise_line_ends(text))]
    assert prompt.parts[0] == Part(PartName.CONTROL, 0, 1)
    assert prompt.stop == {vocabulary.eos: Stop.EOS}
    assert not prompt.trimmed
    assert prompt.drop_leading_space == (not text)  # at the start of a text the implicit space is the continuation's
    assert not prompt.first_ids


@pytest.mark.parametrize("text", ["def f():\n    ", "x = ", "x =", " ", "\t"])
def test_a_space_at_the_end_is_held_back_when_asked_where_it_belongs_to_the_next_token(
    vocabulary: Vocabulary, text: str
) -> None:
    prompt = build_completion(vocabulary, text, hold_space=True)
    held = holds_space(vocabulary, text)
    assert decode(vocabulary, prompt.ids) == f" {text[:-1] if held else text}"
    assert prompt.drop_leading_space == held
    assert prompt.first_ids == (vocabulary.space_first | {vocabulary.eos} if held else frozenset())


@fuzz
@given(text=st.lists(texts, max_size=20).map("\n".join), limit_tokens=st.integers(2, 120))
def test_a_limit_keeps_the_end(starter_vocabulary: Vocabulary, text: str, limit_tokens: int) -> None:
    whole = build_completion(starter_vocabulary, text)
    prompt = build_completion(starter_vocabulary, text, limit_tokens)
    assert len(prompt.ids) <= limit_tokens
    assert prompt.trimmed == (len(whole.ids) > limit_tokens)
    kept = decode(starter_vocabulary, prompt.ids).removeprefix(" ")
    assert read_back(normalise_line_ends(text)).endswith(kept)


def test_a_limit_cuts_at_a_line_and_uses_the_room(starter_vocabulary: Vocabulary) -> None:
    text = "".join(f"value_{number} = {number}\n" for number in range(400))
    prompt = build_completion(starter_vocabulary, text, 200)
    assert decode(starter_vocabulary, prompt.ids).startswith(" value_3")
    assert 185 <= len(prompt.ids) <= 200


def test_a_limit_without_room_for_text_is_refused(starter_vocabulary: Vocabulary) -> None:
    with pytest.raises(LacunaError) as caught:
        build_completion(starter_vocabulary, "a", 1)
    assert caught.value.report.code is ErrorCode.PROMPT_TOO_LONG
