"""Indentation: how it is found, and what Tab, Shift+Tab, Enter and Backspace do to it."""

import re
from collections import Counter

DEFAULT_UNIT = "    "
_LEADING = re.compile(r"[ \t]*")
_OPENERS = (":", "{", "(", "[")
_MAKEFILES = frozenset(("makefile", "gnumakefile", "bsdmakefile", "makefile.am", "makefile.in"))
_TAB_ENDINGS = (".mk", ".mak", ".make", ".go")
_MOST_LINES_READ = 2000


def indent_of(line: str) -> str:
    """The white space at the start of a line."""
    match = _LEADING.match(line)
    return match.group() if match else ""


def needs_tabs(file_name: str) -> bool:
    """Whether a file's language wants tabs: make takes no other indent before a recipe, and gofmt writes no other."""
    name = file_name.lower()
    return name in _MAKEFILES or name.endswith(_TAB_ENDINGS)


def unit_of(text: str) -> str:
    """One level of indentation in this text: a tab, or the most frequent step between neighbouring lines."""
    steps: Counter[str] = Counter()
    before = ""
    for line in text.split("\n", _MOST_LINES_READ)[:_MOST_LINES_READ]:
        if not line.strip():
            continue
        indent = indent_of(line)
        if indent.startswith("\t") and len(indent) == len(before) + 1:
            steps["\t"] += 1
        elif not indent.startswith("\t") and 2 <= len(indent) - len(before) <= 8:
            steps[" " * (len(indent) - len(before))] += 1
        before = indent
    return steps.most_common(1)[0][0] if steps else DEFAULT_UNIT


def next_indent(line_before_cursor: str, unit: str) -> str:
    """The indentation of a new line after this one: the same, or one level more if this line opens a block."""
    indent = indent_of(line_before_cursor)
    return indent + unit if line_before_cursor.rstrip().endswith(_OPENERS) else indent


def to_next_stop(column: int, unit: str) -> str:
    """The text that Tab types at a column, counted in characters: it leads to the next multiple of the unit."""
    return "\t" if unit == "\t" else " " * (len(unit) - column % len(unit))


def dedent_count(line: str, unit: str) -> int:
    """How many characters Shift+Tab removes from the start of a line: one level at most."""
    if line.startswith("\t"):
        return 1
    spaces = len(line) - len(line.lstrip(" "))
    width = len(DEFAULT_UNIT) if unit == "\t" else len(unit)
    return spaces - (spaces - 1) // width * width if spaces else 0


def backspace_count(line_before_cursor: str, unit: str) -> int:
    """How many characters Backspace removes: one level if only spaces precede the cursor, else one character."""
    is_indent = line_before_cursor != "" and not line_before_cursor.strip(" ")
    return dedent_count(line_before_cursor, unit) if is_indent else 1
