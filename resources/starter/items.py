"""What is measured on: gaps of held-out lines, questions about held-out functions, our own, and small projects."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from resources.starter.chat import TO_DOCUMENT, TO_EXPLAIN, block, request
from resources.starter.corpus import Source
from resources.starter.functions import Function
from resources.starter.gaps import Gap
from resources.starter.measured import Problem

FIXTURES = Path(__file__).parent / "fixtures"
PROJECTS = ("larder", "ferry", "moth")
LINES_BEFORE, LINES_AFTER = 25, 15
SHORTEST_LINE = 4


@dataclass(frozen=True)
class Asked:
    """A question about a project. Of each of `keys` the answer has to name one, in whatever case."""

    project: str
    question: str
    keys: tuple[tuple[str, ...], ...]

    def is_answered_by(self, answer: str) -> bool:
        """Whether an answer names the right thing. What the question says itself does not count for it."""
        said = answer.lower()
        return all(any(key.lower() in said for key in group) for group in self.keys)


def project_questions() -> list[Asked]:
    """The forty questions, with what answers have to name."""
    records = json.loads((FIXTURES / "keys.json").read_text(encoding="utf-8"))
    return [Asked(each["project"], each["question"], tuple(map(tuple, each["keys"]))) for each in records]


def general_questions() -> list[str]:
    """Questions that are in none of the lessons."""
    return (FIXTURES / "questions.txt").read_text(encoding="utf-8").splitlines()


def library_gaps(sources: Sequence[Source], count: int, seed: int) -> list[Gap]:
    """Whole lines that say something, out of held-out files, with the lines around them."""
    random = Random(seed)
    return [_line_gap(random, random.choice(sources).text.split("\n")) for _ in range(count)]


def _line_gap(random: Random, text: list[str]) -> Gap:
    places = [at for at, line in enumerate(text) if len(line.strip()) >= SHORTEST_LINE]
    at = random.choice(places or [0])
    prefix = "".join(f"{line}\n" for line in text[max(0, at - LINES_BEFORE) : at])
    suffix = "".join(f"\n{line}" for line in text[at + 1 : at + 1 + LINES_AFTER])
    return Gap(prefix, text[at], suffix)


def solution_gaps(problems: Sequence[Problem], count: int, seed: int) -> list[Gap]:
    """One line of each of `count` solutions of HumanEval; the rest of the problem stands around it."""
    random = Random(seed)
    chosen = sorted(random.sample(range(len(problems)), count))
    return [_solution_gap(random, problems[at]) for at in chosen]


def _solution_gap(random: Random, problem: Problem) -> Gap:
    lines = problem.solution.rstrip().split("\n")
    at = random.choice([at for at, line in enumerate(lines) if len(line.strip()) >= SHORTEST_LINE])
    prefix = problem.prompt + "".join(f"{line}\n" for line in lines[:at])
    return Gap(prefix, lines[at], "".join(f"\n{line}" for line in lines[at + 1 :]) + "\n")


def function_questions(functions: Sequence[Function], count: int, seed: int) -> list[str]:
    """Questions about held-out functions: half ask to write one, four in ten to explain, one to document."""
    random = Random(seed)
    asked = []
    for number in range(count):
        function = random.choice(functions)
        if number % 10 < 5:
            asked.append(request(random, function.name, function.purpose, ""))
        else:
            wordings = TO_EXPLAIN if number % 10 < 9 else TO_DOCUMENT
            asked.append(random.choice(wordings).format(block(function.bare)))
    return asked


def problem_question(problem: Problem) -> str:
    """A problem of HumanEval as it is asked in chat."""
    return f"Complete this function.\n\n{block(problem.prompt)}"
