"""Turns made from libraries' functions, the wordings of requests, and what counts as a function."""

from random import Random

import pytest

from resources.starter.chat import library_turn, lower_first, request, third_person
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


def test_requests_name_the_task_in_many_wordings(function: Function) -> None:
    random = Random(1)
    asked = {request(random, function.name, function.purpose, "self") for _ in range(200)}
    assert all("the area of the box" in question for question in asked)
    assert len(asked) > 15


def test_turns_of_a_library_have_questions_and_answers(function: Function) -> None:
    random = Random(2)
    turns = [library_turn(random, function) for _ in range(100)]
    assert all(turn.question.strip() and turn.answer.strip() for turn in turns)
    assert {"Return the area of the box.", "`area`"} <= {turn.answer for turn in turns}
    assert all("def area" not in turn.question for turn in turns if turn.answer == "`area`")


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
