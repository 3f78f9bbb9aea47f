"""The search terms of a question: its words, with names weighted above prose.

Only the question is split into words. In a file a word counts if a part of an identifier begins with it, so that
`retries` finds `max_retry`, `maxRetries` and `RetryError`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.messages.prompts import Speaker, Turn

_WORD = re.compile(r"[A-Za-z_$][\w$]*|\d+|[^\W\d_]+")
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_]+")
_COMMON = (
    "a about add an and any are as at be been but by can change code codebase could create did do does doing explain "
    "file files find fix folder for from give had happens has have how i if implement in into is it its let like list "
    "make may me my new no not of on or our out please project repo repository should show so some tell than that the "
    "their them then there these they this those to us use used uses using want was way we what when where which who "
    "why will with work works would write you your"
)
_STOP_WORDS = frozenset(_COMMON.split())
_ENDINGS = (("ies", 5), ("ing", 6), ("ied", 5), ("ed", 5), ("es", 5), ("s", 4), ("e", 5))
_UNTOUCHED = ("ss", "us", "is")
_MAX_TURNS, _EARLIER_TURN_WEIGHT = 3, 0.4
_MAX_TERMS = 24
_NAME_WEIGHT = 2.0
_SHORT_WORD = 3
_MAX_CANDIDATES = 400


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question in lower case, and its weight."""

    word: str
    weight: float

    def places(self, text: str, text_lower: str) -> Iterator[int]:
        """The offsets of identifier parts that begin with the word; a short word or a number must be the whole part.

        Literal search with a check of the neighbours, since a regular expression takes seconds over a large project.
        """
        at = text_lower.find(self.word)
        for _ in range(_MAX_CANDIDATES):
            if at < 0:
                return
            if _begins_part(text, at) and self._may_end(text, at + len(self.word)):
                yield at
            at = text_lower.find(self.word, at + 1)

    def _may_end(self, text: str, end: int) -> bool:
        following = text[end : end + 1]
        if self.word[-1].isdigit():
            return not following.isdigit()
        return len(self.word) > _SHORT_WORD or not following.islower()


@dataclass(frozen=True, slots=True)
class Question:
    """The ranking's query. `text` is the newest question in lower case, searched for file names."""

    terms: tuple[Term, ...]
    text: str

    @property
    def asks_for_tests(self) -> bool:
        return any(term.word.startswith("test") for term in self.terms)

    def names(self, file_name: str) -> bool:
        """Whether the question contains a file's name (in lower case), not as the end of a longer one."""
        if "." not in file_name or file_name not in self.text:
            return False
        return re.search(rf"(?<![\w.]){re.escape(file_name)}(?!\w)", self.text) is not None


def question_of(turns: Sequence[Turn]) -> Question:
    """The words of the person's turns. The newest weighs most, but "where is it tested?" needs the one before."""
    weights: dict[str, float] = {}
    texts = [turn.text for turn in turns if turn.speaker is Speaker.USER]
    for age, text in enumerate(reversed(texts[-_MAX_TURNS:])):
        for word, weight in _words_of(text):
            weights[word] = max(weights.get(word, 0.0), weight * _EARLIER_TURN_WEIGHT**age)
    heaviest = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:_MAX_TERMS]
    return Question(tuple(Term(word, weight) for word, weight in heaviest), texts[-1].lower() if texts else "")


def _words_of(text: str) -> Iterator[tuple[str, float]]:
    """The search words; identifiers count whole and by their parts."""
    for match in _WORD.finditer(text):
        word = match[0]
        parts = _PARTS.findall(word)
        if len(parts) > 1:
            yield word.lower(), _NAME_WEIGHT
        weight = _NAME_WEIGHT if _is_written_as_name(text, match) else 1.0
        for part in map(str.lower, parts):
            if len(part) > 1 and part not in _STOP_WORDS:
                yield _stem(part), weight


def _is_written_as_name(text: str, match: re.Match[str]) -> bool:
    """Whether a plain word looks like code: in backquotes, called, or joined to another by a dot."""
    before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 2]
    return before in ("`", ".") or after[:1] in ("`", "(") or (after[:1] == "." and after[1:].isalpha())


def _stem(word: str) -> str:
    """A word without the commonest English endings, so that the rest begins all its forms."""
    for ending, shortest in _ENDINGS:
        if len(word) >= shortest and word.endswith(ending) and not word.endswith(_UNTOUCHED):
            stem = word[: -len(ending)]
            is_doubled = ending in ("ing", "ed") and stem[-1:] == stem[-2:-1] and stem[-1:] not in "aeiouls"
            return stem[:-1] if is_doubled else stem
    return word


def _begins_part(text: str, at: int) -> bool:
    """Whether an identifier part begins here: after a non-letter, or with a capital in camelCase or XMLName."""
    if at == 0 or not text[at - 1].isalpha():
        return True
    return text[at].isupper() and (text[at - 1].islower() or text[at + 1 : at + 2].islower())
