"""Infilling prompts: the layout, the order, and what stays of a text that is too long."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Stop
from engine.messages.prompts import Order
from engine.prompts.infill import build_infill, choose_order
from engine.prompts.prompt import PartName, Prompt
from engine.prompts.text import normalise_line_ends
from engine.tokens.piece_records import keep_pieces
from engine.tokens.vocabulary import Vocabulary
from tests.vocabularies import decode, fuzz, read_back, texts

orders = st.sampled_from(Order)
_CONTROL_TOKENS = 4


def _part(vocabulary: Vocabulary, prompt: Prompt, name: PartName) -> str:
    return "".join(decode(vocabulary, prompt.ids[part.start : part.stop]) for part in prompt.parts if part.name is name)


def _prefix(vocabulary: Vocabulary, prompt: Prompt) -> str:
    return _part(vocabulary, prompt, PartName.PREFIX).removeprefix(" ")


@pytest.fixture(scope="module", params=["starter", "codellama-32016.model"])
def marked_vocabulary(request: pytest.FixtureRequest, starter_vocabulary: Vocabulary) -> Vocabulary:
    """Each vocabulary that has the marks."""
    if request.param == "starter":
        return starter_vocabulary
    golden: Path = request.getfixturevalue("golden_folder")
    return Vocabulary.open(golden / request.param)


@fuzz
@given(prefix=texts, suffix=texts, order=orders)
def test_prefix_and_suffix_of_any_text_read_back_between_the_marks(
    marked_vocabulary: Vocabulary, prefix: str, suffix: str, order: Order
) -> None:
    marks = marked_vocabulary.marks
    assert marks is not None
    prompt = build_infill(marked_vocabulary, prefix, suffix, order)
    assert _prefix(marked_vocabulary, prompt) == read_back(normalise_line_ends(prefix))
    assert _part(marked_vocabulary, prompt, PartName.SUFFIX) == read_back(normalise_line_ends(suffix))
    placed = [prompt.ids[part.start] for part in prompt.parts if part.name is PartName.CONTROL]
    assert placed == [marked_vocabulary.bos, marks.pre, marks.suf, marks.mid]
    text_ids = [token_id for token_id in prompt.ids if token_id not in placed]
    assert len(text_ids) == len(prompt.ids) - _CONTROL_TOKENS
    assert marked_vocabulary.are_text(text_ids)
    assert not prompt.trimmed


def test_stop_ids_are_eot_and_as_a_safety_net_eos(starter_vocabulary: Vocabulary) -> None:
    marks = starter_vocabulary.marks
    assert marks is not None
    prompt = build_infill(starter_vocabulary, "a", "b", Order.PSM)
    assert prompt.stop == {marks.eot: Stop.EOT, starter_vocabulary.eos: Stop.EOS}
    assert not prompt.drop_leading_space


def test_a_model_without_marks_is_refused_in_a_sentence(starter_vocabulary: Vocabulary) -> None:
    bare = Vocabulary(
        starter_vocabulary.path,
        keep_pieces(starter_vocabulary.path.read_bytes(), starter_vocabulary.text_vocab_size),
    )
    with pytest.raises(LacunaError, match="cannot fill gaps") as caught:
        build_infill(bare, "a", "b", Order.PSM)
    assert caught.value.report.code is ErrorCode.UNSUPPORTED
    assert caught.value.report.next_step


@fuzz
@given(
    prefix=st.lists(texts, max_size=20).map("\n".join),
    suffix=st.lists(texts, max_size=20).map("\n".join),
    order=orders,
    limit_tokens=st.integers(_CONTROL_TOKENS + 1, 200),
)
def test_a_limit_keeps_what_is_nearest_to_the_gap(
    starter_vocabulary: Vocabulary, prefix: str, suffix: str, order: Order, limit_tokens: int
) -> None:
    whole = build_infill(starter_vocabulary, prefix, suffix, order)
    prompt = build_infill(starter_vocabulary, prefix, suffix, order, limit_tokens)
    assert len(prompt.ids) <= limit_tokens
    assert prompt.trimmed == (len(whole.ids) > limit_tokens)
    if not prompt.trimmed:
        assert prompt == whole
    assert _prefix(starter_vocabulary, whole).endswith(_prefix(starter_vocabulary, prompt))
    assert _part(starter_vocabulary, whole, PartName.SUFFIX).startswith(
        _part(starter_vocabulary, prompt, PartName.SUFFIX)
    )


def _sizes(prompt: Prompt) -> tuple[int, int]:
    sizes = {part.name: part.stop - part.start for part in prompt.parts}
    return sizes.get(PartName.PREFIX, 0), sizes.get(PartName.SUFFIX, 0)


def test_a_limit_gives_three_quarters_to_the_prefix_in_whole_lines(starter_vocabulary: Vocabulary) -> None:
    prefix = "".join(f"before_{number} = {number}\n" for number in range(500)) + "here = "
    suffix = "\n" + "".join(f"after_{number} = {number}\n" for number in range(500))
    prompt = build_infill(starter_vocabulary, prefix, suffix, Order.PSM, 404)
    before, after = _sizes(prompt)
    assert 280 <= before <= 300
    assert 85 <= after <= 120
    assert _prefix(starter_vocabulary, prompt).startswith("before_4")
    assert _prefix(starter_vocabulary, prompt).endswith("before_499 = 499\nhere = ")
    assert _part(starter_vocabulary, prompt, PartName.SUFFIX).startswith("\nafter_0 = 0\n")
    assert _part(starter_vocabulary, prompt, PartName.SUFFIX).endswith("\n")


@pytest.mark.parametrize(("prefix", "suffix"), [("x\n" * 900, "y\n" * 5), ("x\n" * 5, "y\n" * 900)])
def test_a_limit_gives_what_one_side_does_not_need_to_the_other(
    starter_vocabulary: Vocabulary, prefix: str, suffix: str
) -> None:
    prompt = build_infill(starter_vocabulary, prefix, suffix, Order.SPM, 204)
    assert sum(_sizes(prompt)) >= 196
    short = min(prefix, suffix, key=len)
    kept = _prefix(starter_vocabulary, prompt) + _part(starter_vocabulary, prompt, PartName.SUFFIX)
    assert short in kept


def test_a_limit_inside_one_endless_line_still_keeps_both_sides(starter_vocabulary: Vocabulary) -> None:
    prompt = build_infill(starter_vocabulary, "é😀x" * 100_000, "日本y" * 100_000, Order.PSM, 104)
    before, after = _sizes(prompt)
    assert before >= 70
    assert after >= 20
    assert prompt.trimmed


def test_a_short_last_line_behind_an_endless_one_is_not_all_that_stays(starter_vocabulary: Vocabulary) -> None:
    prompt = build_infill(starter_vocabulary, "[" + "1, " * 5000 + "]\nx = ", "", Order.PSM, 104)
    assert _prefix(starter_vocabulary, prompt).endswith("1, ]\nx = ")
    assert _sizes(prompt)[0] >= 90


def test_a_limit_without_room_for_text_is_refused(starter_vocabulary: Vocabulary) -> None:
    with pytest.raises(LacunaError) as caught:
        build_infill(starter_vocabulary, "a", "b", Order.PSM, _CONTROL_TOKENS)
    assert caught.value.report.code is ErrorCode.PROMPT_TOO_LONG


@pytest.mark.parametrize("prefix", ["", "def f():\n", "x = ", "f(", "    ", "a.", "\t", "x\u2028"])
def test_choose_order_at_a_token_border_takes_the_models_own(prefix: str) -> None:
    assert choose_order(prefix, Order.SPM) is Order.SPM
    assert choose_order(prefix, Order.PSM) is Order.PSM


@pytest.mark.parametrize("prefix", ["enu", "x = self._na", "_", "n1", "größ"])
def test_choose_order_inside_a_word_is_psm(prefix: str) -> None:
    assert choose_order(prefix, Order.SPM) is Order.PSM
    assert choose_order(prefix, Order.PSM) is Order.PSM


@pytest.mark.parametrize(
    ("prefix", "order", "held"),
    [
        ("x = ", Order.SPM, True),
        ("def f():\n    ", Order.SPM, False),  # a token's end in this vocabulary
        (" ", Order.SPM, False),
        ("x =\n", Order.SPM, False),
        ("x = ", Order.PSM, False),
    ],
)
def test_a_space_before_an_spm_gap_is_held_back_for_the_middle(
    starter_vocabulary: Vocabulary, prefix: str, order: Order, held: bool
) -> None:
    vocabulary = starter_vocabulary
    assert vocabulary.marks is not None
    prompt = build_infill(vocabulary, prefix, "\n", order, hold_space=True)
    assert _prefix(vocabulary, prompt) == (prefix[:-1] if held else prefix)
    assert prompt.drop_leading_space == held
    assert (prompt.first_ids >= {vocabulary.eos, vocabulary.marks.eot}) == held
    texts_of_first = [vocabulary.piece_bytes(token_id) for token_id in prompt.first_ids - {*prompt.stop}]
    assert all(text.startswith(b" ") for text in texts_of_first)
    assert len(texts_of_first) > 100 or not held
    assert build_infill(vocabulary, prefix, "\n", order).first_ids == frozenset()


def test_the_implicit_space_is_the_middles_where_an_spm_prefix_is_empty(starter_vocabulary: Vocabulary) -> None:
    assert build_infill(starter_vocabulary, "", "x", Order.SPM).drop_leading_space
    assert not build_infill(starter_vocabulary, "", "x", Order.PSM).drop_leading_space
