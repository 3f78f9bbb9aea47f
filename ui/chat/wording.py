"""The words around an answer: its receipt, how far the reading is, and the card of one that did not end by itself.

Without Qt; every text is plain and shown as it is.
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Stop
from engine.messages.jobs import Progress
from ui.chat.transcript import Answer, AnswerState, Receipt
from ui.parts.figures import count, duration

_NAMED_FILES = 2


class CardAction(StrEnum):
    """What a card's button asks for."""

    REGENERATE = "regenerate"
    RESTART_ENGINE = "restart_engine"
    CHOOSE_MODEL = "choose_model"
    NEW_CHAT = "new_chat"

    @property
    def words(self) -> str:
        return {
            CardAction.REGENERATE: "Try again",
            CardAction.RESTART_ENGINE: "Restart engine",
            CardAction.CHOOSE_MODEL: "Choose a model",
            CardAction.NEW_CHAT: "New chat",
        }[self]


@dataclass(frozen=True, slots=True)
class Card:
    """What stands under an answer that did not end by itself."""

    word: str
    sentence: str
    next_step: str
    is_failure: bool
    actions: tuple[CardAction, ...]


_ACTIONS = {
    ErrorCode.PROCESS_GONE: (CardAction.RESTART_ENGINE,),
    ErrorCode.MODEL_NOT_LOADED: (CardAction.CHOOSE_MODEL,),
    ErrorCode.MODEL_MISSING: (CardAction.CHOOSE_MODEL,),
    ErrorCode.MODEL_INVALID: (CardAction.CHOOSE_MODEL,),
    ErrorCode.UNSUPPORTED: (CardAction.CHOOSE_MODEL,),
    ErrorCode.PROMPT_TOO_LONG: (CardAction.NEW_CHAT,),
    ErrorCode.OUT_OF_MEMORY: (CardAction.REGENERATE, CardAction.NEW_CHAT),
}
_WORDS = {
    ErrorCode.PROCESS_GONE: "Engine gone",
    ErrorCode.OUT_OF_MEMORY: "Out of memory",
    ErrorCode.PROMPT_TOO_LONG: "Too long",
}


def card_of(answer: Answer) -> Card | None:
    """The card of a stopped or failed answer; None for all others."""
    if answer.state is AnswerState.STOPPED:
        sentence = "The answer stays as far as it came." if answer.text else "Nothing had been written yet."
        return Card("Stopped", sentence, "", is_failure=False, actions=(CardAction.REGENERATE,))
    if answer.state is AnswerState.FAILED and answer.error is not None:
        return _failure_card(answer.error)
    return None


def _failure_card(error: ErrorReport) -> Card:
    return Card(
        word=_WORDS.get(error.code, "Failed"),
        sentence=error.sentence,
        next_step=error.next_step,
        is_failure=True,
        actions=_ACTIONS.get(error.code, (CardAction.REGENERATE,)),
    )


def receipt_line(receipt: Receipt) -> str:
    """What the answer cost, in one line: "38 tok/s · 14.1k reused · 212 computed"; empty where it is not known."""
    usage = receipt.usage
    if usage is None:
        return ""
    parts = [f"{count(usage.generated)} {'token' if usage.generated == 1 else 'tokens'}"]
    if usage.tokens_per_s > 0:
        parts.insert(0, f"{_rate(usage.tokens_per_s)} tok/s")
    parts += [f"{count(usage.reused)} reused", f"{count(usage.computed)} computed"]
    return " · ".join(parts)


def receipt_notes(receipt: Receipt) -> tuple[str, ...]:
    """Sentences on what the person would otherwise not know: text that was left out, changed or cut."""
    notes = []
    if receipt.files_packed or receipt.left_out:
        notes.append(_files_note(receipt))
    if receipt.dropped_turns:
        turns = (
            "1 earlier message was" if receipt.dropped_turns == 1 else f"{receipt.dropped_turns} earlier messages were"
        )
        notes.append(f"{turns} left out: the conversation no longer fits the model's context.")
    if receipt.disarmed:
        notes.append("Chat tags in a text were spaced out for the model, so that they cannot act as commands.")
    if receipt.stop is Stop.LENGTH:
        notes.append("Cut at the length that is set for answers.")
    if receipt.stop is Stop.CONTEXT:
        notes.append("Cut because the model's context is full. A new chat starts with an empty one.")
    return tuple(notes)


def _files_note(receipt: Receipt) -> str:
    sent = f"{receipt.files_packed} {'file was' if receipt.files_packed == 1 else 'files were'} sent"
    if receipt.partial:
        sent += f", {len(receipt.partial)} in part"
    if not receipt.left_out:
        return f"{sent}."
    return f"{sent}; {_named(receipt.left_out)} did not fit."


def _named(paths: tuple[str, ...]) -> str:
    shown = ", ".join(printable(path) for path in paths[:_NAMED_FILES])
    more = len(paths) - _NAMED_FILES
    return shown if more <= 0 else f"{shown} and {count(more)} more"


def printable(path: str) -> str:
    """A path for the screen: undecodable bytes and control characters become U+FFFD."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in path)


def progress_line(progress: Progress) -> str:
    """How far a stage is: "Reading the prompt · 1.2k of 3.3k tokens · 12 s left"."""
    parts = [progress.stage]
    if progress.total > 0:
        parts.append(f"{count(progress.done)} of {count(progress.total)} {progress.unit}".rstrip())
        if progress.rate > 0 and progress.done < progress.total:
            parts.append(f"{duration((progress.total - progress.done) / progress.rate)} left")
    return " · ".join(parts)


def _rate(tokens_per_s: float) -> str:
    return f"{tokens_per_s:.1f}" if tokens_per_s < 9.95 else f"{tokens_per_s:.0f}"


def first_words(text: str, letters: int = 60) -> str:
    """The beginning of a text in one line, cut at a word, without control characters."""
    start = " ".join(text[: 8 * letters].split())
    line = "".join(letter for letter in start if letter.isprintable())
    if len(line) <= letters:
        return line
    cut = line[: letters - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[letters // 2 :] else cut}…"
