"""`lacuna prompt`: the exact token ids of prompts, case by case, to compare with another program's."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from app.terminal.inputs import json_object
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.gguf.header import is_gguf
from engine.messages.chat_wordings import WORDINGS
from engine.messages.prompts import Destination, Order, PromptFormat, Speaker, Turn
from engine.prompts.chat import build_chat
from engine.prompts.infill import build_infill
from engine.prompts.prompt import Prompt
from engine.tokens.vocabulary import Vocabulary

_Kind = TypeVar("_Kind", bound=StrEnum)
_CHATS = {"chat": PromptFormat.INST, "turns": PromptFormat.TURNS} | {each.value: each for each in WORDINGS}


def add_options(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--tokenizer", type=Path, metavar="FILE", help="a SentencePiece tokenizer.model; default: the model's own"
    )
    parser.add_argument(
        "--jsonl",
        action="store_true",
        required=True,
        help='read {"name", "kind", "inputs"} lines from standard input, write {"name", "ids"} lines, a case that is '
        'refused as {"name", "error"}; kinds: chat, turns, chatml, zephyr, alpaca, vicuna, llama3 and phind with '
        '"messages", infill with "prefix", "suffix", "order"',
    )


def run(arguments: Namespace, session: Session) -> int:
    """Answer each line with one line. Raises LacunaError if the tokenizer can't be opened."""
    model = session.model_folder
    vocabulary = Vocabulary.open(arguments.tokenizer or (model if is_gguf(model) else model / "tokenizer.model"))
    for number, line in enumerate(sys.stdin.buffer, 1):
        if line.strip():
            session.output.record(answer_line(vocabulary, line, number))
    return 0


def answer_line(vocabulary: Vocabulary, line: bytes, number: int) -> dict[str, object]:
    """The answer to a line; a malformed line is reported with its number."""
    try:
        case = json_object(line)
    except LacunaError as error:
        return {"name": None, "line": number, "error": f"Line {number}: {error.report.text}"}
    name = case.get("name")
    try:
        return {"name": name, "ids": list(build_case(vocabulary, case).ids)}
    except _CaseError as error:
        return {"name": name, "line": number, "error": f"Line {number}: {error.report.text}"}
    except LacunaError as error:
        return {"name": name, "error": error.report.text}


def build_case(vocabulary: Vocabulary, case: Mapping[str, object]) -> Prompt:
    """The prompt of a case. Raises LacunaError: the builders' own, and USAGE for a case of unknown form."""
    kind, inputs = case.get("kind"), case.get("inputs")
    if not isinstance(inputs, dict):
        raise _CaseError('A case needs "inputs", an object.')
    if kind == "infill":
        prefix, suffix = _text(inputs, "prefix", "A gap"), _text(inputs, "suffix", "A gap")
        return build_infill(vocabulary, prefix, suffix, _choice(Order, inputs.get("order"), "order"))
    if not isinstance(kind, str) or kind not in _CHATS:
        raise _CaseError(f'A case\'s "kind" must be {", ".join(map(json.dumps, _CHATS))} or "infill".')
    turns, system = _turns(inputs.get("messages"))
    return build_chat(vocabulary, _CHATS[kind], turns, system, step=_step(vocabulary, inputs.get("step_id")))


class _CaseError(LacunaError):
    """The error for a malformed line."""

    def __init__(self, sentence: str) -> None:
        super().__init__(ErrorCode.USAGE, sentence)


def _turns(messages: object) -> tuple[Sequence[Turn], str]:
    """The turns, and the system text if the first message has one."""
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise _CaseError('A conversation needs "messages", a list of objects.')
    has_system = bool(messages) and messages[0].get("role") == "system"
    system = _text(messages[0], "content", "A message") if has_system else ""
    return [_turn(message) for message in messages[has_system:]], system


def _turn(message: Mapping[str, object]) -> Turn:
    speaker = _choice(Speaker, message.get("role"), "role")
    given = message.get("destination")
    destination = (
        Destination.NONE if given is None else _choice((Destination.USER, Destination.ASSISTANT), given, "destination")
    )
    return Turn(speaker, _text(message, "content", "A message"), destination)


def _step(vocabulary: Vocabulary, step_id: object) -> int | None:
    """The id that a case gives for `<step>`, for tokenizers without that piece; never an id that text can produce."""
    if step_id is None:
        return None
    if type(step_id) is not int or not vocabulary.text_vocab_size <= step_id < vocabulary.size:
        raise _CaseError('"step_id" must be the id of a piece that no text is spelled with.')
    return step_id


def _text(values: Mapping[str, object], name: str, what: str) -> str:
    text = values.get(name)
    if not isinstance(text, str):
        raise _CaseError(f'{what} needs "{name}", a string.')
    return text


def _choice(known: Iterable[_Kind], given: object, name: str) -> _Kind:
    table = {member.value: member for member in known}
    if not isinstance(given, str) or given not in table:
        raise _CaseError(f'"{name}" must be {" or ".join(map(json.dumps, table))}.')
    return table[given]
