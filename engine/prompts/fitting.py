"""Cuts a text to a number of tokens, keeping its end or its beginning; at a line border if that keeps enough."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.tokens.vocabulary import Vocabulary

_WORTH_A_LINE = 2  # a cut moves to the next line border where at least half of the text stays


@dataclass(frozen=True, slots=True)
class Fitted:
    """The ids of a text or of a part of it."""

    ids: Sequence[int]
    trimmed: bool


def fit_end(vocabulary: Vocabulary, text: str, limit_tokens: int) -> Fitted:
    """The end of `text` in at most `limit_tokens`, encoded with the implicit space in front."""
    reach = limit_tokens * vocabulary.max_piece_chars  # more characters cannot fit, and need not be encoded
    if len(text) <= reach:
        ids = vocabulary.encode(text)
        if len(ids) <= limit_tokens:
            return Fitted(ids, trimmed=False)
    near = vocabulary.encode_bare(text[max(0, len(text) - reach) :])
    cut = len(text) - _count_chars(vocabulary, near[max(0, len(near) - limit_tokens) :])
    end = text[cut:]
    line_start = 0 if text[cut - 1 : cut] == "\n" else end.find("\n") + 1
    if len(end) - line_start >= len(end) / _WORTH_A_LINE:
        end = end[line_start:]
    ids = vocabulary.encode(end)
    while len(ids) > limit_tokens:  # by a token or two: the implicit space was not in the count
        end = end[1:]
        ids = vocabulary.encode(end)
    return Fitted(ids, trimmed=True)


def fit_start(vocabulary: Vocabulary, text: str, limit_tokens: int) -> Fitted:
    """The beginning of `text` in at most `limit_tokens`, without the implicit space."""
    reach = limit_tokens * vocabulary.max_piece_chars
    ids = vocabulary.encode_bare(text[:reach])
    if len(text) <= reach and len(ids) <= limit_tokens:
        return Fitted(ids, trimmed=False)
    start = text[: _count_chars(vocabulary, ids[:limit_tokens])]
    line_end = start.rfind("\n") + 1
    if line_end >= len(start) / _WORTH_A_LINE:
        start = start[:line_end]
    ids = vocabulary.encode_bare(start)
    while len(ids) > limit_tokens:
        start = start[:-1]
        ids = vocabulary.encode_bare(start)
    return Fitted(ids, trimmed=True)


def _count_chars(vocabulary: Vocabulary, ids: Sequence[int]) -> int:
    """The number of whole characters that `ids` stand for; a character that is cut in two does not count."""
    return len(b"".join(map(vocabulary.piece_bytes, ids)).decode(errors="ignore"))
