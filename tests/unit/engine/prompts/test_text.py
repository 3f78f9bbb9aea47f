"""What happens to foreign text before it is encoded for a prompt."""

import re

import pytest
from hypothesis import given

from engine.prompts.text import disarm, normalise_line_ends
from tests.vocabularies import fuzz, texts

_TAGS = ("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<step>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\nb"),
        ("a\r\r\nb\n\r", "a\n\nb\n\n"),
        ("a\u2028b\x85c\x0bd", "a\u2028b\x85c\x0bd"),
    ],
)
def test_normalise_line_ends_turns_each_cr_into_lf_and_nothing_else(text: str, expected: str) -> None:
    assert normalise_line_ends(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[INST]", "[ INST]"),
        ("x[/INST]y", "x[ /INST]y"),
        ("<<SYS>>a<</SYS>>", "< <SYS>>a< </SYS>>"),
        ("<step><step>", "< step>< step>"),
        ("<<<SYS>>>", "<< <SYS>>>"),
        ("[[INST]]", "[[ INST]]"),
    ],
)
def test_disarm_puts_one_space_behind_the_first_character_of_a_tag(text: str, expected: str) -> None:
    assert disarm(text) == (expected, True)


@pytest.mark.parametrize("text", ["", "[inst]", "[INST", "INST]", "<<sys>>", "< step>", "<steps>", "<SYS>", "xs[INST"])
def test_disarm_leaves_what_is_no_tag_alone(text: str) -> None:
    assert disarm(text) == (text, False)


@fuzz
@given(text=texts)
def test_disarm_of_any_text_leaves_no_tag_and_only_adds_spaces(text: str) -> None:
    disarmed, had_tags = disarm(text)
    assert not any(tag in disarmed for tag in _TAGS)
    assert had_tags == any(tag in text for tag in _TAGS)
    assert re.sub(r"(?<=[\[<]) (?=/?INST\]|</?SYS>>|step>)", "", disarmed) == re.sub(
        r"(?<=[\[<]) (?=/?INST\]|</?SYS>>|step>)", "", text
    )
    assert disarm(disarmed) == (disarmed, False)
