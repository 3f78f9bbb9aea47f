"""Which file comes first."""

import random

import pytest

from engine.messages.prompts import Speaker, Turn
from engine.project.entries import SourceFile
from engine.project.question import Question, question_of
from engine.project.ranking import count_hits, is_test, rank, score_line


def source(path: str, text: str) -> SourceFile:
    return SourceFile(path, len(text), 0, text, max(1, len(text) // 4))


def ask(text: str) -> Question:
    return question_of((Turn(Speaker.USER, text),))


def ranked(text: str, files: list[SourceFile]) -> list[str]:
    question = ask(text)
    return [entry.file.path for entry in rank(question, [(file, count_hits(question, file)) for file in files])]


FILES = [
    source("README.md", "# A library\n\nIt sends requests and follows redirects.\n"),
    source("src/sessions.py", "class Session:\n    def resolve_redirects(self, response):\n        ...\n" * 3),
    source("src/adapters.py", "class HTTPAdapter:\n    def send(self, request):\n        ...\n" * 3),
    source("src/models.py", "class Response:\n    redirect = None\n" * 9),
    source("tests/test_sessions.py", "def test_redirects():\n    resolve_redirects()\n" * 3),
    source("main.py", "print()\n"),
    source("pyproject.toml", "[project]\n"),
]


def test_the_file_that_defines_the_name_comes_before_those_that_use_it() -> None:
    assert ranked("Where are redirects resolved?", FILES)[0] == "src/sessions.py"
    assert ranked("What does HTTPAdapter do?", FILES)[0] == "src/adapters.py"


def test_tests_come_first_only_when_they_are_asked_for() -> None:
    assert ranked("How are redirects tested?", FILES)[0] == "tests/test_sessions.py"
    assert ranked("redirects", FILES).index("tests/test_sessions.py") > ranked("redirects", FILES).index(
        "src/sessions.py"
    )


def test_a_file_that_is_named_comes_first() -> None:
    assert ranked("Explain models.py to me: which redirect is meant?", FILES)[0] == "src/models.py"


def test_without_a_match_one_reads_the_readme_the_manifest_and_the_entry_point_first() -> None:
    assert ranked("What is this?", FILES)[:3] == ["README.md", "pyproject.toml", "main.py"]
    assert ranked("zzzyx", FILES)[-1] == "tests/test_sessions.py"


def test_the_order_is_the_same_however_the_files_are_given() -> None:
    expected = ranked("redirects of a session", FILES)
    for seed in range(5):
        shuffled = FILES[:]
        random.Random(seed).shuffle(shuffled)
        assert ranked("redirects of a session", shuffled) == expected


def test_a_rare_word_outweighs_a_frequent_one() -> None:
    files = [source(f"f{number}.py", "session " * 20) for number in range(9)] + [source("x.py", "session quokka")]
    assert ranked("the quokka in the session", files)[0] == "x.py"


def test_a_line_that_defines_scores_above_one_that_mentions() -> None:
    question = ask("resolve_redirects")
    assert score_line(question, "def resolve_redirects(self):") > score_line(question, "resolve_redirects()") > 0
    assert score_line(question, "pass") == 0


@pytest.mark.parametrize("path", ["tests/a.py", "src/test_a.py", "pkg/a_test.go", "web/a.test.ts", "spec/b.rb"])
def test_tests_are_known_by_place_or_name(path: str) -> None:
    assert is_test(path)
    assert not is_test("src/contest.py")
    assert not is_test("latest/testimony.py")
