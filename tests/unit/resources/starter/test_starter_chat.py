"""Turns made from functions, and what counts as one."""

from random import Random

import pytest

from resources.starter.chat import ABOUT, conversation, lower_first, third_person, write_request
from resources.starter.functions import Function, find_functions, first_paragraph

SOURCE = '''
class Box:
    def area(self):
        """Return the area of the box.

        More about it.
        """
        return self.width * self.height

    def hidden(self):
        return 1
'''


@pytest.fixture
def function() -> Function:
    """The one documented function of the source."""
    return find_functions([SOURCE])[0]


def test_a_documented_function_is_found_with_and_without_its_docstring(function: Function) -> None:
    assert len(find_functions([SOURCE, SOURCE, "def broken("])) == 1
    assert function.purpose == "Return the area of the box."
    assert function.bare == "def area(self):\n    return self.width * self.height"
    assert "More about it." in function.documented


def test_the_first_paragraph_is_one_line() -> None:
    assert first_paragraph("One\n  two.\n\nThree.") == "One two."


def test_requests_name_the_task(function: Function) -> None:
    random = Random(1)
    for _ in range(40):
        assert "the area of the box" in write_request(random, function)


def test_conversations_have_questions_and_answers_and_sometimes_speak_of_the_model(function: Function) -> None:
    random = Random(2)
    turns = [turn for _ in range(300) for turn in conversation(random, [function], [function])]
    assert all(turn.question.strip() and turn.answer.strip() for turn in turns)
    assert any(turn.answer == ABOUT for turn in turns)
    assert any(turn.question.startswith("<<SYS>>\n") for turn in turns)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("return the sum", "returns the sum"),
        ("copy a file", "copies a file"),
        ("returns the sum", "returns the sum"),
        ("pass it on", "passes it on"),
        ("the sum of it", None),
        ("URL of a page", None),
        ("sum", None),
    ],
)
def test_third_person(task: str, said: str | None) -> None:
    assert third_person(task) == said


def test_acronyms_keep_their_capitals() -> None:
    assert lower_first("Return it") == "return it"
    assert lower_first("URL of it") == "URL of it"
    assert lower_first("") == ""
