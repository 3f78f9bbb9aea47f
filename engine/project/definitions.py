"""The definitions of a source file, for the outline: Python by its syntax tree, other languages by regexes."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_DEFINITIONS = 60

_MAX_CHARACTERS = 400_000
# Every repetition is bounded and stays in its line, so a hostile file takes no more time than an ordinary one.
_MODIFIERS = (
    r"(?:(?:export|default|abstract|async|public|private|protected|internal|static|final|override|open|data|sealed|pub"
    r"|unsafe|local)[ \t]{1,4}){0,5}"
)
_C_FUNCTION = (
    r"^[A-Za-z_][\w \t*&:<>,]{0,80}?\b(?P<function>[A-Za-z_]\w{0,80})"
    r"\([^;{}\n]{0,200}\)[^;{}()\n]{0,40}\{?[ \t]{0,8}$"
)


def _kinds(*words: str) -> str:
    return rf"^[ \t]{{0,12}}{_MODIFIERS}(?P<kind>{'|'.join(words)})\b[ \t*]{{1,4}}(?P<name>[\w$.]{{1,80}})"


_PATTERN_OF_SUFFIXES: dict[tuple[str, ...], str] = {
    (".js", ".jsx", ".mjs", ".ts", ".tsx", ".vue"): _kinds("class", "function", "interface", "enum", "type"),
    (".go",): r"^(?P<kind>func|type)[ \t]{1,4}(?:\([^)\n]{0,80}\)[ \t]{0,4})?(?P<name>\w{1,80})",
    (".rs",): _kinds("fn", "struct", "enum", "trait", "mod", "impl", "type"),
    (".java", ".kt", ".cs", ".scala", ".swift", ".php", ".dart"): _kinds(
        "class",
        "interface",
        "enum",
        "record",
        "struct",
        "object",
        "trait",
        "protocol",
        "func",
        "fun",
        "function",
        "def",
    ),
    (".rb", ".ex", ".exs", ".lua"): _kinds("class", "module", "def", "defmodule", "function"),
    (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh"): _kinds("class", "struct", "enum", "namespace")
    + "|"
    + _C_FUNCTION,
    (".sh", ".bash"): r"^(?:function[ \t]{1,4})?(?P<function>[\w-]{1,80})[ \t]{0,4}\(\)",
    (".md", ".rst"): r"^(?P<kind>#{1,3})[ \t]{1,4}(?P<name>\S[^\n]{0,60})",
}
_REGEX_OF_SUFFIX = {
    suffix: re.compile(pattern, re.MULTILINE)
    for suffixes, pattern in _PATTERN_OF_SUFFIXES.items()
    for suffix in suffixes
}


@dataclass(frozen=True, slots=True)
class Definition:
    """A class, function, type or heading: its name in the outline, and its first line (from 1)."""

    label: str
    line: int


def find_definitions(path: str, text: str) -> tuple[Definition, ...]:
    """The first definitions of a file in line order; none if the language is unknown."""
    suffix = "." + path.rpartition(".")[2].lower()
    if len(text) > _MAX_CHARACTERS:
        return ()
    if suffix in (".py", ".pyi"):
        return tuple(_python_definitions(text))[:MAX_DEFINITIONS]
    regex = _REGEX_OF_SUFFIX.get(suffix)
    return () if regex is None else tuple(_regex_definitions(regex, text))


def _python_definitions(text: str) -> Iterator[Definition]:
    """Top-level functions and classes, and the methods of those; nothing for a file that does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield Definition(f"def {node.name}", node.lineno)
            case ast.ClassDef():
                yield Definition(f"class {node.name}", node.lineno)
                yield from _methods(node)
            case _:
                pass


def _methods(owner: ast.ClassDef) -> Iterator[Definition]:
    for node in owner.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield Definition(f".{node.name}", node.lineno)


def _regex_definitions(regex: re.Pattern[str], text: str) -> Iterator[Definition]:
    line, position = 1, 0
    for count, match in enumerate(regex.finditer(text)):
        if count == MAX_DEFINITIONS:
            return
        line += text.count("\n", position, match.start())
        position = match.start()
        groups = match.groupdict()
        name = groups.get("function") or f"{groups.get('kind', '')} {groups['name']}"
        yield Definition(name.strip(), line)
