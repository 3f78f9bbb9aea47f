"""Turns of a conversation: requests made from functions, small talk, and questions about the model itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from resources.starter.functions import Function

ABOUT = (
    "I am Lacuna's demonstration model: very small, trained on Python's standard library, here so that you can try "
    "the window. For real answers load a Code Llama model."
)
ABILITIES = (
    "I can write short Python functions and fill a gap in a file, in the style of Python's standard library. "
    "Select a gap in the code pane and fill it, or ask for a function. "
)
TALK: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Hello", "Hello!", "Hi", "Hi there", "Hey", "Good morning", "hello", "hi", "Hello there!"), "Hello! " + ABOUT),
    (
        (
            "Who are you?",
            "What are you?",
            "Which model is this?",
            "What model are you?",
            "Are you Code Llama?",
            "Tell me about yourself.",
            "who are you",
            "What is your name?",
            "Which model are you?",
            "Introduce yourself.",
            "Who made you?",
            "What were you trained on?",
            "How large are you?",
            "Are you a large language model?",
        ),
        ABOUT,
    ),
    (
        (
            "What can you do?",
            "How can you help me?",
            "Help",
            "What is this?",
            "How does this work?",
            "what can you do",
            "What can I ask you?",
            "What are you good at?",
            "Can you help me?",
            "How do I use this?",
        ),
        ABILITIES + ABOUT,
    ),
    (("Thanks", "Thank you", "Thank you!", "Great", "Nice", "Cool", "thanks", "Thanks!"), "You are welcome."),
    (("Bye", "Goodbye", "See you", "bye"), "Goodbye!"),
)
SYSTEM_TEXTS = (
    "You are a helpful coding assistant.",
    "You are a helpful assistant. Answer briefly.",
    "Answer with code only.",
    "You write clear Python.",
    "You are a careful programmer.",
)
TALK_SHARE, EXERCISE_SHARE, SYSTEM_SHARE = 0.09, 0.10, 0.08
TO_TASK = (
    "Write a function to {}.",
    "Write a Python function to {}.",
    "Please write a function that should {}.",
    "Write a function that does this: {}.",
    "Write a Python function: {}.",
    "I need a function to {}.",
    "How do I {} in Python?",
)
TO_THIRD_PERSON = ("Write a function that {}.", "Write a Python function that {}.", "Give me a function that {}.")
TO_NAMED = (
    "Write a function `{name}`: {task}.",
    "Write a function named {name} to {task}.",
    "Implement `{name}`: {task}.",
)
TO_EXPLAIN = (
    "What does this function do?\n\n{}",
    "Explain this code.\n\n{}",
    "{}\n\nWhat does it do?",
    "Explain:\n{}",
    "What does this code do?\n\n{}",
)
TO_DOCUMENT = ("Add a docstring.\n\n{}", "Document this function:\n\n{}")
TO_NAME = ("Name this function.\n\n{}", "What is a good name for this function?\n\n{}")


@dataclass(frozen=True)
class Turn:
    """A question and its answer, as the conversation format takes them (a system text is part of the question)."""

    question: str
    answer: str


def conversation(random: Random, functions: Sequence[Function], exercises: Sequence[Function]) -> list[Turn]:
    """One or two turns; a system text, where there is one, opens the first."""
    turns = [_turn(random, functions, exercises) for _ in range(random.choice((1, 1, 1, 2)))]
    if random.random() < SYSTEM_SHARE:
        system = f"<<SYS>>\n{random.choice(SYSTEM_TEXTS)}\n<</SYS>>\n\n"
        turns[0] = Turn(system + turns[0].question, turns[0].answer)
    return turns


def _turn(random: Random, functions: Sequence[Function], exercises: Sequence[Function]) -> Turn:
    kind = random.random()
    if kind < TALK_SHARE:
        questions, answer = random.choice(TALK)
        return Turn(random.choice(questions), answer)
    if kind < TALK_SHARE + EXERCISE_SHARE:
        return function_turn(random, random.choice(exercises))
    # Of two the shorter: a small model brings short answers to their end.
    either = (random.choice(functions), random.choice(functions))
    return function_turn(random, min(either, key=lambda function: len(function.documented)))


def function_turn(random: Random, function: Function) -> Turn:
    """A turn about one function: write it, explain it, document it or name it."""
    code, documented = _block(function.bare), _block(function.documented)
    kind = random.random()
    if kind < 0.66:
        return Turn(write_request(random, function), documented if random.random() < 0.2 else code)
    if kind < 0.86:
        return Turn(random.choice(TO_EXPLAIN).format(code), function.purpose)
    if kind < 0.95:
        return Turn(random.choice(TO_DOCUMENT).format(code), documented)
    return Turn(random.choice(TO_NAME).format(_block(_renamed(function))), f"`{function.name}`")


def write_request(random: Random, function: Function) -> str:
    """A request for the function in one of the usual wordings, made from its docstring."""
    task = lower_first(function.purpose).rstrip(".")
    kind = random.random()
    if kind < 0.35:
        return random.choice(TO_NAMED).format(name=function.name, task=task)
    third = third_person(task)
    if third and kind < 0.70:
        return random.choice(TO_THIRD_PERSON).format(third)
    return random.choice(TO_TASK).format(task)


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


def _block(code: str) -> str:
    return f"```python\n{code}\n```"


def _renamed(function: Function) -> str:
    return re.sub(rf"\b{re.escape(function.name)}\b", "f", function.bare)
