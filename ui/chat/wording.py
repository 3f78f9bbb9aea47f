"""The words around an answer: its receipt, the progress of its prompt, and the card of a stopped or failed one.

Without Qt. All texts are plain text, never markup.
"""

from dataclasses import dataclass

from engine.answers import Answer, AnswerState, Receipt
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Stop
from engine.messages.jobs import Progress
from engine.shown import count, duration, one_line
from ui.chat.wishes import ChooseModel, NewChat, Regenerate, RestartEngine, Wish

_NAMED_FILES = 2


@dataclass(frozen=True, slots=True)
class CardButton:
    """A button on a card: its words and what it asks for."""

    words: str
    wish: Wish


@dataclass(frozen=True, slots=True)
class Card:
    """The card under an answer that was stopped or failed."""

    word: str
    sentence: str
    next_step: str
    is_failure: bool
    buttons: tuple[CardButton, ...]


_TRY_AGAIN = CardButton("Try again", Regenerate())
_RESTART = CardButton("Restart engine", RestartEngine())
_CHOOSE_MODEL = CardButton("Choose a model", ChooseModel())
_NEW_CHAT = CardButton("New chat", NewChat())
_BUTTONS = {
    ErrorCode.PROCESS_GONE: (_RESTART,),
    ErrorCode.MODEL_NOT_LOADED: (_CHOOSE_MODEL,),
    ErrorCode.MODEL_MISSING: (_CHOOSE_MODEL,),
    ErrorCode.MODEL_INVALID: (_CHOOSE_MODEL,),
    ErrorCode.UNSUPPORTED: (_CHOOSE_MODEL,),
    ErrorCode.PROMPT_TOO_LONG: (_NEW_CHAT,),
    ErrorCode.OUT_OF_MEMORY: (_TRY_AGAIN, _NEW_CHAT),
}
_WORDS = {
    ErrorCode.PROCESS_GONE: "Engine gone",
    ErrorCode.OUT_OF_MEMORY: "Out of memory",
    ErrorCode.PROMPT_TOO_LONG: "Too long",
}


_CUTS = {Stop.LENGTH: "cut at the length", Stop.CONTEXT: "cut: the context is full"}


def card_of(answer: Answer) -> Card | None:
    """The card of a stopped or failed answer; None for any other."""
    if answer.state is AnswerState.STOPPED:
        sentence = "The answer stays as far as it came." if answer.text else "Nothing had been written yet."
        return Card("Stopped", sentence, "", is_failure=False, buttons=(_TRY_AGAIN,))
    if answer.state is AnswerState.FAILED and answer.error is not None:
        return _failure_card(answer.error)
    return None


def _failure_card(error: ErrorReport) -> Card:
    return Card(
        word=_WORDS.get(error.code, "Failed"),
        sentence=error.sentence,
        next_step=error.next_step,
        is_failure=True,
        buttons=_BUTTONS.get(error.code, (_TRY_AGAIN,)),
    )


def receipt_line(receipt: Receipt) -> str:
    """What the answer cost and whether something was cut, in one line that a newcomer understands.

    "340 tokens, 38 a second · read 212 of 14.3k anew · 12 files, 3 left out · cut at the length"; empty where unknown.
    """
    usage = receipt.usage
    parts = []
    if usage is not None:
        rate = f", {_rate(usage.tokens_per_s)} a second" if usage.tokens_per_s > 0 else ""
        parts.append(f"{count(usage.generated)} {'token' if usage.generated == 1 else 'tokens'}{rate}")
        anew = f" of {count(usage.prompt_tokens)} anew" if usage.reused else ""
        parts.append(f"read {count(usage.computed)}{anew}")
    if receipt.files_packed or receipt.left_out:
        files = f"{count(receipt.files_packed)} {'file' if receipt.files_packed == 1 else 'files'}"
        parts.append(files + (f", {count(len(receipt.left_out))} left out" if receipt.left_out else ""))
    if receipt.dropped_turns:
        parts.append(f"{count(receipt.dropped_turns)} earlier left out")
    if receipt.trimmed:
        parts.append("beginning left out")
    parts += [_CUTS[receipt.stop]] if receipt.stop in _CUTS else []
    return " · ".join(parts)


def receipt_notes(receipt: Receipt) -> tuple[str, ...]:
    """Sentences that say which text was left out, changed or cut."""
    notes = []
    if receipt.files_packed or receipt.left_out:
        notes.append(_files_note(receipt))
    if receipt.dropped_turns:
        turns = (
            "1 earlier message was" if receipt.dropped_turns == 1 else f"{receipt.dropped_turns} earlier messages were"
        )
        notes.append(f"{turns} left out: the conversation no longer fits the model's context.")
    if receipt.trimmed:
        notes.append("The beginning of the text was left out: it no longer fits the model's context.")
    if receipt.disarmed:
        notes.append("Chat tags in a text were spaced out for the model, so that they cannot act as commands.")
    if receipt.stop is Stop.LENGTH:
        notes.append("Cut at the length that is set for answers.")
    if receipt.stop is Stop.CONTEXT:
        notes.append("Cut because the model's context is full. A new chat starts with an empty one.")
    if receipt.seed is not None:
        notes.append(f"Drawn with the seed {receipt.seed}: set it to get this answer again.")
    return tuple(notes)


def _files_note(receipt: Receipt) -> str:
    sent = f"{receipt.files_packed} {'file was' if receipt.files_packed == 1 else 'files were'} sent"
    if receipt.partial:
        sent += f", {len(receipt.partial)} in part"
    if not receipt.left_out:
        return f"{sent}."
    return f"{sent}; {_named(receipt.left_out)} did not fit."


def _named(paths: tuple[str, ...]) -> str:
    shown = ", ".join(one_line(path) for path in paths[:_NAMED_FILES])
    more = len(paths) - _NAMED_FILES
    return shown if more <= 0 else f"{shown} and {count(more)} more"


def progress_line(progress: Progress) -> str:
    """A stage with its progress: "Reading the prompt · 1.2k of 3.3k tokens · 12 s left"."""
    parts = [progress.stage]
    if progress.total > 0:
        parts.append(f"{count(progress.done)} of {count(progress.total)} {progress.unit}".rstrip())
        if progress.rate > 0 and progress.done < progress.total:
            parts.append(f"{duration((progress.total - progress.done) / progress.rate)} left")
    return " · ".join(parts)


def _rate(tokens_per_s: float) -> str:
    return f"{tokens_per_s:.1f}" if tokens_per_s < 9.95 else f"{tokens_per_s:.0f}"


def first_words(text: str, letters: int = 60) -> str:
    """The beginning of a text on one line, cut at a word, without control characters."""
    start = " ".join(text[: 8 * letters].split())
    line = "".join(letter for letter in start if letter.isprintable())
    if len(line) <= letters:
        return line
    cut = line[: letters - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[letters // 2 :] else cut}…"
