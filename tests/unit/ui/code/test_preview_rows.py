"""What a preview shows, and that the document it stands for can be told from it."""

from hypothesis import given
from hypothesis import strategies as st

from ui.code.gap import cut_gap
from ui.code.preview_rows import MOST_LINES_AROUND, PreviewRows, RowKind, preview_rows
from ui.parts.utf16 import utf16_length

texts = st.text(alphabet=["a", "\n", "😀"], max_size=20)


def filled(rows: PreviewRows, fill: str) -> list[tuple[str, str, str]]:
    units = rows.text.encode("utf-16-le")
    text = (units[: 2 * rows.fill_start] + fill.encode("utf-16-le") + units[2 * rows.fill_start :]).decode("utf-16-le")
    count = fill.count("\n") + 1
    return [
        (rows.label_of(row, count), rows.kind_of(row, count).value[0], line)
        for row, line in enumerate(text.split("\n"))
    ]


def test_rows_when_a_gap_in_a_line_is_filled_show_the_line_twice() -> None:
    rows = preview_rows(cut_gap("one\nx = foo(bar)\nthree", 12, 15))
    assert filled(rows, "a,\n  b") == [
        ("1", "s", "one"),
        ("2", "r", "x = foo(bar)"),
        ("+", "a", "x = foo(a,"),
        ("+", "a", "  b)"),
        ("3", "s", "three"),
    ]
    assert rows.removed == (12, 15)


def test_rows_when_only_the_cursor_marks_the_place_show_its_line_once() -> None:
    rows = preview_rows(cut_gap("one\nx = \nthree", 8, 8))
    assert filled(rows, "1\ny = 2") == [
        ("1", "s", "one"),
        ("2", "a", "x = 1"),
        ("+", "a", "y = 2"),
        ("3", "s", "three"),
    ]


@given(texts, texts, texts, texts)
def test_rows_without_the_removed_ones_are_the_document_after_accepting(
    prefix: str, middle: str, suffix: str, fill: str
) -> None:
    start, end = utf16_length(prefix), utf16_length(prefix + middle)
    shown = filled(preview_rows(cut_gap(prefix + middle + suffix, start, end)), fill)
    assert "\n".join(line for _, kind, line in shown if kind != "r") == prefix + fill + suffix
    same = [(label, line) for label, kind, line in shown if kind == "s"]
    old = (prefix + middle + suffix).split("\n")
    assert all(old[int(label) - 1] == line for label, line in same)


def test_rows_when_file_is_long_show_what_is_near() -> None:
    text = "x\n" * 9000
    rows = preview_rows(cut_gap(text, 10_000, 10_000))
    assert rows.text.count("\n") == 2 * MOST_LINES_AROUND
    assert rows.label_of(0, 1) == str(5000 - MOST_LINES_AROUND + 1)
    assert rows.kind_of(MOST_LINES_AROUND, 1) is RowKind.ADDED
