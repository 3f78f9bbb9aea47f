"""The held-out items that are measured on: gaps of one or more lines, and questions about functions and the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from resources.starter.chat import TO_DOCUMENT, TO_EXPLAIN, write_request
from resources.starter.corpus import Source
from resources.starter.functions import Function
from resources.starter.gaps import Gap

LINES_BEFORE, LINES_AFTER = 25, 15
SHORTEST_LINE = 4
# Asked in these words in training, and in words that training does not have.
ABOUT_KNOWN = (
    "Who are you?",
    "What can you do?",
    "What are you?",
    "Hello",
    "Which model is this?",
    "How can you help me?",
)
ABOUT_NEW = (
    "What is your purpose?",
    "Who am I talking to?",
    "Can you tell me who you are?",
    "What kind of model are you?",
    "What are you able to do?",
    "Hi, who are you?",
)


@dataclass(frozen=True)
class Question:
    """A question and what kind of answer it wants: `write`, `explain` or `document`."""

    kind: str
    text: str


def line_gaps(sources: Sequence[Source], count: int, lines: int, seed: int) -> list[Gap]:
    """Gaps of whole lines, the first of which says something, with the lines around them."""
    random = Random(seed)
    return [_line_gap(random, random.choice(sources).text.split("\n"), lines) for _ in range(count)]


def _line_gap(random: Random, text: list[str], lines: int) -> Gap:
    places = [at for at, line in enumerate(text[: len(text) - lines]) if len(line.strip()) >= SHORTEST_LINE]
    at = random.choice(places or [0])
    prefix = "".join(f"{line}\n" for line in text[max(0, at - LINES_BEFORE) : at])
    suffix = "".join(f"\n{line}" for line in text[at + lines : at + lines + LINES_AFTER])
    return Gap(prefix, "\n".join(text[at : at + lines]), suffix)


def questions(functions: Sequence[Function], count: int, seed: int) -> list[Question]:
    """Questions about held-out functions: six in ten ask to write one, three to explain, one to document."""
    random = Random(seed)
    asked = []
    for number in range(count):
        function = random.choice(functions)
        code = f"```python\n{function.bare}\n```"
        if number % 10 < 6:
            asked.append(Question("write", write_request(random, function)))
        elif number % 10 < 9:
            asked.append(Question("explain", random.choice(TO_EXPLAIN).format(code)))
        else:
            asked.append(Question("document", random.choice(TO_DOCUMENT).format(code)))
    return asked
