"""What blocks become: flat pieces that keep every letter and give nothing away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.chat.markdown import MarkdownReader
from ui.chat.pieces import Code, Paragraph, Piece, Rule, Table, pieces_of


def pieces(text: str) -> tuple[Piece, ...]:
    return pieces_of(text, MarkdownReader())


def text_of(text: str) -> str:
    return "\n".join(piece.text for piece in pieces(text) if isinstance(piece, Paragraph))


def links(text: str) -> set[str]:
    return {run.href for piece in pieces(text) if isinstance(piece, Paragraph) for run in piece.runs if run.href}


def test_code_like_text_stays_as_it_is() -> None:
    text = "A List<String>, a vector<std::string> and <b>bold</b> and <script>alert(1)</script> &c"
    assert text_of(text) == text
    assert links(text) == set()


@given(st.text("abc <>&{}()=;:/\"'", max_size=40).filter(lambda text: text == text.strip() and "\n" not in text))
def test_text_without_marks_comes_out_as_it_went_in(text: str) -> None:
    if not text.startswith((">", "=", ":")):
        assert text_of(text) == text


def test_list_is_flattened_with_markers_and_its_code_becomes_a_piece() -> None:
    found = pieces("3. one\n   ```py\n   x\n   ```\n   after\n4. two\n   - deep\n")
    assert [(piece.marker, piece.indent, piece.text) for piece in found if isinstance(piece, Paragraph)] == [
        ("3.", 1, "one"),
        ("", 1, "after"),
        ("4.", 1, "two"),
        ("–", 2, "deep"),
    ]
    assert found[1] == Code("x", "py")


def test_item_that_holds_only_code_keeps_its_marker() -> None:
    found = pieces("1. ```\n   x\n   ```\n")
    assert isinstance(found[0], Paragraph)
    assert (found[0].marker, found[1]) == ("1.", Code("x"))


def test_table_keeps_cells_and_alignments() -> None:
    (table,) = pieces("| a | b |\n|---|--:|\n| 1 | `2` |\n")
    assert isinstance(table, Table)
    assert table.alignments == ("left", "right")
    assert [["".join(run.text for run in cell) for cell in row] for row in table.rows] == [["a", "b"], ["1", "2"]]
    assert table.rows[1][1][0].code


def test_rule_under_a_paragraph_does_not_make_it_a_heading() -> None:
    paragraph, rule = pieces("text\n---\n")
    assert isinstance(paragraph, Paragraph)
    assert (paragraph.level, rule) == (0, Rule())


def test_link_shows_its_target_where_the_text_is_another() -> None:
    assert text_of("see [the docs](http://evil.example/x)") == "see the docs (http://evil.example/x)"
    assert text_of("see <http://a.example>") == "see <http://a.example>"


def test_only_web_addresses_become_links() -> None:
    text = "[a](http://a.example) [b](javascript:x) [c](file:///etc/passwd) [d](src/x.py) [e](data:text/html,x)"
    assert links(text) == {"http://a.example"}
    for target in ("javascript:x", "file:///etc/passwd", "src/x.py", "data:text/html,x"):
        assert target in text_of(text)


def test_bare_address_is_a_link_without_the_full_stop() -> None:
    assert links("Look at https://a.example/b_c?d=e.") == {"https://a.example/b_c?d=e"}
    assert links("`https://a.example`") == set()


def test_image_is_shown_as_it_was_written() -> None:
    assert text_of("![alt](file:///tmp/x.png)") == "![alt](file:///tmp/x.png)"


def test_definition_of_a_link_stays_text() -> None:
    assert text_of("[a]: http://a.example") == "[a]: http://a.example"


def test_quotes_nested_beyond_reading_stay_as_they_were_written() -> None:
    text = "> " * 500 + "deep"
    assert text_of(text) == text


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    pieces(text)


@pytest.mark.parametrize("text", ["```\n```", "```py\n\n  \n```"])
def test_empty_fence_is_no_box(text: str) -> None:
    assert pieces(text) == ()
