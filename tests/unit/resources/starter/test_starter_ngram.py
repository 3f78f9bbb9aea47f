"""The 5-gram model prefers the longest context it has seen and backs off to shorter ones."""

import pytest

from resources.starter.ngram import NGrams


def test_the_longest_context_decides() -> None:
    model = NGrams([[1, 2, 3, 4, 5, 9], [7, 4, 5, 8], [7, 4, 5, 8]])
    assert model.best([2, 3, 4, 5]) == 9
    assert model.best([7, 4, 5]) == 8


def test_an_unseen_context_backs_off_to_its_end_and_then_to_the_commonest() -> None:
    model = NGrams([[6, 6, 6, 5, 8], [4000, 4095]])
    assert model.best([11, 12, 13, 5]) == 8
    assert model.best([99]) == 6
    assert model.best([1, 2, 3, 4000]) == 4095


def test_a_line_ends_at_the_line_feed_or_at_the_limit() -> None:
    model = NGrams([[3, 4, 5, 13], [8, 8, 8, 8, 8, 8]])
    assert model.line([3], 13, 10) == [4, 5]
    assert model.line([8, 8], 13, 3) == [8, 8, 8]


def test_without_text_there_is_no_answer() -> None:
    with pytest.raises(ValueError, match="no text"):
        NGrams([]).best([1])
