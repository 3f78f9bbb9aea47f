"""What of a conversation goes to the model."""

from app.chat.store.records import Message
from app.chat.turns import title_of, turns_of
from engine.answers import AnswerState
from engine.messages.prompts import Speaker, Turn

USER, ASSISTANT = Speaker.USER, Speaker.ASSISTANT


def messages(*texts: str) -> list[Message]:
    return [
        Message(number, ASSISTANT if number % 2 else USER, text, AnswerState.COMPLETE)
        for number, text in enumerate(texts)
    ]


def test_turns_are_the_branch() -> None:
    assert turns_of(messages("Q1", "a1", "Q2")) == (Turn(USER, "Q1"), Turn(ASSISTANT, "a1"), Turn(USER, "Q2"))


def test_question_without_an_answer_goes_with_the_next() -> None:
    assert turns_of(messages("Q1", "", "Q2", " \n", "Q3")) == (Turn(USER, "Q1\n\nQ2\n\nQ3"),)


def test_title_is_the_first_words_in_one_line() -> None:
    assert title_of("\n  How do I\nsort <b>this</b>?") == "How do I sort <b>this</b>?"
    assert title_of("\x00") == "Untitled"
