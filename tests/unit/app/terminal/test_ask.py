"""`lacuna ask` on a scripted engine."""

from dataclasses import replace

import pytest

from app.terminal import ask
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Chat
from engine.messages.machine import LoadModel
from engine.messages.prompts import Speaker, Turn
from engine.settings import Sampling
from tests.scripted_terminal import TerminalRun


def _ask(
    terminal: TerminalRun, *argv: str, stdin: bytes | None = b"", as_json: bool = False, verbose: bool = False
) -> int:
    return terminal.run(ask.add_options, ask.run, *argv, stdin=stdin, as_json=as_json, verbose=verbose)


def _asked(terminal: TerminalRun) -> Chat:
    request = terminal.engine.requests[-1]
    assert isinstance(request, Chat)
    return request


def test_answer_is_written_as_it_comes_and_standard_error_stays_clean(terminal: TerminalRun) -> None:
    assert _ask(terminal, "What?") == 0
    assert terminal.out.getvalue() == "Hello"
    assert terminal.err.getvalue() == ""
    load, _ = terminal.engine.requests
    assert isinstance(load, LoadModel)
    assert not load.is_starter


def test_json_has_a_line_for_each_text_and_the_figures_last(terminal: TerminalRun) -> None:
    assert _ask(terminal, "What?", as_json=True) == 0
    assert terminal.records == [
        {"event": "text", "text": "Hel"},
        {"event": "text", "text": "lo"},
        {"event": "finished", "stop": "eos", "tokens": 3, "reused": 3, "computed": 7},
    ]


def test_notes_tell_device_warnings_and_what_was_cut_when_asked_for(terminal: TerminalRun) -> None:
    _ask(terminal, "What?", verbose=True)
    for part in ("float32", "There is no GPU.", "This processor is slow.", "only the part that matters most"):
        assert part in terminal.err.getvalue()


def test_options_override_the_persons_settings_and_the_rest_is_kept(terminal: TerminalRun) -> None:
    own = Sampling(temperature=0.7, top_p=0.5, max_tokens=99, seed=1)
    terminal.settings = replace(terminal.settings, chat=own, system_prompt="Be brief.")
    _ask(terminal, "--temperature", "0", "--max-tokens", "5", "What?")
    assert _asked(terminal).sampling == Sampling(temperature=0, top_p=0.5, max_tokens=5, seed=1)
    assert _asked(terminal).system == "Be brief."


@pytest.mark.parametrize("argv", [(), ("-",)])
def test_question_comes_from_standard_input_where_none_is_given(terminal: TerminalRun, argv: tuple[str, ...]) -> None:
    _ask(terminal, *argv, stdin="Was heißt „lacuna“?\n".encode())
    assert _asked(terminal).turns == (Turn(Speaker.USER, "Was heißt „lacuna“?\n"),)


def test_missing_question_at_a_keyboard_is_an_error_and_not_a_wait(terminal: TerminalRun) -> None:
    with pytest.raises(LacunaError) as caught:
        _ask(terminal, stdin=None)
    assert caught.value.report.code is ErrorCode.USAGE


@pytest.mark.parametrize(
    ("argv", "stdin", "part"),
    [
        (("  ",), b"", "empty"),
        ((), b"", "empty"),
        ((), b"\x00\x01\x02", "not text"),
        (("--max-tokens", "0", "What?"), b"", "length"),
        (("--temperature", "9", "What?"), b"", "Temperature"),
        (("--temperature", "nan", "What?"), b"", "Temperature"),
        (("--seed", "-1", "What?"), b"", "seed"),
    ],
)
def test_bad_input_is_told_before_a_model_is_loaded(
    terminal: TerminalRun, argv: tuple[str, ...], stdin: bytes, part: str
) -> None:
    with pytest.raises(LacunaError) as caught:
        _ask(terminal, *argv, stdin=stdin)
    assert part in caught.value.report.sentence
    assert terminal.engine.requests == []


def test_failed_answer_is_raised_with_what_came_before_it_written(terminal: TerminalRun) -> None:
    with pytest.raises(LacunaError, match="too long"):
        _ask(terminal, "FAIL")


def test_cancelled_answer_keeps_its_figures_and_ends_with_130(terminal: TerminalRun) -> None:
    assert _ask(terminal, "STOP", as_json=True) == 130
    assert terminal.records[-1] == {"event": "finished", "stop": "cancelled", "tokens": 3, "reused": 3, "computed": 7}
