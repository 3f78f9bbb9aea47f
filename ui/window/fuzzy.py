"""Fuzzy matching of a few typed letters with a title, for the command palette; without Qt."""

from dataclasses import dataclass

_WORD_START, _CONSECUTIVE, _GAP = 8, 9, -1


@dataclass(frozen=True, slots=True)
class Match:
    """A match. A higher `score` is better; `positions` are the indices of the matched letters, in order."""

    score: int
    positions: tuple[int, ...]


def match(query: str, text: str) -> Match | None:
    """The best match of the letters of `query` with letters of `text`, in their order; None if there is none.

    Case and spaces of the query are ignored. Word starts and runs of letters score most; skipped letters cost.
    """
    wanted = [letter for letter in query.lower() if not letter.isspace()]
    letters = [character.lower() for character in text]
    best: dict[int, Match] = {-1: Match(0, ())}  # by index of the last matched letter
    for letter in wanted:
        best = _extended(best, letter, letters)
    return max(best.values(), key=lambda found: found.score, default=None)


def _extended(best: dict[int, Match], letter: str, letters: list[str]) -> dict[int, Match]:
    """The best matches that are one letter longer, one for each index of that letter."""
    longer: dict[int, Match] = {}
    for index, character in enumerate(letters):
        if character != letter:
            continue
        starts_word = index == 0 or not letters[index - 1].isalnum()
        for last, so_far in best.items():
            if last >= index:
                continue
            skipped = index - last - 1
            gain = (_WORD_START if starts_word else 0) + (_CONSECUTIVE if skipped == 0 else max(_GAP * skipped, -6))
            if index not in longer or so_far.score + gain > longer[index].score:
                longer[index] = Match(so_far.score + gain, (*so_far.positions, index))
    return longer
