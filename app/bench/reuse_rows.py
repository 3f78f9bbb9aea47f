"""Prefix reuse: a second question about the same text computes only what follows the common prefix."""

import time
from collections.abc import Iterator

from app.bench.generation_rows import random_prompt, read_in_chunks
from app.bench.machine import synchronize
from app.bench.row import Row, less_is_better
from app.bench.subjects import Subject
from engine.generate.lanes import Lanes

_QUESTION_TOKENS = 48
_GOAL = 33.3  # the second question's time to first token is 3 % of the first one's


def reuse_rows(subject: Subject, context_tokens: int, pairs: int) -> Iterator[Row]:
    """Row "second question": seconds to the first token, second beside first, and the tokens that each computed."""
    text = random_prompt(subject, context_tokens + 2 * _QUESTION_TOKENS)
    context, questions = text[:context_tokens], (text[context_tokens:][:_QUESTION_TOKENS], text[-_QUESTION_TOKENS:])
    firsts, seconds, computed = [], [], 0
    for _ in range(pairs):
        lanes = Lanes(subject.network, 2 * context_tokens, 2 * context_tokens)
        first_s, _ = _ask(subject, lanes, "first", [*context, *questions[0]], context_tokens)
        second_s, computed = _ask(subject, lanes, "second", [*context, *questions[1]], context_tokens)
        firsts.append(first_s)
        seconds.append(second_s)
    ours, other = sorted(seconds)[pairs // 2], sorted(firsts)[pairs // 2]
    note = f"{context_tokens} tokens of context, {computed} of {len(text) - _QUESTION_TOKENS} computed the second time"
    yield less_is_better("second question", subject.name, "s", ours, other, "first question", _GOAL, note)


def _ask(subject: Subject, lanes: Lanes, owner: str, prompt: list[int], base: int) -> tuple[float, int]:
    """Seconds until the first token's logits, and how many tokens were computed for them."""
    synchronize(subject.device)
    start_s = time.perf_counter()
    lane, reused = lanes.open("project", owner, prompt, base, len(prompt))
    read_in_chunks(subject, lane, prompt[reused:]).max().item()
    return time.perf_counter() - start_s, len(prompt) - reused
