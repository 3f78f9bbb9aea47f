"""What the ids of a prompt say, id by id."""

from hypothesis import given

from engine.messages.prompts import Order
from engine.prompts.infill import build_infill
from engine.prompts.text import normalise_line_ends
from engine.tokens.explanation import explain
from engine.tokens.vocabulary import Vocabulary
from tests.vocabularies import fuzz, read_back, texts


@fuzz
@given(prefix=texts, suffix=texts)
def test_texts_between_the_control_tokens_are_what_was_encoded(
    starter_vocabulary: Vocabulary, prefix: str, suffix: str
) -> None:
    prompt = build_infill(starter_vocabulary, prefix, suffix, Order.PSM)
    shown, controls = explain(starter_vocabulary, prompt.ids)
    assert len(shown) == len(prompt.ids)
    assert [shown[place] for place in controls] == ["<s>", "<PRE>", "<SUF>", "<MID>"]
    first, second, third, last = controls
    assert (first, second, last) == (0, 1, len(shown) - 1)
    assert "".join(shown[second + 1 : third]).removeprefix(" ") == read_back(normalise_line_ends(prefix))
    assert "".join(shown[third + 1 : last]) == read_back(normalise_line_ends(suffix))


def test_a_character_of_several_ids_stands_at_the_last_and_a_cut_one_before_the_control(
    starter_vocabulary: Vocabulary,
) -> None:
    ids = starter_vocabulary.encode_bare("😀")
    assert explain(starter_vocabulary, ids) == (("", "", "", "😀"), ())
    cut = [*ids[:2], starter_vocabulary.eos, *ids[:1]]
    assert explain(starter_vocabulary, cut) == (("", "\ufffd", "</s>", "\ufffd"), (2,))


def test_ids_beyond_the_vocabulary_are_named_by_number(starter_vocabulary: Vocabulary) -> None:
    beyond = starter_vocabulary.size + 5
    assert explain(starter_vocabulary, [beyond]) == ((f"<{beyond}>",), (0,))
