"""Every prompt of the golden data, to the id."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.messages.prompts import Destination, Order, PromptFormat, Speaker, Turn
from engine.prompts.chat import build_chat
from engine.prompts.infill import build_infill
from engine.prompts.prompt import Prompt
from engine.tokens.piece_records import keep_pieces
from engine.tokens.vocabulary import Vocabulary
from tests.gguf_files import llama_vocabulary, write_vocabulary
from tests.vocabularies import decode, with_pieces

_FORMATS = {"chat": PromptFormat.INST, "turns": PromptFormat.TURNS}
_TAGS = ("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<step>")


@pytest.fixture(scope="module")
def golden(golden_folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((golden_folder / "prompts.json").read_text())
    return loaded


@pytest.fixture(scope="module", params=["tokenizer.model", "GGUF"])
def vocabularies(
    golden_folder: Path, golden: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, request: Any
) -> Any:
    """A case's vocabulary, from a SentencePiece model or from a GGUF file that was made of it.

    The golden file has no `<step>`; for the 70B cases it gets one in the place they assume.
    """
    folder = tmp_path_factory.mktemp("vocabularies")

    def open_it(path: Path) -> Vocabulary:
        if request.param == "GGUF":
            return Vocabulary.open(write_vocabulary(folder / f"{path.stem}.gguf", llama_vocabulary(path)))
        return Vocabulary.open(path)

    opened = {name: open_it(golden_folder / name) for name in golden["models"]}
    step_id = next(case["inputs"]["step_id"] for case in golden["cases"] if case["kind"] == "turns")
    path = folder / "tokenizer.model"
    model = (golden_folder / "codellama-32016.model").read_bytes()
    path.write_bytes(with_pieces(keep_pieces(model, step_id), "<step>"))
    with_step = open_it(path)
    assert with_step.step == step_id
    return lambda case: with_step if case["kind"] == "turns" else opened[case["model"]]


def _build(vocabulary: Vocabulary, case: dict[str, Any]) -> Prompt:
    inputs = case["inputs"]
    if case["kind"] == "infill":
        return build_infill(vocabulary, inputs["prefix"], inputs["suffix"], Order(inputs["order"]))
    messages = inputs["messages"]
    has_system = messages[0]["role"] == "system"
    turns = [_turn(each) for each in messages[has_system:]]
    return build_chat(vocabulary, _FORMATS[case["kind"]], turns, messages[0]["content"] if has_system else "")


def _turn(message: dict[str, str]) -> Turn:
    destination = Destination(message.get("destination", Destination.NONE))
    return Turn(Speaker(message["role"]), message["content"], destination)


def test_prompts_are_those_of_the_golden_data(
    golden: dict[str, Any], vocabularies: Any, subtests: pytest.Subtests
) -> None:
    assert len(golden["cases"]) >= 60
    for case in golden["cases"]:
        with subtests.test(case["name"]):
            prompt = _build(vocabularies(case), case)
            assert list(prompt.ids) == case["ids"]
            assert not prompt.disarmed


def test_a_conversation_of_the_window_is_addressed_as_the_authors_program_does(
    golden: dict[str, Any], vocabularies: Any
) -> None:
    case = next(case for case in golden["cases"] if case["name"] == "turns/two-turns")
    turns = [Turn(Speaker(each["role"]), each["content"]) for each in case["inputs"]["messages"]]
    assert list(build_chat(vocabularies(case), PromptFormat.TURNS, turns).ids) == case["ids"]


def test_tags_in_messages_are_disarmed(golden: dict[str, Any], vocabularies: Any, subtests: pytest.Subtests) -> None:
    for case in golden["tag_cases"]:
        with subtests.test(case["name"]):
            vocabulary = vocabularies(case)
            prompt = _build(vocabulary, case)
            assert prompt.disarmed
            assert list(prompt.ids) != case["never_ids"]
            harmless = _build(vocabulary, case | {"inputs": _without_tags(case["inputs"])})
            for tag in _TAGS:
                assert decode(vocabulary, prompt.ids).count(tag) == decode(vocabulary, harmless.ids).count(tag)


def _without_tags(inputs: dict[str, Any]) -> dict[str, Any]:
    messages = [each | {"content": "harmless"} for each in inputs["messages"]]
    return inputs | {"messages": messages}
