"""The words around an answer."""

from dataclasses import replace

import pytest

from engine.answers import Answer, AnswerState, Receipt
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Stop, Usage
from engine.messages.jobs import Progress
from ui.chat.wishes import ChooseModel, NewChat, Regenerate, RestartEngine, Wish
from ui.chat.wording import card_of, first_words, progress_line, receipt_line, receipt_notes

USAGE = Usage(14_312, 14_100, 212, 340, 16_384, 900.0, 339 / 38 * 1000)


def test_receipt_line_says_rate_and_reuse() -> None:
    assert receipt_line(Receipt(Stop.EOS, USAGE)) == "340 tokens, 38 a second · read 212 of 14.3k anew"


def test_receipt_line_names_what_was_sent_left_out_and_cut() -> None:
    receipt = Receipt(Stop.LENGTH, replace(USAGE, reused=0), 2, files_packed=1, left_out=("a.py", "b.py"))
    line = receipt_line(receipt)
    assert line.endswith(" · read 212 · 1 file, 2 left out · 2 earlier left out · cut at the length")


def test_receipt_line_without_usage_is_empty() -> None:
    assert receipt_line(Receipt(Stop.CANCELLED)) == ""


def test_receipt_line_of_a_single_token_claims_no_rate() -> None:
    assert receipt_line(Receipt(Stop.EOS, replace(USAGE, generated=1))).startswith("1 token · read")


def test_notes_name_what_was_left_out_changed_or_cut() -> None:
    receipt = Receipt(Stop.LENGTH, USAGE, 2, True, 12, ("a.py", "b.py", "c.py"), ("d.py",))
    notes = receipt_notes(receipt)
    assert notes[0] == "12 files were sent, 1 in part; a.py, b.py and 1 more did not fit."
    assert notes[1].startswith("2 earlier messages were left out")
    assert len(notes) == 4


def test_notes_say_what_was_left_out_of_a_continuation_and_which_seed_draws_the_answer_again() -> None:
    receipt = Receipt(Stop.EOS, USAGE, trimmed=True, seed=2**63 - 1)
    trimmed, seed = receipt_notes(receipt)
    assert trimmed.startswith("The beginning of the text was left out")
    assert f"seed {2**63 - 1}" in seed
    assert receipt_line(receipt).endswith("beginning left out")


def test_note_on_a_name_that_is_no_text_can_be_shown() -> None:
    (note,) = receipt_notes(Receipt(files_packed=1, left_out=("a\udcff\n.py",)))
    assert note == "1 file was sent; a\ufffd\ufffd.py did not fit."
    note.encode()


def test_whole_answer_has_no_card_and_no_notes() -> None:
    assert card_of(Answer(1, "x", AnswerState.COMPLETE)) is None
    assert receipt_notes(Receipt(Stop.EOS, USAGE)) == ()


@pytest.mark.parametrize(
    ("code", "wish"),
    [
        (ErrorCode.PROCESS_GONE, RestartEngine()),
        (ErrorCode.MODEL_NOT_LOADED, ChooseModel()),
        (ErrorCode.PROMPT_TOO_LONG, NewChat()),
        (ErrorCode.OUT_OF_MEMORY, Regenerate()),
        (ErrorCode.INTERNAL, Regenerate()),
    ],
)
def test_card_of_a_failure_offers_what_helps(code: ErrorCode, wish: Wish) -> None:
    card = card_of(Answer(1, state=AnswerState.FAILED, error=ErrorReport(code, "It failed.", "Do this.")))
    assert card is not None
    assert (card.sentence, card.next_step, card.buttons[0].wish) == ("It failed.", "Do this.", wish)


def test_progress_line_says_how_long_it_takes() -> None:
    assert progress_line(Progress("j", "Reading the prompt", 1200, 3300, "tokens", rate=175)) == (
        "Reading the prompt · 1.2k of 3.3k tokens · 12 s left"
    )
    assert progress_line(Progress("j", "Starting", 0, 0)) == "Starting"


def test_first_words_are_one_plain_line() -> None:
    assert first_words("  How\n\tdo I\x00 sort?  ") == "How do I sort?"
    assert first_words("word " * 40, 20) == "word word word…"
    assert len(first_words("x" * 500, 20)) == 20
