"""A prompt as pages and rows."""

from engine.messages.prompts import PartName, PromptPart
from ui.prompt.explained import ExplainedPrompt, ids_page, part_rows, text_page

PROMPT = ExplainedPrompt(
    "Tiny",
    (1, 518, 9, 10, 2, 1, 7),
    ("<s>", " [", "", "😀", "</s>", "<s>", "<s>\r\n"),
    (0, 4, 5),
    (
        PromptPart(PartName.CONTROL, 0, 1),
        PromptPart(PartName.SYSTEM, 1, 2),
        PromptPart(PartName.PROJECT, 2, 3, "a\ud800\n.py"),
        PromptPart(PartName.EXCHANGE, 3, 4),
        PromptPart(PartName.CONTROL, 4, 6),
        PromptPart(PartName.USER, 6, 7),
    ),
)


def test_text_is_exact_and_each_token_has_its_place_in_utf16_units() -> None:
    page = text_page(PROMPT)
    assert page.text == "<s> [😀</s><s><s>\u240d\n"
    assert page.borders == (0, 3, 5, 5, 7, 11, 14, 19)
    assert page.range_of(4, 6) == (7, 14)


def test_ids_have_a_line_each_and_text_that_looks_like_a_control_token_is_quoted() -> None:
    page = ids_page(PROMPT)
    lines = page.text.splitlines()
    assert lines[0].split() == ["0", "1", "<s>"]
    assert lines[2].endswith("(part of the next character)")
    assert lines[6].split() == ["6", "7", "'<s>\\r\\n'"]
    assert len(page.borders) == len(PROMPT.ids) + 1
    assert page.borders[1] == len(lines[0]) + 1


def test_rows_add_up_by_kind_and_file_and_names_cannot_break_their_line() -> None:
    rows = part_rows(PROMPT.parts)
    assert [(row.words, row.tokens) for row in rows] == [
        ("Control tokens", 3),
        ("System text", 1),
        ("a\ufffd\ufffd.py", 1),
        ("Earlier turns", 1),
        ("Question", 1),
    ]
    assert rows[0].places == ((0, 1), (4, 6))
    assert sum(row.tokens for row in rows) == len(PROMPT.ids)
