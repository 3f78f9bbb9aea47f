"""The endless stream of training rows: samples drawn to the mixture's shares and packed whole; it can be resumed."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from resources.starter import exercises
from resources.starter.chat import conversation
from resources.starter.corpus import Source
from resources.starter.functions import Function, find_functions
from resources.starter.gaps import cut_gap, cut_window
from resources.starter.samples import Sample, Tokens
from resources.starter.settings import Mixture

CHARACTERS_PER_TOKEN = 3
# A long file is drawn more often than a short one, but not in proportion: a few giants would fill the stream.
LENGTH_POWER, LENGTH_CAP = 0.85, 60_000


@dataclass(frozen=True)
class Row:
    """As many ids as the context holds, their weights, and for each the number of the sample it belongs to."""

    ids: list[int]
    weights: list[float]
    samples: list[int]


class Stream:
    """Draws samples and packs them into rows; infilling and conversations stay whole, completion fills what is left."""

    def __init__(
        self, tokens: Tokens, sources: Sequence[Source], functions: list[Function], mixture: Mixture, seed: int
    ) -> None:
        self._tokens, self._functions, self._mixture = tokens, functions, mixture
        self._exercises = find_functions([Path(exercises.__file__).read_text(encoding="utf-8")])
        self._texts = [source.text for source in sources]
        sizes = (source.weight * min(len(source.text), LENGTH_CAP) ** LENGTH_POWER for source in sources)
        self._bounds = list(accumulate(sizes))
        self._random = Random(seed)
        self._counted = dict.fromkeys(mixture.shares, 0)
        self._held: Sample | None = None

    def state(self) -> dict[str, Any]:
        """Where the stream stands, for `restore`."""
        return {"random": self._random.getstate(), "counted": dict(self._counted), "held": self._held}

    def restore(self, state: dict[str, Any]) -> None:
        """Continues where `state` was taken."""
        self._random.setstate(state["random"])
        self._counted = {kind: state["counted"].get(kind, 0) for kind in self._mixture.shares}
        self._held = state["held"]

    def turn_to(self, mixture: Mixture) -> None:
        """Draws to another mixture from here on; what was drawn before does not count."""
        self._mixture = mixture
        self._counted = dict.fromkeys(mixture.shares, 0)

    def row(self, context: int) -> Row:
        """The next row."""
        row = Row([], [], [])
        number = 0
        while (room := context - len(row.ids)) > 0:
            sample = self._next(context)
            if len(sample.ids) > room and sample.kind != "completion":
                self._held = sample
                sample = self._completion(room * CHARACTERS_PER_TOKEN * 2)
            taken = min(room, len(sample.ids))
            row.ids.extend(sample.ids[:taken])
            row.weights.extend([0.0, *sample.weights[1:taken]])
            row.samples.extend([number] * taken)
            self._counted[sample.kind] += taken
            number += 1
        return row

    def _next(self, context: int) -> Sample:
        if self._held is not None and len(self._held.ids) <= context:
            sample, self._held = self._held, None
            return sample
        total = sum(self._counted.values()) + 1
        kind = min(self._mixture.shares, key=lambda name: self._counted[name] / total - self._mixture.shares[name])
        return self._draw(kind, context)

    def _draw(self, kind: str, context: int) -> Sample:
        if kind == "completion":
            return self._completion(context * CHARACTERS_PER_TOKEN)
        while True:
            if kind == "chat":
                sample = self._tokens.chat(conversation(self._random, self._functions, self._exercises))
            else:
                sample = self._infilling()
            if len(sample.ids) <= context:
                return sample

    def _completion(self, most: int) -> Sample:
        return self._tokens.completion(self._window(max(most, 64)))

    def _infilling(self) -> Sample:
        sizes = self._mixture.windows
        most = self._random.choices(list(sizes), list(sizes.values()))[0]
        gap = cut_gap(self._random, self._window(most))
        ordered = self._tokens.psm if self._random.random() < self._mixture.psm else self._tokens.spm
        return ordered(gap)

    def _window(self, most: int) -> str:
        at = bisect.bisect(self._bounds, self._random.random() * self._bounds[-1])
        return cut_window(self._random, self._texts[min(at, len(self._texts) - 1)], most)
