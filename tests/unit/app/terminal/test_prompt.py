"""`lacuna prompt`: every golden case to the id over standard input, and a sentence for each line that is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.terminal import prompt
from engine.errors import ErrorCode, LacunaError
from engine.messages.prompts import PromptFormat, Speaker, Turn
from engine.prompts.chat import build_chat
from engine.tokens.vocabulary import Vocabulary
from tests.gguf_files import llama_vocabulary, write_vocabulary
from tests.scripted_terminal import TerminalRun


def _answers(terminal: TerminalRun, tokenizer: Path, *lines: bytes) -> list[dict[str, Any]]:
    argv = ("--tokenizer", str(tokenizer), "--jsonl")
    assert terminal.run(prompt.add_options, prompt.run, *argv, stdin=b"\n".join(lines)) == 0
    return terminal.records


@pytest.mark.parametrize("model", ["llama2.model", "codellama-32016.model"])
def test_golden_cases_come_out_to_the_id(terminal: TerminalRun, golden_folder: Path, model: str) -> None:
    golden = json.loads((golden_folder / "prompts.json").read_text())
    cases = [case for case in golden["cases"] if case["model"] == model]
    assert cases
    lines = [json.dumps({name: case[name] for name in ("name", "kind", "inputs")}).encode() for case in cases]
    expected = [{"name": case["name"], "ids": case["ids"]} for case in cases]
    assert _answers(terminal, golden_folder / model, *lines) == expected


def test_case_with_a_lone_surrogate_and_crlf_is_answered(terminal: TerminalRun, starter_folder: Path) -> None:
    line = rb'{"name": "\ud800", "kind": "chat", "inputs": {"messages": [{"role": "user", "content": "a\r\n\udc80"}]}}'
    path = starter_folder / "tokenizer.model"
    turn = Turn(Speaker.USER, "a\n\ufffd")
    ids = build_chat(Vocabulary.open(path), PromptFormat.INST, [turn]).ids
    assert _answers(terminal, path, line) == [{"name": "\ud800", "ids": list(ids)}]


def _case(kind: str, **inputs: object) -> bytes:
    return json.dumps({"name": "n", "kind": kind, "inputs": inputs}).encode()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (_case("chat", messages=[{"role": "assistant", "content": "x"}]), "alternate"),
        (_case("chat", messages=[]), "alternate"),
        (_case("turns", messages=[{"role": "user", "content": "x"}]), "<step>"),
    ],
)
def test_refused_case_is_answered_with_the_reason(
    terminal: TerminalRun, starter_folder: Path, line: bytes, words: str
) -> None:
    (answer,) = _answers(terminal, starter_folder / "tokenizer.model", line)
    assert set(answer) == {"name", "error"}
    assert answer["name"] == "n"
    assert words in answer["error"]


_USER = {"role": "user", "content": "x"}


@pytest.mark.parametrize(
    ("line", "name", "words"),
    [
        (b"{", None, "not JSON"),
        (b"[" * 100_000, None, "not JSON"),
        (b"[1]", None, "not a JSON object"),
        (b'"\xff"', None, "not UTF-8"),
        (b'{"name": "n"}', "n", '"inputs"'),
        (_case("poem"), "n", '"kind"'),
        (_case("chat"), "n", '"messages"'),
        (_case("chat", messages=[1]), "n", '"messages"'),
        (_case("chat", messages=[{"role": "user"}]), "n", '"content"'),
        (_case("chat", messages=[_USER | {"role": "robot"}]), "n", '"role"'),
        (_case("chat", messages=[_USER | {"destination": ["user"]}]), "n", '"destination"'),
        (_case("turns", messages=[_USER], step_id=True), "n", '"step_id"'),
        (_case("turns", messages=[_USER], step_id=10), "n", '"step_id"'),
        (_case("infill", prefix="a", order="psm"), "n", '"suffix"'),
        (_case("infill", prefix="a", suffix="b", order="PSM"), "n", '"order"'),
    ],
)
def test_malformed_line_is_told_with_its_number_and_stops_nothing(
    terminal: TerminalRun, starter_folder: Path, line: bytes, name: str | None, words: str
) -> None:
    good = _case("chat", messages=[_USER])
    told = _answers(terminal, starter_folder / "tokenizer.model", good, b"", line, good)
    assert [set(answer) for answer in told] == [{"name", "ids"}, {"name", "line", "error"}, {"name", "ids"}]
    assert told[1]["name"] == name
    assert told[1]["line"] == 3
    assert told[1]["error"].startswith("Line 3: ")
    assert words in told[1]["error"]


def test_tokenizer_that_is_none_is_told_by_name(terminal: TerminalRun, tmp_path: Path) -> None:
    with pytest.raises(LacunaError) as caught:
        terminal.run(prompt.add_options, prompt.run, "--tokenizer", str(tmp_path / "no.model"), "--jsonl")
    assert caught.value.report.code is ErrorCode.MODEL_INVALID
    assert "no.model" in caught.value.report.sentence


def test_a_gguf_file_is_its_own_tokenizer(terminal: TerminalRun, starter_folder: Path, tmp_path: Path) -> None:
    path = write_vocabulary(tmp_path / "model.gguf", llama_vocabulary(starter_folder / "tokenizer.model"))
    line = _case("chat", messages=[{"role": "user", "content": "Hello."}])
    (of_file,) = _answers(terminal, path, line)
    assert _answers(terminal, starter_folder / "tokenizer.model", line)[-1] == of_file
