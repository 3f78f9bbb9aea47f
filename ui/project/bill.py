"""The words under the tree: the size of the project, and what is sent with a question; without Qt."""

from dataclasses import dataclass

from engine.shown import count

_WARN_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over a folder. `context_tokens` is 0 while no model is loaded."""

    files_in: int = 0
    files: int = 0
    tokens: int = 0
    context_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """What was packed for a question, or would be packed for a general one (`is_rehearsal`)."""

    tokens: int
    files_whole: int
    files_in_part: int
    files_left_out: int
    is_rehearsal: bool


@dataclass(frozen=True, slots=True)
class Bill:
    """What the pane shows: the share of the context, from 0 to 1, and two sentences."""

    share: float
    is_near_full: bool
    figures: str
    consequence: str


def bill_of(totals: Totals, sent: Sent | None) -> Bill:
    """The bill of a folder, compared with the model's context."""
    left_out = totals.files - totals.files_in
    files = f"{totals.files_in:,} of {totals.files:,} files" if left_out else plural(totals.files, "file")
    if totals.context_tokens <= 0:
        return Bill(0.0, False, f"{count(totals.tokens)} tokens in {files}", "")
    figures = f"{count(totals.tokens)} of {count(totals.context_tokens)} tokens · {files}"
    share = totals.tokens / totals.context_tokens
    return Bill(min(1.0, share), share >= _WARN_SHARE, figures, _consequence(sent))


def _consequence(sent: Sent | None) -> str:
    if sent is None:
        return ""
    tokens = f"{count(sent.tokens)} tokens with names and line numbers"
    if sent.files_whole + sent.files_in_part == 0:
        return "Nothing of it fits beside the question." if sent.files_left_out else ""
    if sent.files_left_out + sent.files_in_part == 0:
        return f"All of it {'goes' if sent.is_rehearsal else 'went'} along with the question: {tokens}."
    if sent.is_rehearsal:
        return f"More than fits: what matches a question best goes along, about {count(sent.tokens)} tokens."
    whole = plural(sent.files_whole, "file") + " whole" if sent.files_whole else ""
    part = f"{sent.files_in_part:,} in part" if sent.files_in_part else ""
    return f"Sent last: {', '.join(filter(None, (whole, part)))}, {tokens}. {sent.files_left_out:,} did not fit."


def plural(number: int, noun: str) -> str:
    """A count with its noun: "1 file", "3 files"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
