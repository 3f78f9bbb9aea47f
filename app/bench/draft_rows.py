"""Rows on prompt-lookup decoding: an edit that repeats its input, and prose that repeats nothing.

Whether a draft is accepted depends on the text, and random weights write no text. So the drawn tokens are prescribed:
an edit in the starter's vocabulary. Forwards, n-gram index and loop are the real ones.
"""

import time
from collections.abc import Iterator, Sequence

import torch

from app.bench.generation_rows import GREEDY
from app.bench.machine import synchronize
from app.bench.row import PAIRS, Row, interleaved, more_is_better
from app.bench.subjects import Subject
from engine.generate.drafts import Drafter, DraftIndex
from engine.generate.lanes import Lane
from engine.generate.loop import Limits, decode
from engine.generate.sampling import Drawn, Sampler
from engine.generate.steps import EagerSteps
from engine.tokens.vocabulary import Vocabulary

_BEFORE = '''class Inventory:
    """What is in stock, by name."""

    def __init__(self):
        self.items = {}

    def add(self, name, count=1):
        if count < 0:
            raise ValueError("count must not be negative")
        self.items[name] = self.items.get(name, 0) + count

    def remove(self, name, count=1):
        if self.items.get(name, 0) < count:
            raise KeyError(name)
        self.items[name] -= count
        if self.items[name] == 0:
            del self.items[name]

    def total(self):
        return sum(self.items.values())

    def report(self):
        for name in sorted(self.items):
            print(name, self.items[name])
'''
_EDITS = (("items", "stock"), ("count must not be negative", "negative count"), ("self):", "self) -> None:"))
_ANSWER_WITHOUT_REPETITION = (
    "A binary search halves the range in which a value may stand: look at the middle, drop the half that cannot hold "
    "it, go on until one place is left. Twenty comparisons are enough for a million sorted entries, while walking "
    "through them one by one would take half a million on average; keeping the list sorted is the price for that."
)


class GivenText(Sampler):
    """Draws a given text token by token, whatever the logits say, but reads the logits as a greedy draw does."""

    def __init__(self, ids: Sequence[int], vocabulary_size: int) -> None:
        super().__init__(GREEDY, vocabulary_size)
        self._ids = iter(ids)

    def draw(self, logits: torch.Tensor) -> Drawn:
        super().draw(logits)
        return Drawn(next(self._ids))


def draft_rows(subject: Subject, vocabulary: Vocabulary, pairs: int = PAIRS) -> Iterator[Row]:
    """Rows "drafts, edit" and "drafts, prose": our loop with drafts beside itself without."""
    prompt, edit = _edit(vocabulary)
    yield _row("drafts, edit", subject, prompt, edit, 2.0, pairs)
    yield _row("drafts, prose", subject, prompt, vocabulary.encode(_ANSWER_WITHOUT_REPETITION), 0.97, pairs)


def product_row(subject: Subject, vocabulary: Vocabulary) -> Iterator[Row]:
    """Row "drafts, edit" if a whole edit would take minutes: tokens per step and the measured cost of a step."""
    costs = subject.network.verify_costs
    prompt, answer = _edit(vocabulary)
    ids = list(prompt)
    drafter, place, spent = Drafter(DraftIndex(ids), ids, costs), 0, 0.0
    while place < len(answer) - 1:
        draft = drafter.propose(answer[place], len(answer) - place - 2)
        right = 0
        while right < len(draft) and draft[right] == answer[place + 1 + right]:
            right += 1
        if draft:
            drafter.observe(len(draft), right)
        spent += costs[1 + len(draft)]
        ids.extend(answer[place : place + 1 + right])
        place += 1 + right
    ratio = (len(answer) - 1) / spent
    note = "a product: acceptance on a real edit x measured cost of verifying, not timed end to end"
    yield Row("drafts, edit", subject.name, "times as fast", ratio, 1.0, "without drafts", ratio, None, note)


def _edit(vocabulary: Vocabulary) -> tuple[list[int], list[int]]:
    """A question about some code, and the answer: the code with a few words changed."""
    after = _BEFORE
    for old, new in _EDITS:
        after = after.replace(old, new)
    return vocabulary.encode(f"[INST] Rename items to stock.\n\n{_BEFORE} [/INST]"), vocabulary.encode(after)


def _row(row: str, subject: Subject, prompt: list[int], answer: list[int], goal: float, pairs: int) -> Row:
    counts = [0, 0, 0]

    def rate(costs: dict[int, float]) -> float:
        lane = Lane(subject.network)
        lane.cache.reserve(len(prompt) + len(answer) + 8)
        lane.read(prompt)
        sampler = GivenText(answer, vocabulary_size=subject.vocab_size)
        first = sampler.draw(torch.zeros(subject.vocab_size))
        drafter = Drafter(lane.index, lane.ids, costs)
        synchronize(subject.device)
        start_s = time.perf_counter()
        items = decode(first, EagerSteps(lane, sampler, first.token), drafter, {}, Limits(len(answer), len(answer)))
        for _ in items:
            pass
        if costs:
            counts[:] = drafter.drafted, drafter.accepted, len(answer)
        return len(answer) / (time.perf_counter() - start_s)

    with_drafts = dict(subject.network.verify_costs)
    ours, other = interleaved(lambda: rate(with_drafts), lambda: rate({}), pairs)
    note = f"{counts[1]} of {counts[0]} drafted tokens right, {counts[2]} tokens"
    return more_is_better(row, subject.name, "tok/s", ours, other, "without drafts", goal, note)
