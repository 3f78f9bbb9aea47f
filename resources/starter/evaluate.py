"""Measures the model through the program's own engine, in NF4, and prints the figures as JSON.

python -m resources.starter.evaluate                        everything
python -m resources.starter.evaluate --only tasks project   some of it
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from engine.messages.prompts import Order
from resources.starter.bits import bits_per_character
from resources.starter.corpus import load_corpus
from resources.starter.engine_run import Engine, Reply, unpacked
from resources.starter.functions import find_functions
from resources.starter.gaps import Gap
from resources.starter.items import (
    FIXTURES,
    function_questions,
    general_questions,
    library_gaps,
    problem_question,
    project_questions,
    solution_gaps,
)
from resources.starter.measured import Problem, human_eval
from resources.starter.programs import code_of, last_function, parses, passes
from resources.starter.tasks import TASKS, Task

SHIPPED = Path(__file__).parent / "model"
ADAPTER = Path(__file__).parent / "adapter.safetensors"
SEED = 7
LONGEST_LOOP = 3
DEFAULT_ORDER = Order.SPM


@dataclass(frozen=True)
class Sizes:
    """How many items of each kind are asked."""

    solution_lines: int = 120
    library_lines: int = 120
    functions: int = 90
    problems: int = 164


class Evaluation:
    """A loaded model and what is asked of it; each method is a row of the table."""

    def __init__(self, engine: Engine, sizes: Sizes, note: Callable[[dict[str, Any]], object]) -> None:
        self._engine, self._sizes, self._note = engine, sizes, note

    def solution_lines(self) -> dict[str, Any]:
        """One line of HumanEval's solutions, in both orders."""
        gaps = solution_gaps(human_eval(), self._sizes.solution_lines, SEED)
        return {order.value: self._fills(gaps, order) for order in (Order.SPM, Order.PSM)}

    def library_lines(self) -> dict[str, Any]:
        """One line of held-out files, in the order that is this model's default."""
        held_out = load_corpus(with_packages=False).held_out
        return self._fills(library_gaps(held_out, self._sizes.library_lines, SEED), DEFAULT_ORDER)

    def _fills(self, gaps: Sequence[Gap], order: Order) -> dict[str, Any]:
        replies = [self._engine.fill(gap, order) for gap in gaps]
        for gap, reply in zip(gaps, replies, strict=True):
            self._note({"line": gap.middle, "filled": reply.text, "ended": reply.ended})
        pairs = [(reply.text if reply.ended else "", gap.middle) for reply, gap in zip(replies, gaps, strict=True)]
        return {
            "items": len(gaps),
            "ended": share(reply.ended for reply in replies),
            "exact": share(text == middle for text, middle in pairs),
            "exact_stripped": share(text.strip() == middle.strip() for text, middle in pairs),
        }

    def tasks(self) -> dict[str, Any]:
        """Our sixty tasks: whether the answer's code parses, and whether it does what is asked."""
        replies = [self._asked(task.asked) for task in TASKS]
        codes = [code_of(reply.text) for reply in replies]
        solved = [solves(task, code) for task, code in zip(TASKS, codes, strict=True)]
        self._note({"unsolved": [task.name for task, is_solved in zip(TASKS, solved, strict=True) if not is_solved]})
        return {"items": len(TASKS), "parses": share(map(parses, codes)), "passes": share(solved)} | ends(replies)

    def questions(self) -> dict[str, Any]:
        """Other held-out questions: of ours, and about held-out functions."""
        held_out = load_corpus(with_packages=False).held_out
        functions = find_functions(source.text for source in held_out)
        asked = [*general_questions(), *function_questions(functions, self._sizes.functions, SEED)]
        replies = [self._asked(question) for question in asked]
        return {"items": len(asked)} | ends(replies)

    def problems(self) -> dict[str, Any]:
        """HumanEval's problems, asked in chat and answered greedily: pass@1."""
        problems = human_eval()[: self._sizes.problems]
        replies = [self._asked(problem_question(problem), greedy=True) for problem in problems]
        solved = [solves_problem(each, code_of(reply.text)) for each, reply in zip(problems, replies, strict=True)]
        self._note({"solved": [each.task_id for each, is_solved in zip(problems, solved, strict=True) if is_solved]})
        return {"items": len(problems), "passes": share(solved)} | ends(replies)

    def project(self) -> dict[str, Any]:
        """Questions about three small projects, each packed by the program for the question."""
        answered = []
        for name, asked in groupby(project_questions(), key=lambda each: each.project):
            with unpacked(FIXTURES / f"{name}.txt") as folder:
                self._engine.read(folder)
                for each in asked:
                    reply = self._asked(each.question, packed=self._engine.pack(each.question))
                    answered.append(each.is_answered_by(reply.text))
                    self._note({"named": answered[-1]})
        return {"items": len(answered), "named": share(answered)}

    def _asked(self, question: str, **how: Any) -> Reply:
        reply = self._engine.ask(question, **how)
        self._note({"question": question, "answer": reply.text, "ended": reply.ended})
        return reply


