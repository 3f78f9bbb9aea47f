"""`lacuna fill` and `lacuna complete` on a scripted engine."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.terminal import complete, fill
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Complete, Infill, Stop
from engine.messages.machine import LoadModel
from engine.messages.prompts import Order
from engine.settings import FillOrder
from tests.scripted_terminal import TerminalRun


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, ...]:
    """The options for a gap between two files: Latin-1 with CRLF, and UTF-8 with a byte order mark."""
    (tmp_path / "prefix.py").write_bytes("# Stra\xdfe, caf\xe9, \xfcber, gr\xf6\xdfer\r\nx = ".encode("latin-1"))
    (tmp_path / "suffix.py").write_bytes(b"\xef\xbb\xbf\nprint(x)\n")
    return "--prefix-file", str(tmp_path / "prefix.py"), "--suffix-file", str(tmp_path / "suffix.py")


def _fill(terminal: TerminalRun, *argv: str, stdin: bytes = b"", as_json: bool = False) -> int:
    return terminal.run(fill.add_options, fill.run, *argv, stdin=stdin, as_json=as_json)


def test_middle_is_written_verbatim_without_a_line_end(terminal: TerminalRun, sides: tuple[str, ...]) -> None:
    terminal.engine.parts = ("\t1", " \r\n ")
    terminal.engine.stop = Stop.EOT
    assert _fill(terminal, *sides) == 0
    assert terminal.out.getvalue() == "\t1 \r\n "
    request = terminal.engine.requests[-1]
    assert isinstance(request, Infill)
    assert request.prefix == "# Stra\xdfe, caf\xe9, \xfcber, gr\xf6\xdfer\r\nx = "
    assert request.suffix == "\nprint(x)\n"
    assert request.order is None


def test_json_is_one_line_with_the_middle(terminal: TerminalRun, sides: tuple[str, ...]) -> None:
    terminal.engine.stop = Stop.LENGTH
    assert _fill(terminal, *sides, "--order", "spm", as_json=True) == 0
    assert terminal.records == [{"middle": "Hello", "stop": "length", "tokens": 3, "reused": 3, "computed": 7}]
    request = terminal.engine.requests[-1]
    assert isinstance(request, Infill)
    assert request.order is Order.SPM


def test_lines_are_answered_one_by_one_on_one_loaded_model_and_bad_ones_do_not_stop_the_rest(
    terminal: TerminalRun,
) -> None:
    terminal.engine.stop = Stop.EOT
    lines = [
        b'{"id": 1, "prefix": "a", "suffix": "b"}',
        b"not json",
        b"",
        b"[" * 100_000,
        b"[1]",
        b'{"id": "x", "prefix": "a"}',
        b'{"id": "y", "prefix": "FAIL", "suffix": ""}',
        b"\xff\xfe",
        '{"id": {"n": null}, "prefix": "ä", "suffix": ""}'.encode(),
    ]
    assert _fill(terminal, "--jsonl", stdin=b"\n".join(lines)) == 1
    told = [(record["id"], record["middle"], record["stop"]) for record in terminal.records]
    bad = (None, "", "error")
    good = ("Hello", "eot")
    assert told == [(1, *good), bad, bad, bad, ("x", "", "error"), ("y", "", "error"), bad, ({"n": None}, *good)]
    assert all(("error" in record) == (record["stop"] == "error") for record in terminal.records)
    assert sum(isinstance(request, LoadModel) for request in terminal.engine.requests) == 1


def test_lines_that_can_all_be_filled_end_with_0(terminal: TerminalRun) -> None:
    assert _fill(terminal, "--jsonl", stdin=json.dumps({"id": 7, "prefix": "", "suffix": ""}).encode()) == 0
    assert [set(record) for record in terminal.records] == [{"id", "middle", "stop"}]


def test_interrupted_line_is_the_last(terminal: TerminalRun) -> None:
    lines = b'{"id": 1, "prefix": "STOP", "suffix": ""}\n{"id": 2, "prefix": "", "suffix": ""}'
    assert _fill(terminal, "--jsonl", stdin=lines) == 130
    assert terminal.records == [{"id": 1, "middle": "Hello", "stop": "cancelled"}]


def test_gap_with_one_side_only_is_refused(terminal: TerminalRun, sides: tuple[str, ...]) -> None:
    for argv in (sides[:2], sides[2:], (), ("--jsonl", *sides)):
        with pytest.raises(LacunaError) as caught:
            _fill(terminal, *argv)
        assert caught.value.report.code is ErrorCode.USAGE
    assert terminal.engine.requests == []


@pytest.mark.parametrize("kind", ["missing", "folder", "binary", "large"])
def test_file_that_is_no_text_is_told_by_name(
    terminal: TerminalRun, sides: tuple[str, ...], tmp_path: Path, kind: str
) -> None:
    bad = tmp_path / f"{kind}.py"
    match kind:
        case "folder":
            bad.mkdir()
        case "binary":
            bad.write_bytes(b"\x7fELF\0\0")
        case "large":
            with bad.open("wb") as file:
                os.truncate(file.fileno(), 50_000_000)
    with pytest.raises(LacunaError) as caught:
        _fill(terminal, "--prefix-file", str(bad), *sides[2:])
    assert caught.value.report.code is ErrorCode.FILE_UNREADABLE
    assert f"{kind}.py" in caught.value.report.sentence
    assert terminal.engine.requests == []


def test_text_is_continued_with_nothing_around_it(terminal: TerminalRun) -> None:
    assert terminal.run(complete.add_options, complete.run, "--seed", "3", stdin=b"def f():\n    ") == 0
    assert terminal.out.getvalue() == "Hello"
    request = terminal.engine.requests[-1]
    assert isinstance(request, Complete)
    assert request.text == "def f():\n    "
    assert request.sampling.seed == 3


def test_nothing_to_continue_is_refused(terminal: TerminalRun) -> None:
    with pytest.raises(LacunaError) as caught:
        terminal.run(complete.add_options, complete.run)
    assert caught.value.report.code is ErrorCode.USAGE


def test_middle_gets_the_line_ends_of_the_text_around_it(terminal: TerminalRun, tmp_path: Path) -> None:
    for name in ("p", "s"):
        (tmp_path / name).write_bytes(b"a\r\nb\r\n")
    terminal.engine.parts = ("x\n", "", "y\r", "\nz")
    assert _fill(terminal, "--prefix-file", str(tmp_path / "p"), "--suffix-file", str(tmp_path / "s")) == 0
    assert terminal.out.getvalue() == "x\r\ny\r\nz"
    terminal.out.truncate(0)
    terminal.out.seek(0)
    _fill(terminal, "--jsonl", stdin=rb'{"id": 1, "prefix": "a\r\n", "suffix": ""}')
    assert terminal.records == [{"id": 1, "middle": "x\r\ny\r\nz", "stop": "eos"}]


def test_order_is_the_options_else_that_of_the_settings(terminal: TerminalRun, sides: tuple[str, ...]) -> None:
    terminal.settings = replace(terminal.settings, fill_order=FillOrder.PSM)
    for argv, order in (((), Order.PSM), (("--order", "spm"), Order.SPM), (("--order", "auto"), None)):
        assert _fill(terminal, *sides, *argv) == 0
        request = terminal.engine.requests[-1]
        assert isinstance(request, Infill)
        assert request.order is order


def test_alternatives_come_beside_the_middle_each_with_the_line_ends_of_the_text(
    terminal: TerminalRun, sides: tuple[str, ...]
) -> None:
    assert _fill(terminal, *sides, "--alternatives", "3", as_json=True) == 0
    (record,) = terminal.records
    assert record["middle"] == "Hello"
    assert record["others"] == ["other 1\n", "other 2\n"]
    request = terminal.engine.requests[-1]
    assert isinstance(request, Infill)
    assert request.alternatives == 3


def test_alternatives_without_json_are_refused_before_a_model_is_loaded(
    terminal: TerminalRun, sides: tuple[str, ...]
) -> None:
    with pytest.raises(LacunaError, match="JSON only") as caught:
        _fill(terminal, *sides, "--alternatives", "2")
    assert caught.value.report.code is ErrorCode.USAGE
    assert terminal.engine.requests == []


def test_all_ways_to_draw_reach_the_engine(terminal: TerminalRun) -> None:
    options = ("--top-p", "0.8", "--top-k", "40", "--repetition-penalty", "1.1", "--stop", "END", "--stop", ";;")
    assert terminal.run(complete.add_options, complete.run, *options, "--logprobs", stdin=b"x", as_json=True) == 0
    request = terminal.engine.requests[-1]
    assert isinstance(request, Complete)
    sampling = request.sampling
    assert (sampling.top_p, sampling.top_k, sampling.repetition_penalty) == (0.8, 40, 1.1)
    assert sampling.stop_strings == ("END", ";;")
    texts = [record for record in terminal.records if record["event"] == "text"]
    assert [record["logprob"] for record in texts] == [-0.5] * 3  # also of one whose text waits for the next
    with pytest.raises(LacunaError, match="penalty"):
        terminal.run(complete.add_options, complete.run, "--repetition-penalty", "99", stdin=b"x")
