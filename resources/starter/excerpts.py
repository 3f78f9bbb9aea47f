"""Small files for project questions: excerpts of libraries' files and modules made of lessons."""

import ast
from collections.abc import Iterator
from random import Random

from resources.starter.corpus import Source
from resources.starter.functions import parsed
from resources.starter.lessons.reading import FOLDER, imports_for, imports_of

# What a module made of some lessons is called, and what it says of itself.
LESSON_MODULES = {
    "text.py": (
        ("strings.py", "Small functions for strings."),
        ("words.py", "What can be said about the words of a text."),
        ("formatting.py", "Writes values as text that people can read."),
        ("text_tools.py", "Tools for cleaning and checking text."),
    ),
    "numbers.py": (
        ("arithmetic.py", "Arithmetic with whole numbers and fractions."),
        ("measures.py", "Converts and computes measures."),
        ("calculation.py", "Calculations that the program needs in several places."),
        ("figures.py", "Figures for the report."),
    ),
    "lists.py": (
        ("sequences.py", "Works on lists: searching, sorting and grouping."),
        ("collect.py", "Collects values from lists."),
        ("ordering.py", "Puts things in order."),
        ("selection.py", "Selects what is wanted from lists."),
    ),
    "mappings.py": (
        ("records.py", "Handles records that are dictionaries."),
        ("storage.py", "Reads and writes what is kept on disk."),
        ("lookup.py", "Looks things up in dictionaries."),
        ("support.py", "Support for the other modules."),
    ),
}
MOST_CHARACTERS = 2_600
MOST_DEFINITION = 1_200
DEFINITION = (ast.FunctionDef, ast.ClassDef)


def small_files(sources: list[Source], random: Random) -> Iterator[Source]:
    """Files that are small already, and excerpts of others that read like whole files."""
    for source in sources:
        if len(source.text) <= MOST_CHARACTERS:
            yield source
            continue
        tree = parsed(source.text)
        if tree is not None and (text := _excerpt(source.text, tree, random)):
            yield Source(source.package, source.path, text, source.weight)


def lesson_modules(random: Random, count: int) -> Iterator[Source]:
    """Modules that hold some functions of the lessons, each with its docstring."""
    texts = {name: (FOLDER / name).read_text(encoding="utf-8") for name in LESSON_MODULES}
    for _ in range(count):
        kind = random.choice(list(LESSON_MODULES))
        path, says = random.choice(LESSON_MODULES[kind])
        tree = ast.parse(texts[kind])
        chosen = random.sample([node for node in tree.body if isinstance(node, ast.FunctionDef)], random.randint(2, 5))
        parts = [_text_of(node, texts[kind].split("\n")) for node in tree.body if node in chosen]
        imports = imports_for(ast.parse("\n\n".join(parts)), imports_of(tree)).strip()
        head = f'"""{says}"""' + (f"\n\n{imports}" if imports else "")
        yield Source("lessons", path, "\n\n\n".join([head, *parts]) + "\n", 1.0)


def _excerpt(text: str, tree: ast.Module, random: Random) -> str:
    lines = text.split("\n")
    usable = [node for node in tree.body if isinstance(node, DEFINITION) and _is_usable(node, lines)]
    if len(usable) < 2:
        return ""
    chosen = random.sample(usable, min(len(usable), random.randint(2, 5)))
    kept = [node for node in tree.body if node in chosen or isinstance(node, ast.Import | ast.ImportFrom)]
    documentation = ast.get_docstring(tree, clean=False)
    head = [f'"""{documentation}"""'] if documentation and len(documentation) < 400 else []
    parts = [_text_of(node, lines) for node in kept]
    imports = [part for part, node in zip(parts, kept, strict=True) if not isinstance(node, DEFINITION)][:6]
    definitions = [part for part, node in zip(parts, kept, strict=True) if isinstance(node, DEFINITION)]
    while definitions and sum(map(len, definitions)) > MOST_CHARACTERS:
        definitions.pop()
    return "\n\n\n".join(["\n\n".join([*head, "\n".join(imports)]).strip(), *definitions]).strip() + "\n"


def _is_usable(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> bool:
    return ast.get_docstring(node) is not None and len(_text_of(node, lines)) <= MOST_DEFINITION


def _text_of(node: ast.stmt, lines: list[str]) -> str:
    start = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
    return "\n".join(lines[start - 1 : node.end_lineno])
