"""Turns about functions: requests in many wordings, explanations, tests, examples; from lessons and from libraries."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from resources.starter.functions import Function
from resources.starter.lessons.reading import Lesson

SYSTEM_TEXTS = (
    "You are a helpful coding assistant.",
    "You are a helpful assistant. Answer briefly.",
    "You write clear Python.",
    "You are a careful programmer.",
)
TO_TASK = (
    "Write a function to {}.",
    "Write a Python function to {}.",
    "Write Python code to {}.",
    "Please write a function to {}.",
    "I need a function to {}.",
    "How do I {} in Python?",
    "How can I {}?",
    "{} in Python",
    "Can you write a function to {}?",
)
TO_THIRD_PERSON = (
    "Write a function that {}.",
    "Write a Python function that {}.",
    "Give me a function that {}.",
    "Please write a Python function that {}.",
    "I want a function that {}.",
    "Can you write a Python function that {}?",
)
TO_NAMED = (
    "Write a function `{name}`: {task}.",
    "Write a function named {name} to {task}.",
    "Implement `{name}`: {task}.",
)
TO_NAMED_THIRD = (
    "Write a Python function `{name}({parameters})` that {third}.",
    "Write a function `{name}` that {third}.",
    "Write a Python function named `{name}` that {third}.",
)
TO_COMPLETE = (
    "Complete this function.\n\n{}",
    "Complete this Python function:\n\n{}",
    "Write the body of this function.\n\n{}",
    "Implement this function.\n\n{}",
    "{}\n\nComplete the code.",
)
TO_EXPLAIN = (
    "What does this function do?\n\n{}",
    "Explain this code.\n\n{}",
    "{}\n\nWhat does it do?",
    "Explain:\n{}",
    "What does this code do?\n\n{}",
    "Explain this function in simple words.\n\n{}",
)
TO_DOCUMENT = ("Add a docstring.\n\n{}", "Document this function:\n\n{}", "Write a docstring for this.\n\n{}")
TO_NAME = ("Name this function.\n\n{}", "What is a good name for this function?\n\n{}")
TO_TEST = ("Write a test for this function.\n\n{}", "Write a unit test for this.\n\n{}")
TO_CALL_IT = ("How do I call it?", "Show me an example.", "How do I use it?", "Give me an example of how to call it.")
TO_EXPLAIN_IT = ("How does it work?", "Explain it.", "Can you explain that?", "Why does this work?")
TO_TEST_IT = ("Write a test for it.", "Now write a test.", "How would I test it?")
TO_DOCUMENT_IT = ("Add a docstring.", "Now with a docstring.", "Please document it.")


@dataclass(frozen=True)
class Turn:
    """A question and its answer."""

    question: str
    answer: str


def lesson_turns(random: Random, lesson: Lesson) -> list[Turn]:
    """A conversation of one to three turns about a lesson's function."""
    kind = random.random()
    if kind < 0.62:
        return [_written(random, lesson), *_followed(random, lesson)]
    if kind < 0.74:
        return [Turn(random.choice(TO_COMPLETE).format(block(lesson.stub)), block(lesson.code))]
    if kind < 0.90:
        code = random.choice((lesson.code, lesson.untyped))
        return [Turn(random.choice(TO_EXPLAIN).format(block(_plain(code))), explained(lesson))]
    if kind < 0.95 or not lesson.examples:
        return [Turn(random.choice(TO_DOCUMENT).format(block(_plain(lesson.code))), block(lesson.documented))]
    return [Turn(random.choice(TO_TEST).format(block(_plain(lesson.code))), a_test_of(lesson))]


def _written(random: Random, lesson: Lesson) -> Turn:
    code = block(lesson.code if random.random() < 0.5 else lesson.untyped)
    answer = f"{code}\n\n{lesson.how}" if random.random() < 0.25 and lesson.how else code
    return Turn(request(random, lesson.name, lesson.task, _parameters_of(lesson.untyped)), answer)


