"""Whether a question can be asked, and the dates of the list."""

from dataclasses import replace
from datetime import datetime

import pytest

from engine.messages.jobs import Progress
from engine.messages.prompts import PromptFormat
from tests.model_infos import model_info
from ui.chat.availability import availability
from ui.chat.chat_rows import when

MODEL = model_info(name="Tiny")


def test_model_that_chats_can_be_asked() -> None:
    assert availability(MODEL, None).refusal == ""


def test_model_without_chat_continues_and_says_so() -> None:
    state = availability(replace(MODEL, prompt_format=PromptFormat.COMPLETION), None)
    assert state.continues
    assert not state.refusal
    assert "not taught to answer" in state.text
    assert state.offers_models
    assert not availability(MODEL, None).continues


def test_no_model_is_refused_but_one_that_loads_can_be_waited_for() -> None:
    assert availability(None, None).refusal
    assert availability(None, Progress("j", "Reading weights", 1, 2)).refusal == ""


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 23, 9, 5), "09:05"),
        (datetime(2026, 11, 22, 23, 0), "Sun"),
        (datetime(2026, 11, 3), "3 Nov"),
        (datetime(2025, 11, 3), "3 Nov 2025"),
    ],
)
def test_dates_are_short(moment: datetime, words: str) -> None:
    assert when(moment, datetime(2026, 11, 23, 14, 0)) == words
