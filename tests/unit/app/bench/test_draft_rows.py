"""Drafts over given text: the text is what is drawn, and what a draft brings follows from what it costs."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from app.bench.draft_rows import GivenText, draft_rows, product_row
from app.bench.subjects import Subject
from engine.errors import LacunaError
from engine.tokens.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary(starter_folder: Path) -> Vocabulary:
    return Vocabulary.open(starter_folder / "tokenizer.model")


def test_given_text_is_drawn_whatever_the_logits_say() -> None:
    sampler = GivenText([3, 1, 2], vocabulary_size=5)
    assert [sampler.draw(torch.tensor([0.0, 0.0, 0.0, 0.0, 9.0])).token for _ in range(3)] == [3, 1, 2]


def test_given_text_looks_at_the_logits_as_any_draw_does() -> None:
    with pytest.raises(LacunaError):
        GivenText([3], vocabulary_size=2).draw(torch.tensor([float("nan"), 0.0]))


def test_product_row_when_verifying_is_free_counts_tokens_a_step(tiny: Subject, vocabulary: Vocabulary) -> None:
    (row,) = product_row(_with_costs(tiny, dict.fromkeys((1, 2, 4, 8), 1.0)), vocabulary)
    assert row.ours is not None
    assert 2.0 < row.ours <= 8.0
    assert "product" in row.note


def test_product_row_when_verifying_costs_too_much_drafts_nothing(tiny: Subject, vocabulary: Vocabulary) -> None:
    (row,) = product_row(_with_costs(tiny, {1: 1.0, 2: 50.0, 4: 50.0, 8: 50.0}), vocabulary)
    assert row.ours == 1.0


def test_draft_rows_repeat_an_edit_and_count_what_was_right(tiny: Subject, vocabulary: Vocabulary) -> None:
    edit, prose = draft_rows(_with_costs(tiny, dict.fromkeys((1, 2, 4, 8), 1.0)), vocabulary, pairs=1)
    assert (edit.row, edit.goal) == ("drafts, edit", 2.0)
    assert (prose.row, prose.goal) == ("drafts, prose", 0.97)
    accepted, drafted, tokens = (int(word) for word in edit.note.replace(",", "").split() if word.isdigit())
    assert tokens / 2 < accepted <= drafted


def _with_costs(subject: Subject, costs: dict[int, float]) -> Subject:
    """The same weights, with other costs of verifying."""
    from engine.generate.llama import LlamaNetwork

    network = subject.network
    other = LlamaNetwork(network.weights, network.dtype, network.layout.dtype, network.layout.most_tokens)
    other.verify_costs = costs
    return replace(subject, network=other)
