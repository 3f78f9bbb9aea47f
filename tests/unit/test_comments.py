"""Comments and docstrings name only documents that a reader can open."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_DOCUMENT = re.compile(r"[\w./-]*\w\.md\b(?!\.)")
_NUMBERED = re.compile(r"(?<![\w/#-])(?:issue|PR|pull request) #?\d+", re.IGNORECASE)
# Documents of other projects, whose name stands beside them in the text.
_ELSEWHERE = {
    "docs/gguf.md": "ggml",
    "chatml.md": "openai",
    "vicuna_weights_version.md": "lm-sys",
    "models/llama3/prompt_format.md": "meta-llama",
}


def words_about_code(source: str) -> Iterator[str]:
    """Each docstring and each run of comment lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    comments = [
        token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type == tokenize.COMMENT
    ]
    yield "\n".join(token.string for token in comments)


def c_comments(source: str) -> Iterator[str]:
    yield from re.findall(r"/\*.*?\*/", source, re.DOTALL)


FILES = [
    path
    for folder in ("app", "ui", "engine", "resources", "packaging")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".c", ".h")
]


@pytest.mark.parametrize("folder", sorted({path.relative_to(ROOT).parts[0] for path in FILES}))
def test_every_document_that_a_comment_names_is_in_the_repository_or_of_a_named_project(folder: str) -> None:
    missing = []
    for path in FILES:
        if path.relative_to(ROOT).parts[0] != folder:
            continue
        source = path.read_text()
        for text in words_about_code(source) if path.suffix == ".py" else c_comments(source):
            missing += [f"{path.relative_to(ROOT)}: {name}" for name in _unknown_documents(text, path)]
            missing += [f"{path.relative_to(ROOT)}: {found}, of which project?" for found in _NUMBERED.findall(text)]
    assert missing == []


def _unknown_documents(text: str, path: Path) -> Iterator[str]:
    for name in _DOCUMENT.findall(text):
        owner = _ELSEWHERE.get(name)
        if owner is not None and owner in text:
            continue
        if not (ROOT / name).is_file() and not (path.parent / name).is_file():
            yield name


def test_a_section_that_a_comment_names_is_in_its_document() -> None:
    for path in FILES:
        for document, section in re.findall(r'\((docs/[\w-]+\.md),\s+"([^"]+)"', path.read_text()):
            assert f"## {section}\n" in (ROOT / document).read_text(), f"{path.name}: {document}, {section}"
