"""The turns of a conversation that the model reads, and its title; without Qt."""

from collections.abc import Sequence

from app.chat.store.records import Message
from engine.answers import Answer, Entry, Question
from engine.messages.prompts import Speaker, Turn
from ui.chat.wording import first_words


def turns_of(messages: Sequence[Message]) -> tuple[Turn, ...]:
    """The branch that ends with a question, as alternating turns.

    An answer that was cut short counts with the text it has. If an answer never began, its question is joined with the
    next one: chat formats have no place for two questions in a row, and an empty answer would invite another one.
    """
    turns: list[Turn] = []
    for message in messages:
        if message.speaker is Speaker.ASSISTANT and not message.text.strip():
            continue
        if turns and turns[-1].speaker is message.speaker:
            turns[-1] = Turn(message.speaker, f"{turns[-1].text}\n\n{message.text}")
        else:
            turns.append(Turn(message.speaker, message.text))
    return tuple(turns)


def title_of(question: str) -> str:
    """A conversation's title: the first words of its first question."""
    return first_words(question) or "Untitled"


def entry_of(message: Message) -> Entry:
    """A stored message as the transcript shows it."""
    if message.speaker is Speaker.USER:
        return Question(message.id, message.text)
    return Answer(
        id=message.id,
        text=message.text,
        state=message.state,
        model_name=message.model_name,
        version=message.version,
        versions=message.versions,
        receipt=message.receipt,
        error=message.error,
    )
