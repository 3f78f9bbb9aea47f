"""Reads the lessons: functions as what can be asked about them, and the conversations of the text files.

In `small.txt` a line is a function of one expression. In the other text files `? ` begins a question, other wordings of
which stand behind ` | `; its answer follows. `---` ends a conversation. In `repairs.txt` the broken code follows the
question, then `=`, a sentence and the mended code.
"""

import ast
import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FUNCTION_FILES = ("text.py", "numbers.py", "lists.py", "mappings.py")
TALK_FILES = ("about.txt", "concepts.txt", "code.txt", "talks.txt")
WORDINGS = re.compile(r"\s\|\s")


@dataclass(frozen=True)
class Lesson:
    """A function to be asked for: its task, how it is done, and its code in the forms that answers and prompts take.

    `code` has the imports that it needs and no docstring, `untyped` no annotations either; `stub` ends with the
    docstring, `whole` goes on behind it; `examples` are calls and what they return.
    """

    name: str
    task: str
    how: str
    code: str
    untyped: str
    documented: str
    stub: str
    whole: str
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exchange:
    """A question in several wordings, and its answer."""

    wordings: tuple[str, ...]
    answer: str


def read_functions() -> list[Lesson]:
    """All functions of the lessons, the small ones included."""
    longer = [lesson for name in FUNCTION_FILES for lesson in lessons_of((FOLDER / name).read_text(encoding="utf-8"))]
    return [*longer, *read_small()]


def read_small() -> list[Lesson]:
    """The functions of one expression, a line each in `small.txt`; what an example gives is computed."""
    rows = (FOLDER / "small.txt").read_text(encoding="utf-8").splitlines()[1:]
    return [next(lessons_of(_small(*row.split(" | ")))) for row in rows]


def _small(name: str, parameters: str, result: str, task: str, expression: str, example: str) -> str:
    head = f"def {name}({parameters}) -> {result}:"
    scope: dict[str, Any] = {}
    exec(f"{head}\n    return {expression}\nvalue = {name}({example})", scope)  # our own text
    shown = f">>> {name}({example})\n    {scope['value']!r}"
    if "\\" in shown:
        shown = ""  # a docstring would need it escaped, which is no lesson for a beginner
    return f'{head}\n    """{task}\n\n    {shown}\n    """\n    return {expression}\n'


def read_talks(name: str) -> list[tuple[Exchange, ...]]:
    """The conversations of a text file."""
    parts = re.split(r"^---\n", (FOLDER / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [tuple(_exchanges(part)) for part in parts]


def read_repairs() -> list[Exchange]:
    """Broken pieces of code with what is wrong and how it should be."""
    return [_repair(part) for part in re.split(r"^---\n", (FOLDER / "repairs.txt").read_text("utf-8"), flags=re.M)]


def lessons_of(source: str) -> Iterator[Lesson]:
    """The documented functions of a module's text, in their order."""
    tree = ast.parse(source)
    lines = source.split("\n")
    imports = imports_of(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            yield _lesson(node, imports, lines)


def _lesson(node: ast.FunctionDef, imports: list[ast.Import | ast.ImportFrom], lines: list[str]) -> Lesson:
    task, _, rest = (ast.get_docstring(node) or "").partition("\n\n")
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    documentation, end = node.body[0], node.end_lineno or node.lineno
    head, body = lines[start - 1 : documentation.lineno - 1], lines[documentation.end_lineno or end : end]
    while body and not body[0].strip():
        body = body[1:]
    needed = imports_for(node, imports)
    examples = tuple(_examples(ast.get_docstring(node) or ""))
    shown = [f"    >>> {call}\n    {result}" for call, result in examples]
    stub = [*head, f'    """{task}', *(["", *shown] if shown else []), '    """']
    untyped = [_without_annotations(line) for line in [*head, *body]]
    return Lesson(
        name=node.name,
        task=task,
        how=rest.partition("\n\n")[0] if not rest.startswith(">>>") else "",
        code=needed + "\n".join([*head, *body]),
        untyped=imports_for(ast.parse("\n".join(untyped)), imports) + "\n".join(untyped),
        documented=needed + "\n".join([*head, f'    """{task}"""', *body]),
        stub=needed + "\n".join(stub),
        whole="\n".join([*stub, *body]),
        examples=examples,
    )


def imports_of(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """The import statements at the top of a module."""
    return [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def imports_for(node: ast.AST, imports: list[ast.Import | ast.ImportFrom]) -> str:
    """The import lines that a piece of code needs, with two blank lines behind them; empty where it needs none."""
    used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    found = []
    for statement in imports:
        names = [alias.name for alias in statement.names if alias.name in used]
        if names and isinstance(statement, ast.ImportFrom):
            found.append(f"from {statement.module} import {', '.join(names)}")
        elif names:
            found.append(f"import {', '.join(names)}")
    return "\n".join(found) + "\n\n\n" if found else ""


def _without_annotations(line: str) -> str:
    """A line of a lesson without types; they are written so plainly there that this needs no syntax tree."""
    if line.lstrip().startswith("def "):
        line = re.sub(r"\) -> .*:$", "):", line)
        open_at = line.index("(")
        return line[: open_at + 1] + ", ".join(map(_bare_parameter, _parameters(line[open_at + 1 : -2]))) + "):"
    return re.sub(r"^(\s+\w+): (?:dict|list|set|defaultdict|Any)\b[^=]* = ", r"\1 = ", line)


def _parameters(text: str) -> Iterator[str]:
    depth, current = 0, ""
    for character in text:
        depth += (character in "[(") - (character in "])")
        if character == "," and depth == 0:
            yield current.strip()
            current = ""
        else:
            current += character
    if current.strip():
        yield current.strip()


def _bare_parameter(parameter: str) -> str:
    name, _, rest = parameter.partition(":")
    default = rest.rpartition(" = ")[2] if " = " in rest else ""
    return f"{name}={default}" if default else name


def _examples(text: str) -> Iterator[tuple[str, str]]:
    for example in doctest.DocTestParser().get_examples(text):
        if example.want and "\n" not in example.source.strip() and "\n" not in example.want.strip():
            yield example.source.strip(), example.want.strip()


def _exchanges(part: str) -> Iterator[Exchange]:
    for block in re.split(r"^\? ", part, flags=re.MULTILINE)[1:]:
        question, _, answer = block.partition("\n")
        yield Exchange(tuple(WORDINGS.split(question.strip())), answer.strip())


def _repair(part: str) -> Exchange:
    (asked,) = _exchanges(part)
    broken, _, rest = asked.answer.partition("\n=\n")
    reason, _, mended = rest.partition("\n")
    question = f"{asked.wordings[0]}\n\n```python\n{broken}\n```"
    return Exchange((question,), f"{reason}\n\n```python\n{mended}\n```")