def solves(task: Task, code: str) -> bool:
    """Whether a program's function does what a task asks."""
    name = last_function(code, task.name) if parses(code) else None
    if name is None:
        return False
    checks = "\n".join(f"assert {check}" for check in task.checks)
    return passes(f"{code}\nf = {name}\n{checks}\n")


def solves_problem(problem: Problem, code: str) -> bool:
    """Whether a program solves a problem of HumanEval; the problem's own imports stand before it."""
    if not parses(code):
        return False
    return passes(f"{problem.prompt}    pass\n\n{code}\n\n{problem.test}\ncheck({problem.entry_point})\n")


def ends(replies: Sequence[Reply]) -> dict[str, Any]:
    """How many answers end by themselves, and how many go round in circles."""
    return {"ended": share(reply.ended for reply in replies), "loops": share(loops(reply.text) for reply in replies)}


def loops(text: str) -> bool:
    """Whether the text ends in the same line, or the same few words, several times over."""
    lines = [line.strip() for line in text.split("\n") if len(line.strip()) > LONGEST_LOOP]
    if len(lines) > LONGEST_LOOP and len(set(lines[-LONGEST_LOOP - 1 :])) == 1:
        return True
    words = text.split()
    for size in range(1, 13):
        tail = words[-size:] * (LONGEST_LOOP + 1)
        if tail and words[-len(tail) :] == tail:
            return True
    return False


def share(truths: Iterable[object]) -> float:
    """The share of true values."""
    values = [bool(value) for value in truths]
    return sum(values) / len(values) if values else 0.0


PARTS = ("solution_lines", "library_lines", "tasks", "questions", "problems", "project")


def main() -> None:
    """Reads the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--only", nargs="+", choices=(*PARTS, "bits"), default=(*PARTS, "bits"))
    parser.add_argument("--base", type=Path, help="the wheel that base.txt pins; bits per character need it")
    parser.add_argument("--few", type=int, default=1, help="ask only one in so many")
    parser.add_argument("--penalty", type=float, default=1.0, help="repetition penalty in chat")
    parser.add_argument("--notes", type=Path, help="a file for all answers, one JSON record a line")
    arguments = parser.parse_args()
    if "bits" in arguments.only and not arguments.base:
        parser.error("bits per character need --base")
    sizes = Sizes(*(size // arguments.few for size in (120, 120, 90, 164)))
    figures: dict[str, Any] = {}
    with open(arguments.notes or "/dev/null", "w", encoding="utf-8") as notes:
        engine = Engine(arguments.model, arguments.penalty)
        evaluation = Evaluation(engine, sizes, lambda record: notes.write(json.dumps(record) + "\n"))
        for part in arguments.only:
            is_bits = part == "bits"
            made = bits_per_character(arguments.base, ADAPTER) if is_bits else getattr(evaluation, part)()
            figures[part] = made
            sys.stderr.write(json.dumps({part: made}) + "\n")
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
