"""Where the last space of a text belongs to the token that follows."""

from pathlib import Path

import pytest

from engine.prompts.held_space import holds_space
from engine.tokens.vocabulary import Vocabulary


@pytest.mark.parametrize("text", ["x = ", "def f():\n    ", "class A:\n    def f(self):\n        ", "  "])
def test_llamas_vocabularies_put_the_last_space_into_the_next_word(golden_folder: Path, text: str) -> None:
    for name in ("llama2.model", "codellama-32016.model"):
        assert holds_space(Vocabulary.open(golden_folder / name), text)


def test_the_starters_ends_an_indentation_with_a_token(starter_vocabulary: Vocabulary) -> None:
    assert not holds_space(starter_vocabulary, "def f():\n    ")
    assert not holds_space(starter_vocabulary, "def f():\n        ")
    assert holds_space(starter_vocabulary, "x = ")


@pytest.mark.parametrize("text", ["", " ", "x", "x =\n", "x =\t", "x = 1"])
def test_nothing_is_held_where_no_space_ends_the_text_or_nothing_else_stands_in_it(
    vocabulary: Vocabulary, text: str
) -> None:
    assert not holds_space(vocabulary, text)
