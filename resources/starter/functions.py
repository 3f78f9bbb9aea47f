"""Finds documented functions in Python source: what `[INST]` turns are made from."""

import ast
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_LINES = 26
MOST_CHARACTERS = 900
DOCUMENTATION_LENGTHS = range(15, 161)


@dataclass(frozen=True)
class Function:
    """A function: its name, the first paragraph of its docstring, its text with and without the docstring."""

    name: str
    purpose: str
    documented: str
    bare: str


def find_functions(texts: Iterable[str]) -> list[Function]:
    """Every short documented function of the texts, each text of a function once."""
    found = {function.bare: function for text in texts for function in _functions_of(text)}
    return list(found.values())


def parsed(text: str) -> ast.Module | None:
    """The syntax tree of a text; None where it is not Python of this version."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _functions_of(text: str) -> Iterator[Function]:
    tree = parsed(text)
    if tree is None:
        return
    lines = text.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (function := _function(node, lines)):
            yield function


def _function(node: ast.FunctionDef, lines: list[str]) -> Function | None:
    documentation = ast.get_docstring(node)
    end, first = node.end_lineno or node.lineno, node.body[0]
    if not documentation or end - node.lineno > MOST_LINES or len(node.body) < 2 or first.end_lineno is None:
        return None
    purpose = first_paragraph(documentation)
    head = lines[node.lineno - 1 : first.lineno - 1]
    documented = _dedent(lines[node.lineno - 1 : end])
    if len(purpose) not in DOCUMENTATION_LENGTHS or len(documented) > MOST_CHARACTERS or not head:
        return None
    bare = _dedent(head + lines[first.end_lineno : end])
    return Function(node.name, purpose, documented, bare) if parsed(bare) else None


def first_paragraph(documentation: str) -> str:
    """The text of a docstring up to its first blank line, as one line."""
    return " ".join(re.split(r"\n\s*\n", documentation.strip())[0].split())


def _dedent(lines: list[str]) -> str:
    return textwrap.dedent("\n".join(lines)).rstrip()
