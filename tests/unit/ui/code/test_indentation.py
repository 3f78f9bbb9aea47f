"""What Tab, Shift+Tab, Enter and Backspace do to the start of a line."""

import pytest

from ui.code.indentation import backspace_count, dedent_count, needs_tabs, next_indent, to_next_stop, unit_of


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", "    "),
        ("a\nb\n", "    "),
        ("def f():\n    x\n    if y:\n        z\n", "    "),
        ("a:\n  b:\n    c\n", "  "),
        ("func f() {\n\tx()\n}\n", "\t"),
        ("f(\n                long\n)\n", "    "),
    ],
)
def test_unit_is_the_files_own(text: str, unit: str) -> None:
    assert unit_of(text) == unit


@pytest.mark.parametrize(
    ("name", "tabs"),
    [("Makefile", True), ("GNUmakefile", True), ("rules.mk", True), ("main.go", True), ("makefile.py", False)],
)
def test_make_and_go_need_tabs(name: str, tabs: bool) -> None:
    assert needs_tabs(name) is tabs


@pytest.mark.parametrize(
    ("line", "indent"),
    [
        ("", ""),
        ("    x = 1", "    "),
        ("if a:", "    "),
        ("  call(", "      "),
        ("\tif a:  ", "\t    "),
        ("a: b", ""),
    ],
)
def test_next_line_is_indented_like_this_one_and_deeper_after_an_opener(line: str, indent: str) -> None:
    assert next_indent(line, "    ") == indent


def test_tab_goes_to_the_next_stop() -> None:
    assert [len(to_next_stop(column, "    ")) for column in range(5)] == [4, 3, 2, 1, 4]
    assert to_next_stop(3, "\t") == "\t"


@pytest.mark.parametrize(("line", "count"), [("x", 0), ("  x", 2), ("    x", 4), ("     x", 1), ("\tx", 1), ("", 0)])
def test_dedent_takes_one_level(line: str, count: int) -> None:
    assert dedent_count(line, "    ") == count


@pytest.mark.parametrize(("before", "count"), [("", 1), ("        ", 4), ("      ", 2), ("    x", 1), ("\t", 1)])
def test_backspace_takes_a_level_of_spaces_or_one_character(before: str, count: int) -> None:
    assert backspace_count(before, "    ") == count
