"""Colours follow edits: after any of them each line looks as if the file had been opened like this."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QTextCursor, QTextDocument
from pytestqt.qtbot import QtBot

from ui.code.highlighter import MAX_CHARS, MAX_LINE_CHARS, Highlighter
from ui.code.line_layout import code_document
from ui.theme.colours import DARK, LIGHT

CODE = '"""One\ntwo"""\n\n\ndef f(a):\n    """Doc."""\n    return "😀", a  # é\n\n\nclass A:\n    x = 1\n'


def coloured(text: str, file_name: str = "a.py") -> tuple[QTextDocument, Highlighter]:
    document = code_document(QFont())
    document.setPlainText(text)
    return document, Highlighter(document, file_name, DARK, settle_ms=0)


def looks(document: QTextDocument) -> list[list[tuple[int, int, str]]]:
    found = []
    block = document.begin()
    while block.isValid():
        parts = [
            (part.start, part.length, part.format.foreground().color().name()) for part in block.layout().formats()
        ]
        found.append(parts)
        block = block.next()
    return found


def test_colours_when_an_emoji_stands_before_count_utf16_units(qtbot: QtBot) -> None:
    document, highlighter = coloured(CODE)
    qtbot.waitUntil(lambda: highlighter.is_done)
    comment = looks(document)[6][-1]
    line = document.findBlockByNumber(6).text()
    assert comment == (line.index("#") + 1, 3, DARK.syntax.comment.lower())
    assert not document.isUndoAvailable()


edits = st.lists(
    st.tuples(
        st.integers(0, 120), st.integers(0, 12), st.sampled_from(["", '"', '"""', "\n", "#", "x", "\n\n(", "😀"])
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_colours_after_edits_equal_those_of_a_fresh_file(qtbot: QtBot, edits: list[tuple[int, int, str]]) -> None:
    document, highlighter = coloured(CODE)
    for place, length, text in edits:
        cursor = QTextCursor(document)
        most = document.characterCount() - 1
        cursor.setPosition(min(place, most))
        cursor.setPosition(min(place + length, most), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
    fresh, other = coloured("")
    fresh.setPlainText(document.toPlainText())
    qtbot.waitUntil(lambda: highlighter.is_done and other.is_done)
    assert looks(document) == looks(fresh)


def test_colours_when_a_closing_quote_changes_what_an_earlier_line_means_settle(qtbot: QtBot) -> None:
    document, highlighter = coloured(CODE)
    for place, text in ((0, '"""'), (47, "\n"), (48, '"')):
        cursor = QTextCursor(document)
        cursor.setPosition(place)
        cursor.setPosition(place + (10 if place == 0 else 0), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
    fresh, other = coloured(document.toPlainText())
    qtbot.waitUntil(lambda: highlighter.is_done and other.is_done)
    assert looks(document) == looks(fresh)


def test_colours_after_undo_equal_those_before(qtbot: QtBot) -> None:
    document, highlighter = coloured(CODE)
    qtbot.waitUntil(lambda: highlighter.is_done)
    before = looks(document)
    cursor = QTextCursor(document)
    cursor.insertText('"""')
    qtbot.waitUntil(lambda: highlighter.is_done)
    assert looks(document) != before
    document.undo()
    qtbot.waitUntil(lambda: highlighter.is_done)
    assert looks(document) == before


def test_colours_when_file_is_long_come_in_slices_and_edits_between_them_count(qtbot: QtBot) -> None:
    document, highlighter = coloured("x = f(1)  # one\n" * 4000)
    assert not highlighter.is_done  # the first slice leaves the window free
    QTextCursor(document).insertText('"""')
    qtbot.waitUntil(lambda: highlighter.is_done)
    assert {tuple(parts) for parts in looks(document)[1:4000]} == {((0, 15, DARK.syntax.string.lower()),)}
    document.undo()
    qtbot.waitUntil(lambda: highlighter.is_done)
    assert all(len(parts) > 1 for parts in looks(document)[:4000])


def test_colours_when_theme_changes_are_the_other_themes(qtbot: QtBot) -> None:
    document, highlighter = coloured("# a\n")
    highlighter.set_colours(LIGHT)
    assert looks(document)[0] == [(0, 3, LIGHT.syntax.comment.lower())]


@pytest.mark.parametrize("text", ["x" * (MAX_LINE_CHARS + 1), "x = 1\n" * (MAX_CHARS // 6 + 1)])
def test_colours_when_file_would_freeze_the_window_stay_off(qtbot: QtBot, text: str) -> None:
    document, highlighter = coloured(text)
    assert highlighter.is_off
    document.setPlainText("x = 1\n")
    assert not highlighter.is_off
    assert looks(document)[0]


def test_colours_when_the_lexer_cannot_resume_start_over(qtbot: QtBot) -> None:
    document, highlighter = coloured("a: 1\nb: 'two'\n", "a.yaml")
    cursor = QTextCursor(document)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.insertText("# end\n")
    qtbot.waitUntil(lambda: highlighter.is_done)
    assert looks(document)[2] == [(0, 5, DARK.syntax.comment.lower())]


def test_colours_when_the_file_is_renamed_are_those_of_its_new_kind(qtbot: QtBot) -> None:
    document, highlighter = coloured("# a\n")
    highlighter.set_file_name("a.unheard-of")
    assert looks(document)[0] == []
    highlighter.set_file_name("a.sh")
    assert looks(document)[0] == [(0, 3, DARK.syntax.comment.lower())]


def test_colours_when_kind_of_file_is_unknown_are_none(qtbot: QtBot) -> None:
    document, highlighter = coloured("x", "a.unheard-of")
    assert highlighter.is_off
    assert looks(document) == [[]]
