"""The rows beside another side, and that side scaled up from two layers."""

from app.bench.generation_rows import OtherSide, generation_rows, random_prompt
from app.bench.reuse_rows import reuse_rows
from app.bench.scaled import scaled_generate, scaled_s
from app.bench.subjects import Subject


def test_random_prompt_is_the_same_each_time_and_inside_the_vocabulary(tiny: Subject) -> None:
    prompt = random_prompt(tiny, 50)
    assert prompt == random_prompt(tiny, 50)
    assert all(0 <= id_ < tiny.vocab_size for id_ in prompt)


def test_generation_rows_are_measured_beside_generate_on_the_same_weights(tiny: Subject) -> None:
    rows = list(generation_rows(tiny, 16, 8, decode_goal=2.0, prefill_goal=None, pairs=1))
    assert [(row.row, row.other_name) for row in rows] == [
        ("decode", "generate()"),
        ("roofline", "bandwidth"),
        ("prefill", "generate()"),
    ]
    assert "generate() in float32" in rows[0].note


def test_generation_rows_beside_another_side_take_its_figures_and_note(tiny: Subject) -> None:
    other = OtherSide("another", lambda prompt, tokens: 4.0, lambda prompt: len(prompt) / 8.0, "as it says")
    decode, _, prefill = generation_rows(tiny, 16, 8, decode_goal=2.0, prefill_goal=None, pairs=1, other_side=other)
    assert (decode.other, prefill.other) == (4.0, 8.0)
    assert decode.other_name == "another"
    assert decode.note.endswith("as it says")


def test_scaled_s_multiplies_layers_and_counts_the_head_once() -> None:
    assert scaled_s(measured_s=2.5, head_s=0.5, measured_layers=2, layers=32) == 32.5


def test_scaled_s_when_the_head_seems_to_take_all_is_the_head() -> None:
    assert scaled_s(measured_s=0.4, head_s=0.5, measured_layers=2, layers=32) == 0.5


def test_scaled_generate_on_a_fast_machine_is_not_needed_and_says_what_it_is(tiny: Subject) -> None:
    scaled = scaled_generate(tiny, layers=4)
    assert not scaled.is_needed
    assert "measured over 2 layers and scaled to 4" in scaled.as_other_side().note


def test_reuse_row_computes_only_what_follows_the_context(tiny: Subject) -> None:
    (row,) = reuse_rows(tiny, 200, pairs=1)
    assert row.note == "200 tokens of context, 48 of 248 computed the second time"
