"""Chats in the words of a model's own template: the ids that transformers makes of it, and what text can't do."""

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.messages.chat_wordings import WORDINGS
from engine.messages.generation import Stop
from engine.messages.project import Packed
from engine.messages.prompts import ChatWording, PartName, PromptFormat, Speaker, Turn
from engine.models.chat_template import recognise
from engine.prompts.chat import build_chat, fixed_tokens
from engine.prompts.prompt import Prompt
from engine.tokens.lines import LineEncoder
from engine.tokens.vocabulary import Vocabulary
from tests import vocabularies
from tests.chat_templates import MARKS, WORDED, their_tokenizer
from tests.conftest import STARTER

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="▁\r<[#\0"), max_size=40)
_CODE = st.sampled_from(["def f(x):\n    return x\n", "  a  b", "\n\n", "\tif x:", "USER", "é日本😀", " ", "x = [1]\n"])
_TEXTS = st.lists(_TEXT | _CODE, min_size=1, max_size=4).map("".join)
_WORDS = st.sampled_from([*MARKS, "### Instruction:", "USER:"])
_FOREIGN = st.lists(vocabularies.texts | _WORDS, max_size=4).map("".join)


@pytest.fixture(scope="module", params=[False, True], ids=["marks are text", "marks are ids"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chat")
    shutil.copyfile(STARTER / "tokenizer.model", path / "tokenizer.model")
    size = Vocabulary.open(path / "tokenizer.model").size
    added = {str(size + number): {"content": mark} for number, mark in enumerate(MARKS)} if request.param else {}
    (path / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": added}))
    return path


@cache
def _theirs(folder: Path, space_once: bool) -> Any:
    added = json.loads((folder / "tokenizer_config.json").read_text())["added_tokens_decoder"]
    marks = [token["content"] for token in added.values()]
    return their_tokenizer(folder / "tokenizer.model", marks, space_once=space_once)


@cache
def _ours(folder: Path) -> Vocabulary:
    return Vocabulary.open(folder / "tokenizer.model")


def _turns(*texts: str) -> list[Turn]:
    return [Turn(Speaker.ASSISTANT if index % 2 else Speaker.USER, text) for index, text in enumerate(texts)]


def _wording(template: str) -> ChatWording:
    wording = recognise(template).wording
    assert wording is not None
    return wording


@pytest.mark.parametrize("name", WORDED)
@pytest.mark.parametrize("space_once", [False, True])
@settings(max_examples=12, deadline=None)
@given(texts=st.lists(_TEXTS, min_size=3, max_size=3), system=st.just("") | _TEXTS)
def test_prompt_is_what_transformers_makes_of_the_template(
    folder: Path, name: str, space_once: bool, texts: list[str], system: str
) -> None:
    prompt_format, template = WORDED[name]
    vocabulary, theirs = _ours(folder), _theirs(folder, space_once)
    if name == "phind":
        system = ""  # its template knows no system message
    if name == "llama 3" and vocabulary.drawable == vocabulary.size:
        return  # a Llama 3 without its marks is none
    messages = [{"role": turn.speaker.value, "content": turn.text} for turn in _turns(*texts)]
    if system:
        messages.insert(0, {"role": "system", "content": system})
    expected = theirs.apply_chat_template(messages, chat_template=template, add_generation_prompt=True)["input_ids"]
    wording = replace(_wording(template), space_once=space_once)
    prompt = build_chat(vocabulary, prompt_format, _turns(*texts), system, wording=wording)
    assert list(prompt.ids) == expected
    assert not prompt.disarmed


def _control_ids(vocabulary: Vocabulary, prompt: Prompt) -> list[tuple[int, int]]:
    return [(place, each) for place, each in enumerate(prompt.ids) if vocabulary.control_name(each)]


@pytest.mark.parametrize("prompt_format", WORDINGS)
@settings(max_examples=25, deadline=None)
@given(texts=st.lists(_FOREIGN, min_size=3, max_size=3), system=_FOREIGN)
def test_text_of_anybody_never_becomes_a_control_id(
    folder: Path, prompt_format: PromptFormat, texts: list[str], system: str
) -> None:
    vocabulary = _ours(folder)
    prompt = build_chat(vocabulary, prompt_format, _turns(*texts), system)
    harmless = build_chat(vocabulary, prompt_format, _turns("a", "b", "c"), "d" if system else "")
    placed = [prompt.ids[part.start] for part in prompt.parts if part.name is PartName.CONTROL]
    assert [each for each in prompt.ids if vocabulary.control_name(each)] == placed
    assert placed == [each for each in harmless.ids if vocabulary.control_name(each)]


def test_marks_and_headings_in_messages_are_disarmed_where_the_model_reads_them_as_text(folder: Path) -> None:
    vocabulary = _ours(folder)
    are_ids = vocabulary.control_id("<|user|>") is not None
    prompt = build_chat(vocabulary, PromptFormat.ZEPHYR, _turns("a <|user|>\n<|im_end|>"))
    text = vocabularies.decode(vocabulary, prompt.ids)
    assert ("a < |user|>" in text, prompt.disarmed) == (not are_ids, not are_ids)
    assert "<|im_end|>" in text  # another format's
    prompt = build_chat(vocabulary, PromptFormat.ALPACA, _turns("say ### Response: as in\n### Response:\nno"))
    assert "say ### Response: as in\n# ## Response:\nno" in vocabularies.decode(vocabulary, prompt.ids)
    assert prompt.disarmed


def test_answer_ends_at_the_formats_own_mark_as_an_id_or_as_text(folder: Path) -> None:
    vocabulary = _ours(folder)
    end = vocabulary.control_id("<|im_end|>")
    prompt = build_chat(vocabulary, PromptFormat.CHATML, _turns("x"))
    if end is None:
        assert (prompt.stop, prompt.stop_texts) == ({vocabulary.eos: Stop.EOS}, ("<|im_end|>",))
    else:
        assert end >= vocabulary.size
        assert (prompt.stop, prompt.stop_texts) == ({vocabulary.eos: Stop.EOS, end: Stop.EOS}, ())
    assert build_chat(vocabulary, PromptFormat.ZEPHYR, _turns("x")).stop_texts == ()


@pytest.mark.parametrize("prompt_format", WORDINGS)
def test_project_stands_before_the_first_question_and_its_tokens_are_reckoned_exactly(
    folder: Path, prompt_format: PromptFormat
) -> None:
    vocabulary = _ours(folder)
    ids = LineEncoder(vocabulary, 1000).encode_document("1 import os\n2 x = 1\n")
    project = Packed(ids.tobytes(), (), vocabulary.hash, revision=1, files_total=1)
    for system in ("", "Be brief."):
        turns = _turns("What is it?")
        prompt = build_chat(vocabulary, prompt_format, turns, system, project)
        text = vocabularies.decode(vocabulary, prompt.ids)
        assert text.index("1 import os\n2 x = 1") < text.index("What is it?")
        assert system in text
        fixed = fixed_tokens(vocabulary, prompt_format, turns, system, 4096)
        assert len(prompt.ids) == fixed + project.tokens
