"""The transcript as a person reads it: prose, code, tables and links, while an answer streams in and after."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextCursor
from pytestqt.qtbot import QtBot

from engine.answers import Answer, AnswerState, Question, Receipt
from tests.gui.chat.stage import ICONS, MIXED, complete, settle, shown, words
from ui.chat.answer_body import AnswerBody
from ui.chat.code_block import CodeBlock
from ui.chat.pane import ChatPane
from ui.chat.pieces import Code
from ui.chat.prose_view import PROSE_LETTERS, ProseView
from ui.chat.wishes import InsertCode, OpenLink, Wish
from ui.theme.theme import Theme, find_theme


def test_continuation_is_shown_as_it_is_and_not_as_markdown(pane: ChatPane) -> None:
    text = "# no heading\n    *x* <b>y</b>\n```\n"
    answer = Answer(2, text, AnswerState.COMPLETE, receipt=Receipt(is_continuation=True))
    pane.show_chat(1, "t", (Question(1, "import os\n"), answer))
    view = pane.transcript.last_answer
    assert view is not None
    (part,) = view.body.parts
    assert isinstance(part, CodeBlock)
    assert part.text_view.toPlainText() == text


def test_question_is_shown_as_it_was_typed(pane: ChatPane) -> None:
    text = "# not a heading\n    **stars** <b>tags</b> List<String> & `ticks`\n<img src='file:///x'>"
    pane.show_chat(1, "T", [Question(1, text)])
    assert pane.transcript.views[0].findChild(ProseView).toPlainText() == text  # type: ignore[union-attr]


def test_long_question_is_folded_and_can_be_unfolded(pane: ChatPane, qtbot: QtBot) -> None:
    text = "\n".join(f"line {number}" for number in range(100_000))
    pane.show_chat(1, "T", [Question(1, text)])
    view = pane.transcript.views[0]
    assert view.findChild(ProseView).toPlainText().endswith("line 39 …")  # type: ignore[union-attr]
    view.show_all_button.click()  # type: ignore[union-attr]
    assert view._whole.toPlainText() == text  # type: ignore[union-attr]


def test_answer_becomes_prose_code_and_tables(pane: ChatPane) -> None:
    view = shown(pane, complete(MIXED))
    kinds = [type(part).__name__ for part in view.body.parts]
    assert kinds == ["ProseView", "CodeBlock", "ProseView", "TableView", "ProseView"]
    assert "List<String> and <b>bold</b> stay." in words(view)
    assert "2.\tSecond" in words(view)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, len(MIXED)), max_size=12))
def test_streamed_answer_ends_as_if_it_had_come_at_once(theme: Theme, cuts: list[int]) -> None:
    whole, streamed = AnswerBody(ICONS, theme), AnswerBody(ICONS, theme)
    whole.show_text(MIXED, is_growing=False)
    for cut in sorted(cuts):
        streamed.show_text(MIXED[:cut], is_growing=True)
    streamed.show_text(MIXED, is_growing=False)
    for one, other in zip(whole.parts, streamed.parts, strict=True):
        views = [part.text_view if isinstance(part, CodeBlock) else part for part in (one, other)]
        assert type(one) is type(other)
        assert views[0].toHtml() == views[1].toHtml()
    for body in (whole, streamed):
        body.deleteLater()


def test_settled_text_is_not_touched_while_more_comes(pane: ChatPane, qtbot: QtBot) -> None:
    text = "First paragraph.\n\n```python\nx = 1\n```\n\nLast"
    view = shown(pane, Answer(2, text, AnswerState.STREAMING))
    parts = view.body.parts
    revisions = [parts[0].document().revision(), parts[1].text_view.document().revision()]  # type: ignore[union-attr]
    view.show_answer(Answer(2, text + " words", AnswerState.COMPLETE))
    assert view.body.parts[:2] == parts[:2]
    assert [parts[0].document().revision(), parts[1].text_view.document().revision()] == revisions  # type: ignore[union-attr]
    assert words(view).endswith("Last words")


def test_text_that_streams_faster_than_frames_is_drawn_in_the_end(pane: ChatPane, qtbot: QtBot) -> None:
    text = "".join(f"word {number} " for number in range(300))
    view = shown(pane, Answer(2, "", AnswerState.STREAMING))
    for length in range(0, len(text), 7):
        pane.show_answer(Answer(2, text[:length], AnswerState.STREAMING))
    pane.show_answer(Answer(2, text, AnswerState.STREAMING))
    qtbot.waitUntil(lambda: words(view).strip() == text.strip())


def test_code_block_copies_and_inserts_the_very_text(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    code = "def f(x):\n\treturn x  # <b> & \u00e9 \U0001f600\n\n\n    pass"
    view = shown(pane, complete(f"```python\n{code}\n```\n"))
    block = view.body.parts[0]
    assert isinstance(block, CodeBlock)
    assert block.language.text() == "python"
    qtbot.mouseClick(block.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == code
    assert block.copy_button.text() == "Copied"
    qtbot.mouseClick(block.insert_button, Qt.MouseButton.LeftButton)
    assert wishes == [InsertCode(code)]


def test_code_block_knows_its_height_before_it_is_shown(theme: Theme, qtbot: QtBot) -> None:
    block = CodeBlock(ICONS, theme)
    qtbot.addWidget(block)
    block.show_code(Code("x = 1\n" * 19 + "y = 2", "python"), is_growing=False)
    assert block.text_view.heightForWidth(400) >= 20 * block.text_view.fontMetrics().lineSpacing()


def test_long_answer_is_several_parts_so_that_growing_lays_out_only_the_last(pane: ChatPane) -> None:
    text = "\n\n".join(f"paragraph {number}" for number in range(100))
    view = shown(pane, Answer(2, text, AnswerState.STREAMING))
    assert len(view.body.parts) > 3
    assert words(view).split() == text.split()


def test_code_is_coloured_in_both_themes(pane: ChatPane) -> None:
    view = shown(pane, complete("```python\nimport os\n```\n"))
    block = view.body.parts[0]
    assert isinstance(block, CodeBlock)
    for dark in (True, False):
        theme = find_theme(dark=dark)
        pane.set_theme(theme)
        (first, *_) = block.text_view.document().firstBlock().layout().formats()
        assert first.format.foreground().color().name().upper() == theme.colours.syntax.keyword


def test_links_to_the_web_are_told_and_none_is_followed(pane: ChatPane, wishes: list[Wish], qtbot: QtBot) -> None:
    view = shown(pane, complete("[a](https://a.example/x)\n\n[b](file:///etc/passwd)"))
    prose = view.body.parts[0]
    assert isinstance(prose, ProseView)
    before = prose.toPlainText()
    place = prose.cursorRect(cursor_at(prose, 0)).center()
    qtbot.mouseClick(prose.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(3, 0))
    assert wishes == [OpenLink("https://a.example/x")]
    prose.anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert wishes == [OpenLink("https://a.example/x")]
    assert prose.toPlainText() == before
    assert "https://a.example/x" in before


def cursor_at(prose: ProseView, position: int) -> QTextCursor:
    cursor = prose.textCursor()
    cursor.setPosition(position)
    return cursor


def test_nothing_is_ever_loaded(pane: ChatPane) -> None:
    view = shown(pane, complete("![x](file:///etc/hostname) <img src='file:///etc/hostname'>"))
    prose = view.body.parts[0]
    assert isinstance(prose, ProseView)
    assert prose.loadResource(2, QUrl("file:///etc/hostname")) is None
    assert "![x](file:///etc/hostname)" in prose.toPlainText()


def test_prose_is_no_wider_than_can_be_read(pane: ChatPane, qtbot: QtBot) -> None:
    pane.resize(1600, 600)
    view = shown(pane, complete("word " * 400))
    settle()
    prose = view.body.parts[0]
    assert isinstance(prose, ProseView)
    assert prose.width() <= prose.fontMetrics().horizontalAdvance("0") * PROSE_LETTERS < 1600


def test_text_is_shown_in_full_height_at_any_width(pane: ChatPane, qtbot: QtBot) -> None:
    view = shown(pane, complete("word " * 400 + "\n\n" + "```\n" + "x\n" * 50 + "```"))
    for width in (440, 320, 900, 500):
        pane.resize(width, 600)
        settle()
        prose, block = view.body.parts
        assert isinstance(prose, ProseView)
        assert isinstance(block, CodeBlock)
        for text_view in (prose, block.text_view):
            assert text_view.document().textWidth() in (-1, text_view.viewport().width())
            assert text_view.height() >= text_view.document().size().height()


def test_view_follows_the_end_unless_the_reader_is_elsewhere(pane: ChatPane, qtbot: QtBot) -> None:
    bar = pane.transcript.verticalScrollBar()
    lines = "\n\n".join(f"paragraph {number}" for number in range(60))
    shown(pane, Answer(2, lines, AnswerState.STREAMING))
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    end = bar.maximum()
    pane.show_answer(Answer(2, lines + "\n\nmore" * 5, AnswerState.COMPLETE))
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > end)
    assert pane.transcript.new_text_button.isHidden()
    bar.setValue(40)
    pane.show_answer(Answer(2, lines + "\n\nmore" * 20, AnswerState.COMPLETE))
    qtbot.waitUntil(pane.transcript.new_text_button.isVisible)
    assert bar.value() == 40
    qtbot.mouseClick(pane.transcript.new_text_button, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    assert pane.transcript.new_text_button.isHidden()


def test_long_conversation_is_built_from_its_end_and_completed_on_request(pane: ChatPane, qtbot: QtBot) -> None:
    shown(pane, *(complete(f"answer {number}", number) for number in range(100)))
    settle()
    built = len(pane.transcript.views)
    assert built < 40
    bar = pane.transcript.verticalScrollBar()
    bar.setValue(0)
    below = bar.maximum() - bar.value()
    pane.transcript.earlier_button.click()
    settle()
    assert len(pane.transcript.views) > built
    assert bar.maximum() - bar.value() == below  # what was read stays where it was
    while not pane.transcript.earlier_button.isHidden():
        pane.transcript.earlier_button.click()
    assert len(pane.transcript.views) == 200


def test_code_block_begins_at_its_first_column_whatever_its_last_line_is(pane: ChatPane) -> None:
    view = shown(pane, complete("```py\nx = 1\n" + "y" * 300 + "\n```"))
    settle()
    (block,) = view.body.parts
    assert isinstance(block, CodeBlock)
    assert block.text_view.horizontalScrollBar().maximum() > 0
    assert block.text_view.horizontalScrollBar().value() == 0
