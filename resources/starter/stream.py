"""The endless stream of training rows: samples drawn to the mixture's shares and packed whole; it can be resumed."""

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from resources.starter.chat import SYSTEM_TEXTS, Turn, lesson_turns, library_turn
from resources.starter.corpus import Source
from resources.starter.functions import Function
from resources.starter.gaps import Gap, cut_gap, cut_window
from resources.starter.lessons.reading import TALK_FILES, Exchange, Lesson, read_repairs, read_talks
from resources.starter.projects import Projects
from resources.starter.samples import Sample, Tokens
from resources.starter.settings import Mixture

CHARACTERS_PER_TOKEN = 3
# A long file is drawn more often than a short one, but not in proportion: a few giants would fill the stream.
LENGTH_POWER, LENGTH_CAP = 0.85, 60_000
WHOLE_FUNCTIONS = 0.22  # of the gaps: in a function by itself
TRIES = 4  # at a gap that fits into the rest of a row
LESSONS_ALONE = 6  # how often each of our functions counts among them
NEAR_SUFFIX = 0.5  # of the PSM gaps: little text behind the gap, so that its start is near the end of the prefix
SYSTEM_SHARE, TALK_BEFORE = 0.08, 0.06


@dataclass(frozen=True)
class Row:
    """Samples end to end: their ids, the weights in the loss and how long each sample is."""

    ids: list[int]
    weights: list[float]
    lengths: list[int]


@dataclass(frozen=True)
class Material:
    """What samples are made of."""

    sources: Sequence[Source]
    functions: Sequence[Function]
    lessons: Sequence[Lesson]


class Stream:
    """Draws samples and packs them into rows; completion fills what is left of a row."""

    def __init__(
        self, tokens: Tokens, material: Material, projects: Projects, mixture: Mixture, random: Random
    ) -> None:
        self._tokens, self._material, self._projects, self._mixture = tokens, material, projects, mixture
        self._random = random
        sizes = (source.weight * min(len(source.text), LENGTH_CAP) ** LENGTH_POWER for source in material.sources)
        self._bounds = list(accumulate(sizes))
        self._counted = dict.fromkeys(mixture.shares, 0)
        self._held: Sample | None = None
        talks = {name: read_talks(name) for name in TALK_FILES}
        self._about = talks["about.txt"]
        self._talks = [talk for talks_of_file in talks.values() for talk in talks_of_file]
        self._talks += [(repair,) for repair in read_repairs()]
        self._alone = [function.documented for function in material.functions]
        self._alone += [lesson.whole for lesson in material.lessons] * LESSONS_ALONE
        self._draws: dict[str, Callable[[], Sample]] = {
            "lesson": self._lesson,
            "talk": self._talk,
            "library": self._library,
            "project": self._project,
            "spm": lambda: tokens.spm(self._gap()),
            "psm": lambda: tokens.psm(self._near(self._gap())),
            "completion": lambda: self._completion(mixture_window(self._random, mixture)),
        }

    def row(self, size: int) -> Row:
        """The next row of `size` ids, or of a multiple of it where a sample is longer."""
        row = Row([], [], [])
        while (room := -len(row.ids) % size if row.ids else size) > 0:
            sample = self._next()
            if len(sample.ids) > room and row.ids and sample.kind != "completion":
                self._held = sample
                sample = self._filling(room)
            taken = min(room, len(sample.ids)) if sample.kind == "completion" else len(sample.ids)
            row.ids.extend(sample.ids[:taken])
            row.weights.extend(sample.weights[:taken])
            row.lengths.append(taken)
            self._counted[sample.kind] += taken
        return row

    @property
    def counted(self) -> dict[str, int]:
        """How many tokens of each kind were drawn."""
        return dict(self._counted)

    def _next(self) -> Sample:
        if self._held is not None:
            sample, self._held = self._held, None
            return sample
        total = sum(self._counted.values()) + 1
        shares = self._mixture.shares
        return self._draws[min(shares, key=lambda kind: self._counted[kind] / total - shares[kind])]()

    def _filling(self, room: int) -> Sample:
        """A gap that fits into what is left of a row; after some tries text that is cut off there."""
        for _ in range(TRIES):
            gap = cut_gap(self._random, self._window(max(room * CHARACTERS_PER_TOKEN * 3 // 4, 64)))
            sample = self._tokens.spm(gap) if self._random.random() < 0.5 else self._tokens.psm(gap)
            if len(sample.ids) <= room:
                return sample
        return self._completion(room * CHARACTERS_PER_TOKEN * 2)

    def _lesson(self) -> Sample:
        turns = lesson_turns(self._random, self._random.choice(self._material.lessons))
        if self._random.random() < TALK_BEFORE:
            turns = [self._turn(self._random.choice(self._about)[0]), *turns]
        return self._chat("lesson", turns)

    def _talk(self) -> Sample:
        talk = self._random.choice(self._talks)
        turns = [self._turn(exchange) for exchange in talk]
        if len(turns) == 1 and self._random.random() < 0.3:
            turns += [self._turn(exchange) for exchange in self._random.choice(self._talks)]
        return self._chat("talk", turns)

    def _library(self) -> Sample:
        either = self._random.sample(self._material.functions, 2)  # the shorter: short answers come to their end
        return self._chat("library", [library_turn(self._random, min(either, key=lambda f: len(f.documented)))])

    def _chat(self, kind: str, turns: Sequence[Turn]) -> Sample:
        system = self._random.choice(SYSTEM_TEXTS) if self._random.random() < SYSTEM_SHARE else ""
        return self._tokens.chat(kind, turns, system)

    def _project(self) -> Sample:
        sizes = self._mixture.project_tokens
        return self._projects.sample(self._random.choices(list(sizes), list(sizes.values()))[0])

    def _turn(self, exchange: Exchange) -> Turn:
        return Turn(self._random.choice(exchange.wordings), exchange.answer)

    def _completion(self, most: int) -> Sample:
        return self._tokens.completion(self._window(max(most, 64)), whole=False)

    def _gap(self) -> Gap:
        if self._random.random() < WHOLE_FUNCTIONS:
            return cut_gap(self._random, self._random.choice(self._alone) + "\n")
        return cut_gap(self._random, self._window(mixture_window(self._random, self._mixture)))

    def _near(self, gap: Gap) -> Gap:
        if self._random.random() >= NEAR_SUFFIX:
            return gap
        return Gap(gap.prefix, gap.middle, "\n".join(gap.suffix.split("\n")[: self._random.randint(1, 4)]))

    def _window(self, most: int) -> str:
        at = bisect.bisect(self._bounds, self._random.random() * self._bounds[-1])
        return cut_window(self._random, self._material.sources[min(at, len(self._material.sources) - 1)].text, most)

    def state(self) -> dict[str, Any]:
        """Where the stream stands, for `restore`."""
        return {"random": self._random.getstate()}

    def restore(self, state: dict[str, Any]) -> None:
        """Continues where `state` was taken; shares are counted afresh, since the mixture may be another one by now."""
        self._random.setstate(state["random"])
        self._held = None
        self._counted = dict.fromkeys(self._mixture.shares, 0)


def mixture_window(random: Random, mixture: Mixture) -> int:
    """The size in characters of the next window of text."""
    return random.choices(list(mixture.windows), list(mixture.windows.values()))[0]
