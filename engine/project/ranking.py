"""Ranks a project's files for a question: BM25 over paths, definitions and text, without an index.

Searching a few words in some megabytes takes milliseconds, and without an index an edit costs nothing.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.project.entries import SourceFile
from engine.project.question import Question

_K1, _B = 1.2, 0.6
_PATH_HITS, _DEFINITION_HITS = 6.0, 3.0
_NAMED_IN_QUESTION = 12.0
_UNASKED_TEST_SHARE = 0.6
_MAX_HITS = 40
_MAX_NAME = 60
_DEFINING = re.compile(
    r"\b(?:def|class|func|fn|fun|function|struct|enum|trait|interface|type|impl|module)[ \t]{1,4}[\w$.]{0,50}$"
)
_MANIFESTS = frozenset(
    {
        *("pyproject.toml", "setup.py", "setup.cfg", "package.json", "cargo.toml", "go.mod"),
        *("makefile", "cmakelists.txt", "pom.xml", "build.gradle", "gemfile", "composer.json"),
    }
)
_ENTRY_POINTS = frozenset({"main", "__main__", "index", "app", "cli", "server", "lib", "mod", "program"})
_TEST_FOLDERS = frozenset({"test", "tests", "spec", "specs", "__tests__", "testing"})

Hits = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A file and its score; 0 means no term was found."""

    file: SourceFile
    score: float


def count_hits(question: Question, file: SourceFile) -> Hits:
    """How often each found term begins an identifier part in a file; path and definitions weigh more."""
    hits: dict[str, float] = {}
    text_lower, path_lower = file.text.lower(), file.path.lower()
    for term in question.terms:
        found = _PATH_HITS * sum(1 for _ in term.places(file.path, path_lower))
        for at in islice(term.places(file.text, text_lower), _MAX_HITS):
            found += _DEFINITION_HITS if _is_definition(file.text, at) else 1.0
        if found:
            hits[term.word] = found
    return hits


def rank(question: Question, counted: Iterable[tuple[SourceFile, Hits]]) -> list[Ranked]:
    """Files by score, best first; without a question, in reading order. Deterministic."""
    pairs = list(counted)
    mean_tokens = sum(file.tokens for file, _ in pairs) / max(1, len(pairs)) or 1.0
    rarity = {term.word: _rarity(term.word, pairs) for term in question.terms}
    ranked = [Ranked(file, _score(question, file, hits, rarity, mean_tokens)) for file, hits in pairs]
    return sorted(ranked, key=lambda entry: (-entry.score, reading_order(entry.file)))


def reading_order(file: SourceFile) -> tuple[int, int, int, str]:
    """A sort key for reading order: files that one reads first in an unknown project."""
    name = file.path.rpartition("/")[2].lower()
    depth = file.path.count("/")
    stem = name.partition(".")[0]
    if stem == "readme" and depth == 0:
        kind = 0
    elif depth == 0 and name in _MANIFESTS:
        kind = 1
    elif is_test(file.path):
        kind = 5
    elif stem in _ENTRY_POINTS:
        kind = 2
    else:
        kind = 3 if stem == "readme" else 4
    return kind, depth, file.tokens, file.path


def is_test(path: str) -> bool:
    """Whether a file is a test by its place or name."""
    folders, _, name = path.lower().rpartition("/")
    stem = name.partition(".")[0]
    return (
        not _TEST_FOLDERS.isdisjoint(folders.split("/"))
        or stem.startswith("test_")
        or stem.endswith(("_test", "_tests", "_spec"))
        or ".test." in name
    )


def score_line(question: Question, line: str) -> float:
    """The score of one line; a definition counts double."""
    lower = line.lower()
    score = 0.0
    for term in question.terms:
        at = next(term.places(line, lower), None)
        if at is not None:
            score += term.weight * (2.0 if _is_definition(line, at) else 1.0)
    return score


def _score(question: Question, file: SourceFile, hits: Hits, rarity: Mapping[str, float], mean_tokens: float) -> float:
    length = 1 - _B + _B * file.tokens / mean_tokens
    score = sum(
        term.weight * rarity[term.word] * hits[term.word] * (_K1 + 1) / (hits[term.word] + _K1 * length)
        for term in question.terms
        if term.word in hits
    )
    if is_test(file.path) and not question.asks_for_tests:
        score *= _UNASKED_TEST_SHARE
    path = file.path.lower()
    if question.names(path.rpartition("/")[2]):
        score += _NAMED_IN_QUESTION * (2 if path in question.text else 1)
    return score


def _rarity(word: str, pairs: Sequence[tuple[SourceFile, Hits]]) -> float:
    """The term's inverse document frequency, never negative."""
    holding = sum(word in hits for _, hits in pairs)
    return math.log(1 + (len(pairs) - holding + 0.5) / (holding + 0.5))


def _is_definition(text: str, at: int) -> bool:
    """Whether the name around `at` follows a word that defines it on the same line."""
    before = text[max(0, at - _MAX_NAME) : at]
    return _DEFINING.search(before, before.rfind("\n") + 1) is not None
