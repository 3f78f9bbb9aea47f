"""Speculative decoding without a second model: what followed the same few tokens earlier is proposed again.

This is prompt-lookup decoding (docs/performance.md). Prompt, project, open file and earlier answers all stand in the
lane's ids, so one index over them serves every source. The loop verifies a draft in one forward pass. A wrong guess
costs time and never changes the text.
"""

from collections.abc import Mapping, Sequence

_LONG, _SHORT = 7, 3  # tokens that must agree before the place where a draft is taken from
_START_BELIEF = {_LONG: (8.0, 2.0), _SHORT: (3.0, 3.0)}  # hits and misses, as if seen before the first draft
_MEMORY = 0.9  # how much of what was seen a further draft leaves
_FORGETTING = 0.98  # and each token without a draft: what did not pay is tried again after a while
_LEAST_GAIN = 1.03  # expected gain under which a draft is not worth its risk


class DraftIndex:
    """Where each run of `_LONG` and of `_SHORT` tokens last stood in a growing list of ids.

    Entries behind a cut may be stale; a proposal is checked against the ids themselves, so they do no harm.
    """

    def __init__(self, ids: list[int]) -> None:
        self._ids = ids
        self._indexed = 0
        self._places: Mapping[int, dict[tuple[int, ...], int]] = {_LONG: {}, _SHORT: {}}

    def truncate(self, tokens: int) -> None:
        """Only the first `tokens` of the ids are what they were."""
        self._indexed = min(self._indexed, tokens)

    def find(self, pending: int) -> tuple[int, int]:
        """Where the text went on after it last read as it reads now, `pending` being the token behind the ids.

        Returns the place in the ids and how long the run was that agreed; (0, 0) where there is none.
        """
        self._catch_up()
        ids = self._ids
        for length, places in self._places.items():
            run = (*ids[len(ids) - length + 1 :], pending)
            place = places.get(run)
            if place is not None and place < len(ids) and tuple(ids[place - length : place]) == run:
                return place, length
        return 0, 0

    def _catch_up(self) -> None:
        ids = self._ids
        for length, places in self._places.items():
            for stop in range(max(length, self._indexed + 1), len(ids) + 1):
                places[tuple(ids[stop - length : stop])] = stop
        self._indexed = len(ids)


class Drafter:
    """Proposes drafts as long as they pay.

    `costs` says what verifying so many tokens at once takes, as a multiple of reading one (measured at load); its keys
    are the window sizes that may be used. Counts: `drafted` and `accepted` tokens.
    """

    def __init__(self, index: DraftIndex, ids: Sequence[int], costs: Mapping[int, float]) -> None:
        self._index = index
        self._ids = ids
        self._windows = sorted((window, cost) for window, cost in costs.items() if window > 1)
        self._belief = dict(_START_BELIEF)
        self._run = 0
        self.drafted = 0
        self.accepted = 0

    def propose(self, pending: int, most: int) -> list[int]:
        """At most `most` tokens that may follow `pending`, which follows the ids; none where it would not pay."""
        if not self._windows or most < 1:
            return []
        place, self._run = self._index.find(pending)
        room = min(most, len(self._ids) - place) if place else 0
        length = self._best_length(self._run, room)
        if length == 0:
            self._forget()
        return list(self._ids[place : place + length])

    def observe(self, drafted: int, accepted: int) -> None:
        """Take note of how much of the last draft was right."""
        self.drafted += drafted
        self.accepted += accepted
        hits, misses = self._belief[self._run]
        self._belief[self._run] = (
            hits * _MEMORY + accepted,
            misses * _MEMORY + (accepted < drafted),
        )

    def _best_length(self, run: int, room: int) -> int:
        """The draft within `room` that gives most tokens for its time, 0 where none beats reading one by one."""
        if room == 0:
            return 0
        hits, misses = self._belief[run]
        chance = hits / (hits + misses)
        best, best_gain = 0, _LEAST_GAIN
        for window, cost in self._windows:
            if window - 1 > room:
                break
            expected = sum(chance**right for right in range(window))  # tokens, the one behind the last right one too
            if expected / cost > best_gain:
                best, best_gain = window - 1, expected / cost
        return best

    def _forget(self) -> None:
        for run, (hits, misses) in self._belief.items():
            start_hits, start_misses = _START_BELIEF[run]
            self._belief[run] = (
                start_hits + (hits - start_hits) * _FORGETTING,
                start_misses + (misses - start_misses) * _FORGETTING,
            )
