"""Chooses the lines of a file that matter most for a question, within a token budget."""

from collections.abc import Sequence

from engine.project.definitions import Definition
from engine.project.entries import SourceFile
from engine.project.numbering import Block, encode_block, header_of, number_lines
from engine.project.question import Question
from engine.project.ranking import score_line
from engine.tokens.lines import LineEncoder

_NEIGHBOURHOOD_LINES = 12
_MAX_LINES_TO_DEFINITION = 30


def cut_excerpt(
    encoder: LineEncoder, file: SourceFile, question: Question, definitions: Sequence[Definition], budget_tokens: int
) -> Block | None:
    """The best run of whole lines whose block has at most `budget_tokens`; None if no line fits."""
    lines = file.lines
    start = _start_line(lines, question, definitions)
    first, last = _grow(encoder, file, lines, start, budget_tokens)
    while first <= last:
        block = encode_block(encoder, file, first, last)
        if len(block.ids) <= budget_tokens:
            return block
        last -= 1
    return None


def _start_line(lines: Sequence[str], question: Question, definitions: Sequence[Definition]) -> int:
    """The line (from 1) to begin at: the densest in the question's words, or the definition that contains it."""
    scores = [score_line(question, line) for line in lines]
    if not any(scores):
        return 1
    sums = _window_sums(scores)
    best = max(range(len(lines)), key=lambda index: (sums[index] + scores[index], -index)) + 1
    begins = [
        definition.line for definition in definitions if best - _MAX_LINES_TO_DEFINITION <= definition.line <= best
    ]
    return max(begins, default=best)


def _window_sums(scores: Sequence[float]) -> list[float]:
    """For each line, the scores of the lines around it."""
    total = [0.0]
    for score in scores:
        total.append(total[-1] + score)
    count = len(scores)
    half = _NEIGHBOURHOOD_LINES
    return [total[min(count, index + half + 1)] - total[max(0, index - half)] for index in range(count)]


def _grow(
    encoder: LineEncoder, file: SourceFile, lines: Sequence[str], start: int, budget_tokens: int
) -> tuple[int, int]:
    """Lines from `start`, two below for each one above, until the budget is used up; empty (last < first) for none."""
    left = budget_tokens - len(encoder.encode_document(header_of(file, len(lines), len(lines))))
    first, last = start, start - 1
    open_below = open_above = True
    step = 0
    while open_below or open_above:
        below = open_below and (step % 3 < 2 or not open_above)
        step += 1
        number = last + 1 if below else first - 1
        if not 1 <= number <= len(lines):
            cost = left + 1
        else:
            cost = len(encoder.encode_document(number_lines([lines[number - 1]], number)[0]))
        if cost > left:
            open_below, open_above = (False, open_above) if below else (open_below, False)
            continue
        left -= cost
        first, last = (first, number) if below else (number, last)
    return first, last
