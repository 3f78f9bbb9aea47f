"""What counts as solved, as parsed, as a loop and as the right thing named; and what generated programs may not do."""

import pytest

from resources.starter.engine_run import unpacked
from resources.starter.evaluate import loops, share, solves, solves_problem
from resources.starter.items import (
    FIXTURES,
    PROJECTS,
    Asked,
    problem_question,
    project_questions,
    solution_gaps,
)
from resources.starter.measured import Problem
from resources.starter.programs import code_of, last_function, parses, passes
from resources.starter.tasks import Task

TASK = Task("Write a function that adds two numbers.", "plus", ("f(1, 2) == 3", "f(0, 0) == 0"))
PROBLEM = Problem(
    "HumanEval/900",
    'from typing import List\n\n\ndef last(values: List[int]) -> int:\n    """Return the last value."""\n',
    "    at = len(values) - 1\n    return values[at]\n",
    "def check(candidate):\n    assert candidate([1, 2]) == 2\n",
    "last",
)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Here:\n```python\nx = 1\n```\nDone.", "x = 1\n"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("```python\nx = 1\n", "x = 1\n"),
        ("no code", ""),
    ],
)
def test_code_of_an_answer(answer: str, code: str) -> None:
    assert code_of(answer) == code


def test_a_task_is_solved_by_a_function_of_any_name_that_does_it() -> None:
    assert solves(TASK, "def plus(a, b):\n    return a + b\n")
    assert solves(TASK, "def helper():\n    pass\n\n\ndef add(a, b):\n    return a + b\n")
    assert not solves(TASK, "def plus(a, b):\n    return a - b\n")
    assert not solves(TASK, "x = 1\n")
    assert not solves(TASK, "def plus(a, b:")
    assert not solves(TASK, "")


def test_a_problem_is_solved_with_its_own_imports() -> None:
    assert solves_problem(PROBLEM, "def last(values: List[int]) -> int:\n    return values[-1]\n")
    assert not solves_problem(PROBLEM, "def last(values):\n    return values[0]\n")
    assert not solves_problem(PROBLEM, "def other(values):\n    return values[-1]\n")
    assert PROBLEM.prompt.strip() in problem_question(PROBLEM)


def test_programs_run_alone_and_not_for_long() -> None:
    assert passes("import json\nassert json.loads('1') == 1")
    assert not passes("raise SystemExit(3)")
    assert not passes("while True:\n    pass", seconds=1)
    assert not passes("x = bytearray(3 << 30)")
    assert not passes("import os\nassert os.environ.get('HOME')")
    assert passes("import os\nassert os.listdir() == []")


def test_only_programs_that_say_something_parse() -> None:
    assert parses("x = 1")
    assert not parses("# nothing")
    assert not parses("def f(:")
    assert last_function("def a():\n    pass\n\n\ndef b():\n    pass\n", "a") == "a"
    assert last_function("x = 1", "a") is None


@pytest.mark.parametrize(
    ("text", "goes_round"),
    [
        ("I am glad. " * 5, True),
        ("a\n" + "the same line\n" * 4, True),
        ("It adds two numbers and returns the sum.", False),
        ("", False),
        ("- `a.py`: one\n- `b.py`: two\n- `c.py`: three", False),
    ],
)
def test_loops_are_seen(text: str, goes_round: bool) -> None:
    assert loops(text) == goes_round


def test_an_answer_has_to_name_one_key_of_each_group() -> None:
    asked = Asked("p", "What does a.py do?", (("count", "sum"), ("words",)))
    assert asked.is_answered_by("It Counts the words.")
    assert not asked.is_answered_by("It counts the lines.")
    assert not asked.is_answered_by("")


def test_project_questions_ask_for_what_is_there_and_are_not_answered_by_themselves() -> None:
    texts = {name: (FIXTURES / f"{name}.txt").read_text(encoding="utf-8") for name in PROJECTS}
    for asked in project_questions():
        text = texts[asked.project].lower()
        assert all(any(key.lower() in text for key in group) for group in asked.keys), asked
        assert asked.keys


def test_fixtures_become_folders() -> None:
    with unpacked(FIXTURES / "moth.txt") as folder:
        assert sorted(path.name for path in (folder / "moth").iterdir()) == [
            "alerts.py",
            "parser.py",
            "report.py",
            "statistics.py",
        ]
        for path in folder.rglob("*.py"):
            compile(path.read_text(encoding="utf-8"), path.name, "exec")


def test_a_line_is_cut_out_of_each_solution() -> None:
    (gap,) = solution_gaps([PROBLEM], 1, seed=1)
    assert gap.prefix + gap.middle + gap.suffix == PROBLEM.prompt + PROBLEM.solution
    assert gap.middle.strip()
    assert share([]) == 0.0
