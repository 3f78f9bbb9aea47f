"""Every lesson is right: its examples run, its code parses, its answers are short, and nothing is in it twice."""

import ast
import doctest
import importlib
import re
from random import Random

import pytest

from resources.starter.chat import a_test_of, lesson_turns
from resources.starter.lessons.reading import (
    FUNCTION_FILES,
    TALK_FILES,
    Lesson,
    lessons_of,
    read_functions,
    read_repairs,
    read_small,
    read_talks,
)

LONGEST_ANSWER = 700
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("name", FUNCTION_FILES)
def test_the_examples_of_all_functions_run(name: str) -> None:
    module = importlib.import_module(f"resources.starter.lessons.{name.removesuffix('.py')}")
    failed, tried = doctest.testmod(module)
    assert failed == 0
    assert tried > 30


def test_a_function_is_taught_with_its_imports_and_without_them_where_it_needs_none() -> None:
    for lesson in read_functions():
        for code in (lesson.code, lesson.untyped):
            scope: dict[str, object] = {}
            exec(compile(code, lesson.name, "exec"), scope)  # our own text: defines one function
            assert callable(scope[lesson.name])
        assert "->" not in lesson.untyped
        assert '"""' not in lesson.code
        ast.parse(lesson.stub)


def test_small_functions_give_what_their_examples_say() -> None:
    small = read_small()
    assert len(small) > 200
    for lesson in small:
        scope: dict[str, object] = {}
        exec(compile(lesson.untyped, lesson.name, "exec"), scope)  # our own text
        for call, result in lesson.examples:
            assert repr(eval(call, scope)) == result, lesson.name
    assert sum(not lesson.examples for lesson in small) < 5


def test_names_and_tasks_are_different() -> None:
    lessons = read_functions()
    assert len(lessons) > 450
    for part in ("name", "code"):
        values = [getattr(lesson, part) for lesson in lessons]
        assert len(set(values)) >= len(values) - 6, part  # the same thing under two names is rare


@pytest.mark.parametrize("name", TALK_FILES)
def test_answers_are_short_and_their_python_parses(name: str) -> None:
    talks = read_talks(name)
    assert len(talks) > 20
    for exchange in (exchange for talk in talks for exchange in talk):
        assert exchange.wordings
        assert all(exchange.wordings)
        assert 3 < len(exchange.answer) < LONGEST_ANSWER, exchange.answer
        assert exchange.answer.count("```") % 2 == 0
        for code in PYTHON.findall(exchange.answer):
            ast.parse(code)


def test_repairs_end_in_code_that_parses_and_differs() -> None:
    for repair in read_repairs():
        broken, mended = PYTHON.findall(repair.wordings[0])[0], PYTHON.findall(repair.answer)[-1]
        ast.parse(mended)
        assert broken != mended


def test_questions_stand_in_one_lesson_only() -> None:
    wordings = [wording for name in TALK_FILES for talk in read_talks(name) for wording in talk[0].wordings]
    twice = {wording for wording in wordings if wordings.count(wording) > 1}
    assert len(twice) < 12, twice  # conversations may begin alike


SOURCE = '''
import math
from typing import Any


def area(radius: float, scale: int = 1, *rest: Any) -> float:
    """Compute an area.

    Pi times the square.

    >>> area(0)
    0.0
    """
    sizes: dict[str, int] = {}
    return math.pi * radius**2 * scale
'''


@pytest.fixture
def lesson() -> Lesson:
    """The one function of the source."""
    return next(lessons_of(SOURCE))


def test_a_lesson_has_its_code_in_all_forms(lesson: Lesson) -> None:
    assert lesson.untyped == (
        "import math\n\n\ndef area(radius, scale=1, *rest):\n    sizes = {}\n    return math.pi * radius**2 * scale"
    )
    assert lesson.code.startswith("import math\nfrom typing import Any\n\n\ndef area(radius: float, scale: int = 1")
    assert lesson.how == "Pi times the square."
    assert lesson.stub.endswith('    """Compute an area.\n\n    >>> area(0)\n    0.0\n    """')
    assert lesson.whole.endswith("    return math.pi * radius**2 * scale")
    assert a_test_of(lesson) == "```python\ndef test_area():\n    assert area(0) == 0.0\n```"


def test_turns_about_a_lesson_ask_for_it_and_answer(lesson: Lesson) -> None:
    random = Random(1)
    turns = [turn for _ in range(200) for turn in lesson_turns(random, lesson)]
    assert all(turn.question.strip() and turn.answer.strip() for turn in turns)
    assert len({turn.question for turn in turns}) > 40
    assert any("Complete" in turn.question for turn in turns)
    for turn in turns:
        for code in PYTHON.findall(turn.answer):
            ast.parse(code)