def _followed(random: Random, lesson: Lesson) -> list[Turn]:
    """What is asked next, in one conversation of three."""
    if random.random() < 0.67:
        return []
    after: list[tuple[tuple[str, ...], str]] = [
        (TO_EXPLAIN_IT, explained(lesson)),
        (TO_DOCUMENT_IT, block(lesson.documented)),
    ]
    if lesson.examples:
        call, result = lesson.examples[0]
        after.append((TO_CALL_IT, f"{block(call)}\n\nThis gives `{result}`."))
        after.append((TO_TEST_IT, a_test_of(lesson)))
    wordings, answer = random.choice(after)
    return [Turn(random.choice(wordings), answer)]


def explained(lesson: Lesson) -> str:
    """What a lesson's function does, and how."""
    task = lower_first(lesson.task).rstrip(".")
    third = third_person(task)
    said = f"This function {third}." if third else lesson.task
    return f"{said} {lesson.how}".strip()


def a_test_of(lesson: Lesson) -> str:
    """A test of a lesson's function, made from its examples."""
    lines = [
        f"    assert {call}" if result == "True" else f"    assert {call} == {result}"
        for call, result in lesson.examples
    ]
    return block(f"def test_{lesson.name}():\n" + "\n".join(lines))


def library_turn(random: Random, function: Function) -> Turn:
    """A turn about a library's function: write it, explain it, document it or name it."""
    code, documented = block(function.bare), block(function.documented)
    kind = random.random()
    if kind < 0.25:
        return Turn(request(random, function.name, function.purpose, ""), code)
    if kind < 0.75:
        return Turn(random.choice(TO_EXPLAIN).format(code), function.purpose)
    if kind < 0.92:
        return Turn(random.choice(TO_DOCUMENT).format(code), documented)
    renamed = re.sub(rf"\b{re.escape(function.name)}\b", "f", function.bare)
    return Turn(random.choice(TO_NAME).format(block(renamed)), f"`{function.name}`")


def request(random: Random, name: str, purpose: str, parameters: str) -> str:
    """A request for a function in one of the usual wordings, made from its docstring."""
    task = lower_first(purpose).rstrip(".")
    third, kind = third_person(task), random.random()
    if kind < 0.15:
        return random.choice(TO_NAMED).format(name=name, task=task)
    if third and kind < 0.40:
        wordings = TO_NAMED_THIRD if parameters else TO_NAMED_THIRD[1:]
        return random.choice(wordings).format(name=name, parameters=parameters, third=third)
    if third and kind < 0.72:
        return random.choice(TO_THIRD_PERSON).format(third)
    asked = random.choice(TO_TASK).format(task)
    return asked[0].upper() + asked[1:]


def lower_first(text: str) -> str:
    """The text with a small first letter, unless its first word is an acronym."""
    return text[0].lower() + text[1:] if text[:1].isupper() and text[1:2].islower() else text


def third_person(task: str) -> str | None:
    """`return the sum` as `returns the sum`; None where the first word does not look like a verb."""
    verb, _, rest = task.partition(" ")
    if (
        not rest
        or not re.fullmatch(r"[a-z]{2,12}", verb)
        or verb in {"the", "this", "an", "if", "for", "in", "it", "see"}
    ):
        return None
    if verb.endswith("s") and not verb.endswith("ss"):
        return task
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies {rest}"
    return f"{verb}{'es' if verb.endswith(('ss', 'sh', 'ch', 'x', 'o')) else 's'} {rest}"


def block(code: str) -> str:
    """Code as it stands in a message."""
    return f"```python\n{code.strip()}\n```"


def _plain(code: str) -> str:
    """A function without the imports above it."""
    return code.rpartition("\n\n\n")[2]


def _parameters_of(code: str) -> str:
    match: Callable[[str], re.Match[str] | None] = re.compile(r"^def \w+\((.*)\):", re.MULTILINE).search
    found = match(code)
    return found[1] if found else ""
