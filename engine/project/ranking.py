"""Which files of a project a question is about: BM25 over paths, definitions and text, computed when asked.

Nothing is indexed: to look for a question's few words in a few megabytes takes milliseconds, and an edited file costs
nothing. Only the question is split into words; in the files a word counts where a part of an identifier begins with it,
so `retries` finds `max_retry`, `maxRetries` and `RetryError`.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.messages import Speaker, Turn
from engine.project.entries import SourceFile

_WORD = re.compile(r"[A-Za-z_$][\w$]*|\d+|[^\W\d_]+")
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_]+")
_COMMON = (
    "a about an and any are as at be been but by can code codebase could did do does explain file files find folder "
    "for from give had has have how i if in into is it its let list make may me my no not of on or our out please project "
    "repo repository should show so some tell than that the their them then there these they this those to us use used "
    "uses using was we what when where which who why will with work works would you your"
)
_STOP_WORDS = frozenset(_COMMON.split())
_MAX_TERMS = 24
_EARLIER_TURN_WEIGHT = 0.4
_K1, _B = 1.2, 0.6
_PATH_HITS, _DEFINITION_HITS = 6.0, 3.0
_NAMED_IN_QUESTION = 12.0
_UNASKED_TEST_SHARE = 0.6
_SHORT_TERM = 3
_MANIFESTS = frozenset(
    {
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "package.json",
        "cargo.toml",
        "go.mod",
        "makefile",
        "cmakelists.txt",
        "pom.xml",
    }
)
_ENTRY_POINTS = frozenset({"main", "__main__", "index", "app", "cli", "server", "lib", "mod", "program"})


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question in lower case; `starts` finds identifier parts that begin with it."""

    word: str
    weight: float
    starts: re.Pattern[str]
    defines: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Question:
    """What the ranking looks for. `text` is the newest question in lower case, for file names in it."""

    terms: tuple[Term, ...]
    text: str

    @property
    def asks_for_tests(self) -> bool:
        return any(term.word.startswith("test") for term in self.terms)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A file and how much of the question is in it; 0 means nothing."""

    file: SourceFile
    score: float


def question_of(turns: Sequence[Turn]) -> Question:
    """The words of the person's turns; the newest counts most, but "where is it tested?" leans on the one before."""
    weights: dict[str, float] = {}
    texts = [turn.text for turn in turns if turn.speaker is Speaker.USER]
    for age, text in enumerate(reversed(texts[-3:])):
        for word, weight in _words_of(text):
            weights[word] = max(weights.get(word, 0.0), weight * _EARLIER_TURN_WEIGHT**age)
    heaviest = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:_MAX_TERMS]
    return Question(tuple(_term(word, weight) for word, weight in heaviest), texts[-1].lower() if texts else "")


def count_hits(question: Question, file: SourceFile) -> Mapping[str, float]:
    """How often each term begins an identifier part in a file, path and definitions counted more; only terms found."""
    hits: dict[str, float] = {}
    text_lower, path_lower = file.text.lower(), file.path.lower()
    for term in question.terms:
        found = 0.0
        if term.word in text_lower:
            found = len(term.starts.findall(file.text)) + _DEFINITION_HITS * len(term.defines.findall(file.text))
        if term.word in path_lower:
            found += _PATH_HITS * len(term.starts.findall(file.path))
        if found:
            hits[term.word] = found
    return hits


def rank(question: Question, counted: Iterable[tuple[SourceFile, Mapping[str, float]]]) -> list[Ranked]:
    """Files by their share in the question, best first; without one, by what one reads first. The same every time."""
    pairs = list(counted)
    mean_tokens = sum(file.tokens for file, _ in pairs) / max(1, len(pairs)) or 1.0
    rarity = {term.word: _rarity(term.word, pairs) for term in question.terms}
    ranked = [Ranked(file, _score(question, file, hits, rarity, mean_tokens)) for file, hits in pairs]
    return sorted(ranked, key=lambda entry: (-entry.score, reading_order(entry.file)))


def reading_order(file: SourceFile) -> tuple[int, int, int, str]:
    """A sort key: what one reads first in an unknown project comes first."""
    name = file.path.rpartition("/")[2].lower()
    depth = file.path.count("/")
    stem = name.partition(".")[0]
    if stem == "readme" and depth == 0:
        kind = 0
    elif depth == 0 and name in _MANIFESTS:
        kind = 1
    elif stem in _ENTRY_POINTS:
        kind = 2
    elif stem == "readme":
        kind = 3
    else:
        kind = 5 if is_test(file.path) else 4
    return kind, depth, file.tokens, file.path


def is_test(path: str) -> bool:
    """Whether a file is a test by its place or name."""
    folders, _, name = path.lower().rpartition("/")
    in_tests = any(part in ("test", "tests", "spec", "specs", "__tests__") for part in folders.split("/"))
    stem = name.partition(".")[0]
    return in_tests or stem.startswith("test_") or stem.endswith(("_test", "_tests", "_spec")) or ".test." in name


def score_line(question: Question, line: str) -> float:
    """How much of the question stands in one line; a definition counts double."""
    lower = line.lower()
    return sum(
        term.weight * (2.0 if term.defines.search(line) else 1.0)
        for term in question.terms
        if term.word in lower and term.starts.search(line)
    )


def _score(
    question: Question, file: SourceFile, hits: Mapping[str, float], rarity: Mapping[str, float], mean_tokens: float
) -> float:
    length = 1 - _B + _B * file.tokens / mean_tokens
    score = sum(
        term.weight * rarity[term.word] * hits[term.word] * (_K1 + 1) / (hits[term.word] + _K1 * length)
        for term in question.terms
        if term.word in hits
    )
    if is_test(file.path) and not question.asks_for_tests:
        score *= _UNASKED_TEST_SHARE
    name = file.path.rpartition("/")[2].lower()
    is_named = "." in name and re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", question.text) is not None
    return (
        score + _NAMED_IN_QUESTION * is_named + _NAMED_IN_QUESTION * (is_named and file.path.lower() in question.text)
    )


def _rarity(word: str, pairs: Sequence[tuple[SourceFile, Mapping[str, float]]]) -> float:
    holding = sum(word in hits for _, hits in pairs)
    return math.log(1 + (len(pairs) - holding + 0.5) / (holding + 0.5))


def _words_of(text: str) -> list[tuple[str, float]]:
    """Words to look for: whole identifiers count double beside their parts."""
    words: list[tuple[str, float]] = []
    for word in _WORD.findall(text):
        parts = [_stem(part.lower()) for part in _PARTS.findall(word)]
        if len(parts) > 1:
            words.append((word.lower(), 2.0))
        words.extend((part, 1.0) for part in parts if len(part) > 1 and part not in _STOP_WORDS)
    return words


def _stem(word: str) -> str:
    """A word without its plural, so that prefix search finds both; the rest of English is left alone."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3]
    return (
        word[:-1] if len(word) > _SHORT_TERM and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
    )


def _term(word: str, weight: float) -> Term:
    """Begins an identifier part: after a non-letter in any case, or after a letter with an initial capital."""
    end = r"(?![a-z])" if len(word) <= _SHORT_TERM else ""
    start = rf"(?:(?<![A-Za-z])(?i:{re.escape(word)})|(?<=[A-Za-z]){re.escape(word[:1].upper() + word[1:])}){end}"
    keyword = (
        r"\b(?:def|class|func|fn|fun|function|struct|enum|trait|interface|type|impl|module)[ \t]{1,4}[\w$.]{0,40}?"
    )
    return Term(word, weight, re.compile(start), re.compile(keyword + start))
