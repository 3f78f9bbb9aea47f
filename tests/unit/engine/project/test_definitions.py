"""What files define, in several languages, and that hostile ones cost no time."""

import time

import pytest

from engine.project.definitions import MAX_DEFINITIONS, find_definitions


def labels(path: str, text: str) -> list[str]:
    return [definition.label for definition in find_definitions(path, text)]


def test_python_is_read_by_its_syntax_tree_with_lines() -> None:
    text = (
        '"""def no(): ..."""\n\nclass A(B):\n    def run(self): ...\n    def _own(self): ...\n\nasync def go(): ...\n'
    )
    assert [(found.label, found.line) for found in find_definitions("a.py", text)] == [
        ("class A", 3),
        (".run", 4),
        ("def go", 7),
    ]


@pytest.mark.parametrize("text", ["def broken(:\n", "x = " + "(" * 5000, "\0", "a = " + "-" * 200_000 + "1"])
def test_python_that_does_not_parse_defines_nothing(text: str) -> None:
    assert labels("a.py", text) == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.ts", "export class Foo {\n}\n  export default async function bar() {}\n", ["class Foo", "function bar"]),
        ("a.go", "func (s *Server) Run() {\n}\ntype Point struct {\n", ["func Run", "type Point"]),
        ("a.rs", "pub(crate) fn x() {}\npub async fn go() {}\nstruct S;\n", ["fn go", "struct S"]),
        ("A.java", "public final class Foo {\n  public void run() {\n", ["class Foo"]),
        ("a.c", "static int add(int a, int b)\n{\n  return f(a);\n}\nstruct point {\n", ["add", "struct point"]),
        ("a.sh", "build() {\n}\nfunction run() {\n", ["build", "run"]),
        ("README.md", "# Title\ntext\n## Use\n", ["# Title", "## Use"]),
        ("data.csv", "class A\n", []),
    ],
)
def test_other_languages_are_read_by_how_definitions_begin(path: str, text: str, expected: list[str]) -> None:
    assert labels(path, text) == expected


def test_lines_count_from_one_and_the_number_is_bounded() -> None:
    text = "\n".join(f"## Part {number}" for number in range(500))
    found = find_definitions("a.md", text)
    assert len(found) == MAX_DEFINITIONS
    assert (found[0].line, found[9].line) == (1, 10)


@pytest.mark.parametrize("path", ["a.c", "a.ts", "a.go", "a.rs", "a.java", "a.md", "a.sh", "a.rb"])
@pytest.mark.parametrize("line", ["a" * 300_000, "static " * 40_000, "int f(" * 40_000, "# " * 100_000, "\t" * 300_000])
def test_hostile_lines_cost_no_time(path: str, line: str) -> None:
    started = time.process_time()
    find_definitions(path, line)
    assert time.process_time() - started < 5.0
