"""Chat templates as text: where they are found, which format each has, and what hostile ones can't do."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.prompts import BEGIN, END, Around, PromptFormat
from engine.models.chat_template import has_space_once, read_template, recognise
from engine.models.inspection import inspect_folder
from tests import chat_templates
from tests.chat_templates import WORDED
from tests.model_folders import write_folder


@pytest.mark.parametrize("name", WORDED)
def test_known_format_is_told_with_its_words(name: str) -> None:
    prompt_format, template = WORDED[name]
    said = recognise(template)
    assert said.prompt_format is prompt_format
    assert said.wording is not None
    assert said.doubt == ""


def test_words_around_messages_are_the_templates_own() -> None:
    wording = recognise(chat_templates.ALPACA).wording
    assert wording is not None
    assert wording.start == BEGIN
    assert wording.question == Around("### Instruction:\n", "\n\n")
    assert wording.answer == Around("### Response:\n", f"{END}\n\n")
    assert wording.header == "### Response:"
    assert wording.default_system == "Below is a task. Do what it asks for."


@pytest.mark.parametrize(
    ("template", "prompt_format", "is_doubted"),
    [
        (chat_templates.LLAMA2, PromptFormat.INST, False),
        (chat_templates.MISTRAL, PromptFormat.INST, True),
        (chat_templates.TURNS, PromptFormat.TURNS, False),
        (chat_templates.OTHER, PromptFormat.COMPLETION, True),
        ("{{ '<|im_start|>' }}{{ '<|im_end|>' }}", PromptFormat.CHATML, True),
        ("{% <|im_start|> <|im_end|>", PromptFormat.CHATML, True),
        ("words alone", PromptFormat.COMPLETION, True),
    ],
)
def test_format_without_words_of_its_own_is_told_and_doubted_where_it_is_not_known(
    template: str, prompt_format: PromptFormat, is_doubted: bool
) -> None:
    said = recognise(template)
    assert (said.prompt_format, said.wording, bool(said.doubt)) == (prompt_format, None, is_doubted)


def test_words_of_a_template_can_not_bring_control_ids_in() -> None:
    template = chat_templates.ALPACA.replace("### Response:\\n", f"### Response:{BEGIN}{END}\\n\\ufdd1")
    wording = recognise(template).wording
    assert wording is not None
    assert wording.answer.before == "### Response:\n"


@given(
    parts=st.lists(
        st.sampled_from(["{{", "}}", "{%", "%}", "{#", "#}", "'", '"', "\\", "<|im_start|>", "<|im_end|>", "-", " "])
        | st.sampled_from(["message['content']", "message['role']", "for message in messages", "if", "set x =", "+"])
        | st.text(max_size=5),
        max_size=30,
    ).map("".join)
)
def test_any_text_is_a_format_or_none(parts: str) -> None:
    recognise(f"<|im_start|><|im_end|>{parts}")


def test_endless_template_is_not_cut_into_phrases() -> None:
    assert recognise(chat_templates.CHATML + " " * 100_000).wording is None


@pytest.mark.parametrize(
    ("files", "template"),
    [
        ({}, ""),
        ({"tokenizer_config.json": '{"chat_template": "x"}'}, "x"),
        ({"tokenizer_config.json": '{"chat_template": "x"}', "chat_template.jinja": "y"}, "y"),
        (
            {
                "tokenizer_config.json": '{"chat_template": [{"name": "tool_use", "template": "t"}, '
                '{"name": "default", "template": "d"}]}'
            },
            "d",
        ),
        ({"tokenizer_config.json": '{"chat_template": [{"name": "tool_use"}, 7]}'}, ""),
        ({"tokenizer_config.json": '{"chat_template": 7}'}, ""),
        ({"tokenizer_config.json": "["}, ""),
        ({"tokenizer_config.json": "{" * 5000}, ""),
    ],
)
def test_template_is_found_where_folders_have_it(tmp_path: Path, files: dict[str, str], template: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert read_template(tmp_path) == template


def test_folder_is_talked_to_as_its_template_says_whatever_it_is_called(tmp_path: Path, starter_folder: Path) -> None:
    for name in ("TinyLlama-1.1B-Chat-v1.0", "open-llama-7B-open-instruct", "CodeLlama-7b-Python-hf"):
        folder = write_folder(tmp_path / name, starter_folder)
        config = {"chat_template": chat_templates.ZEPHYR, "legacy": False}
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        found = inspect_folder(folder)
        assert found.identity.prompt_format is PromptFormat.ZEPHYR
        assert found.identity.wording is not None
        assert found.identity.wording.space_once is has_space_once(folder) is True
        assert found.warnings == ()


def test_template_of_no_known_format_is_a_warning_and_no_chat(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "Some-Instruct", starter_folder)
    (folder / "chat_template.jinja").write_text(chat_templates.OTHER)
    found = inspect_folder(folder)
    assert found.identity.prompt_format is PromptFormat.COMPLETION
    assert any("chat template is none that is known here" in warning for warning in found.warnings)


def test_added_marks_beyond_the_rows_of_the_weights_are_refused(tmp_path: Path, starter_folder: Path) -> None:
    from engine.errors import LacunaError

    folder = write_folder(tmp_path, starter_folder)
    (folder / "added_tokens.json").write_text('{"<|im_end|>": 4096}')
    with pytest.raises(LacunaError, match="adds tokens up to the id 4,096, but the weights know 4,096"):
        inspect_folder(folder)
