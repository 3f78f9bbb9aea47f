"""How an answer grows from its job's events."""

from dataclasses import replace

from engine.answers import Answer, AnswerState, fold
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import PromptBuilt, Stop, TextDelta, Usage
from engine.messages.jobs import Failed, Finished, Progress
from engine.messages.project import Counted

USAGE = Usage(prompt_tokens=10, reused=4, computed=6, generated=3, context_tokens=99, prefill_ms=1.0, decode_ms=2.0)


def folded(*events: object) -> Answer:
    answer = Answer(7, model_name="m")
    for event in events:
        answer = fold(answer, event)  # type: ignore[arg-type]
    return answer


def test_fold_of_a_whole_answer_keeps_text_and_receipt() -> None:
    answer = folded(
        Progress("j", "Reading the prompt", 5, 10),
        PromptBuilt("j", 10, 4, 99, dropped_turns=2, disarmed=True, trimmed=True, seed=2**62),
        TextDelta("j", "a", 1),
        TextDelta("j", "b", 2),
        Finished("j", Stop.EOS, USAGE),
    )
    assert (answer.text, answer.state) == ("ab", AnswerState.COMPLETE)
    assert answer.receipt.usage == USAGE
    assert (answer.receipt.dropped_turns, answer.receipt.disarmed) == (2, True)
    assert (answer.receipt.trimmed, answer.receipt.seed) == (True, 2**62)


def test_progress_is_shown_while_the_prompt_is_read_and_gone_with_the_first_text() -> None:
    reading = folded(Progress("j", "Reading the prompt", 5, 10))
    assert reading.state is AnswerState.READING
    assert reading.progress is not None
    assert fold(reading, TextDelta("j", "a", 1)).progress is None


def test_cancelled_answer_keeps_its_text_as_stopped() -> None:
    answer = folded(TextDelta("j", "half", 1), Finished("j", Stop.CANCELLED))
    assert (answer.text, answer.state) == ("half", AnswerState.STOPPED)


def test_failed_answer_keeps_its_text_and_the_reason() -> None:
    error = ErrorReport(ErrorCode.OUT_OF_MEMORY, "The memory ran out.")
    answer = folded(TextDelta("j", "half", 1), Failed("j", error))
    assert (answer.text, answer.state, answer.error) == ("half", AnswerState.FAILED, error)


def test_event_of_another_kind_changes_nothing() -> None:
    answer = folded(TextDelta("j", "a", 1))
    assert fold(answer, Counted("j", 3)) == answer


def test_receipt_of_the_packing_survives_the_job() -> None:
    packed = replace(Answer(1), receipt=replace(Answer(1).receipt, files_packed=3, left_out=("a.py",)))
    answer = fold(fold(packed, PromptBuilt("j", 1, 0, 9)), Finished("j", Stop.LENGTH, USAGE))
    assert (answer.receipt.files_packed, answer.receipt.left_out, answer.receipt.stop) == (3, ("a.py",), Stop.LENGTH)
