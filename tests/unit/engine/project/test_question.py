"""What is looked for, and where a word counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.prompts import Speaker, Turn
from engine.project.question import Term, question_of


def ask(*texts: str) -> dict[str, float]:
    """Terms and weights of questions, oldest first, each but the last one answered."""
    turns: list[Turn] = []
    for text in texts:
        turns += [Turn(Speaker.USER, text), Turn(Speaker.ASSISTANT, "zebra")]
    return {term.word: term.weight for term in question_of(turns[:-1]).terms}


def count(word: str, text: str) -> int:
    return sum(1 for _ in Term(word, 1.0).places(text, text.lower()))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How are retries counted?", "max_retry = 3"),
        ("How are retries counted?", "maxRetries"),
        ("How are retries counted?", "class RetryError:"),
        ("where is it cropped", "def crop(self)"),
        ("who rotates logs", "class RotatingHandler"),
        ("the XML name", "XMLName"),
        ("about HTTPAdapter", "HTTPAdapter()"),
    ],
)
def test_a_word_finds_the_forms_in_which_code_spells_it(question: str, text: str) -> None:
    assert any(count(word, text) for word in ask(question))


def test_words_inside_other_words_do_not_count() -> None:
    assert count("art", "start = parted") == 0
    assert count("log", "catalogue") == 0
    assert count("id", "identity, idle") == 0
    assert count("id", "user_id, userId, ID") == 3
    assert count("17", "value_17, v17, 170, 1716, 217") == 2


def test_common_words_are_not_looked_for() -> None:
    assert ask("What does this project do, and where is the code?") == {}


def test_names_count_more_than_prose() -> None:
    terms = ask("why does Thread.join with is_alive and `lock` block forever")
    assert terms["thread"] == terms["join"] == terms["is_alive"] == terms["lock"] == 2.0
    assert terms["forever"] == 1.0


def test_earlier_questions_lend_their_words_and_answers_do_not() -> None:
    terms = ask("How are redirects followed?", "And where is that tested?")
    assert terms["test"] == 1.0
    assert 0 < terms["redirect"] < 1.0
    assert "zebra" not in terms


def test_a_file_name_counts_only_as_a_whole() -> None:
    question = question_of((Turn(Speaker.USER, "What is in Models.py?"),))
    assert question.names("models.py")
    assert not question.names("els.py")
    assert not question.names("models.pyi")


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_question_and_text_can_be_compared(question: str, text: str) -> None:
    for word in ask(question):
        for at in Term(word, 1.0).places(text, text.lower()):
            assert at >= 0
