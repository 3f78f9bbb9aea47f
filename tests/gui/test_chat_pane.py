"""The chat pane as a person uses it: typed, clicked and read, offscreen."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAccessible, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import ErrorCode, ErrorReport
from engine.messages.jobs import Progress
from engine.messages.prompts import PromptFormat
from tests.conftest import ROOT
from tests.model_infos import model_info
from ui.chat.answer_body import AnswerBody
from ui.chat.answer_view import AnswerView
from ui.chat.chat_rows import ChatRow
from ui.chat.code_block import CodeBlock
from ui.chat.composer import Sending
from ui.chat.note_card import NoteCard
from ui.chat.pane import ChatPane
from ui.chat.pieces import Code
from ui.chat.prose_view import PROSE_LETTERS, ProseView
from ui.chat.transcript import Answer, AnswerState, Question, Receipt
from ui.theme.icons import Icons
from ui.theme.style import apply_theme
from ui.theme.theme import Theme, find_theme

MODEL = model_info(name="Tiny")
ICONS = Icons(ROOT / "resources" / "icons")
MIXED = """Types such as List<String> and <b>bold</b> stay.

1. First
   ```python
   x = 1
   ```
2. Second

| a | b |
|---|---|
| 1 | 2 |

> quoted

See [docs](https://a.example/x) or https://b.example.
"""


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    theme = find_theme(dark=True)
    apply_theme(qapp, theme)
    return theme


@pytest.fixture
def pane(qtbot: QtBot, theme: Theme) -> ChatPane:
    pane = ChatPane(ICONS, theme)
    qtbot.addWidget(pane)
    pane.resize(440, 600)
    pane.set_model(MODEL)
    with qtbot.waitExposed(pane):
        pane.show()
    return pane


def settle(qtbot: QtBot) -> None:
    """Let layouts that wait in the event loop be done."""
    for _ in range(4):
        QApplication.processEvents()


def shown(pane: ChatPane, *answers: Answer) -> AnswerView:
    pane.show_chat(1, "Title", [entry for answer in answers for entry in (Question(answer.id + 1000, "Q"), answer)])
    view = pane.transcript.last_answer
    assert view is not None
    return view


def complete(text: str, answer_id: int = 2) -> Answer:
    return Answer(answer_id, text, AnswerState.COMPLETE, "Tiny")


def words(view: AnswerView) -> str:
    parts = [part.text_view if isinstance(part, CodeBlock) else part for part in view.body.parts]
    return "\n".join(part.toPlainText() for part in parts)


# --- composer -------------------------------------------------------------------------------------------------------


def test_enter_sends_what_was_typed_and_shift_enter_makes_a_line(pane: ChatPane, qtbot: QtBot) -> None:
    field = pane.composer.field
    qtbot.keyClicks(field, "one")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(field, "two")
    with qtbot.waitSignal(pane.sent) as sent:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert sent.args == ["one\ntwo"]
    assert pane.draft == "one\ntwo"  # until it is stored
    pane.clear_composer()
    assert pane.draft == ""


def test_ctrl_enter_sends_where_that_is_set(pane: ChatPane, qtbot: QtBot) -> None:
    pane.set_sends_with_ctrl(True)
    field = pane.composer.field
    qtbot.keyClicks(field, "one")
    with qtbot.assertNotEmitted(pane.sent):
        qtbot.keyClick(field, Qt.Key.Key_Return)
    with qtbot.waitSignal(pane.sent):
        qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_blank_text_is_not_sent(pane: ChatPane, qtbot: QtBot) -> None:
    qtbot.keyClicks(pane.composer.field, "  ")
    assert not pane.composer.button.isEnabled()
    with qtbot.assertNotEmitted(pane.sent):
        qtbot.keyClick(pane.composer.field, Qt.Key.Key_Return)


def test_composer_grows_with_its_text_up_to_a_limit(pane: ChatPane, qtbot: QtBot) -> None:
    field = pane.composer.field
    heights = []
    for lines in (1, 4, 9, 200):
        field.setPlainText("\n".join("x" * lines))
        settle(qtbot)
        heights.append(field.height())
    assert heights[0] < heights[1] < heights[2] == heights[3]


def test_up_in_an_empty_composer_recalls_the_last_question(pane: ChatPane, qtbot: QtBot) -> None:
    pane.show_chat(1, "T", [Question(1, "the last one"), complete("a")])
    qtbot.keyClick(pane.composer.field, Qt.Key.Key_Up)
    assert pane.draft == "the last one"


@pytest.mark.parametrize("text", ["line of code()\n" * 700_000, "x" * 2_000_000], ids=["10 MB", "one line"])
def test_huge_paste_is_put_aside_and_sent_in_full(pane: ChatPane, qtbot: QtBot, text: str) -> None:
    qtbot.keyClicks(pane.composer.field, "What is this?")
    mime = QMimeData()
    mime.setText(text)
    pane.composer.field.insertFromMimeData(mime)
    assert pane.composer.field.toPlainText() == "What is this?"
    assert pane.composer.paste.isVisible()
    assert pane.draft == f"What is this?\n\n{text}"
    pane.composer.paste.remove_button.click()
    assert pane.draft == "What is this?"


def test_pasted_markup_arrives_as_text(pane: ChatPane) -> None:
    mime = QMimeData()
    mime.setHtml("<b>bold</b>")
    mime.setText("<b>bold</b>")
    pane.composer.field.insertFromMimeData(mime)
    assert pane.draft == "<b>bold</b>"


def test_draft_is_told_after_typing_stops(pane: ChatPane, qtbot: QtBot) -> None:
    with qtbot.waitSignal(pane.draft_changed) as told:
        qtbot.keyClicks(pane.composer.field, "half")
    assert told.args == ["half"]


def test_refused_question_stays_and_the_reason_is_in_sight(pane: ChatPane, qtbot: QtBot) -> None:
    pane.set_model(None)
    qtbot.keyClicks(pane.composer.field, "hello")
    with qtbot.assertNotEmitted(pane.sent):
        qtbot.keyClick(pane.composer.field, Qt.Key.Key_Return)
    assert "No model" in pane.composer.hint.text()
    assert pane.draft == "hello"


def test_pane_of_a_model_without_chat_is_for_texts_to_continue(pane: ChatPane, qtbot: QtBot) -> None:
    pane.set_model(replace(MODEL, prompt_format=PromptFormat.COMPLETION))
    assert pane.composer.button.text() == "Continue"
    assert "continues" in pane.composer.hint.text()
    assert pane.composer.field.accessibleName() == "Text to continue"
    qtbot.keyClicks(pane.composer.field, "def f(")
    with qtbot.waitSignal(pane.sent) as told:
        qtbot.keyClick(pane.composer.field, Qt.Key.Key_Return)
    assert told.args == ["def f("]
    pane.set_model(MODEL)
    assert pane.composer.button.text() == "Send"


def test_continuation_is_shown_as_it_is_and_not_as_markdown(pane: ChatPane) -> None:
    text = "# no heading\n    *x* <b>y</b>\n```\n"
    answer = Answer(2, text, AnswerState.COMPLETE, receipt=Receipt(is_continuation=True))
    pane.show_chat(1, "t", (Question(1, "import os\n"), answer))
    view = pane.transcript.last_answer
    assert view is not None
    (part,) = view.body.parts
    assert isinstance(part, CodeBlock)
    assert part.text_view.toPlainText() == text


def test_escape_stops_a_running_answer_and_only_that(pane: ChatPane, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(pane.stop_requested):
        qtbot.keyClick(pane.composer.field, Qt.Key.Key_Escape)
    pane.set_sending(Sending.STOP)
    with qtbot.waitSignal(pane.stop_requested):
        qtbot.keyClick(pane.composer.field, Qt.Key.Key_Escape)
    with qtbot.waitSignal(pane.stop_requested):
        qtbot.mouseClick(pane.composer.button, Qt.MouseButton.LeftButton)
    pane.set_sending(Sending.STOPPING)
    assert not pane.composer.button.isEnabled()


# --- transcript -----------------------------------------------------------------------------------------------------


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


def test_code_block_copies_and_inserts_the_very_text(pane: ChatPane, qtbot: QtBot) -> None:
    code = "def f(x):\n\treturn x  # <b> & \u00e9 \U0001f600\n\n\n    pass"
    view = shown(pane, complete(f"```python\n{code}\n```\n"))
    block = view.body.parts[0]
    assert isinstance(block, CodeBlock)
    assert block.language.text() == "python"
    qtbot.mouseClick(block.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == code
    assert block.copy_button.text() == "Copied"
    with qtbot.waitSignal(pane.insert_code_requested) as inserted:
        qtbot.mouseClick(block.insert_button, Qt.MouseButton.LeftButton)
    assert inserted.args == [code]


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


def test_links_are_told_and_never_followed(pane: ChatPane, qtbot: QtBot) -> None:
    view = shown(pane, complete("[a](https://a.example/x)\n\n[b](file:///etc/passwd)"))
    prose = view.body.parts[0]
    assert isinstance(prose, ProseView)
    before = prose.toPlainText()
    place = prose.cursorRect(cursor_at(prose, 0)).center()
    with qtbot.waitSignal(pane.link_activated) as told:
        qtbot.mouseClick(prose.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(3, 0))
    assert told.args == ["https://a.example/x"]
    with qtbot.assertNotEmitted(pane.link_activated):
        prose.anchorClicked.emit(QUrl("file:///etc/passwd"))
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
    settle(qtbot)
    prose = view.body.parts[0]
    assert isinstance(prose, ProseView)
    assert prose.width() <= prose.fontMetrics().horizontalAdvance("0") * PROSE_LETTERS < 1600


def test_text_is_shown_in_full_height_at_any_width(pane: ChatPane, qtbot: QtBot) -> None:
    view = shown(pane, complete("word " * 400 + "\n\n" + "```\n" + "x\n" * 50 + "```"))
    for width in (440, 320, 900, 500):
        pane.resize(width, 600)
        settle(qtbot)
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
    settle(qtbot)
    built = len(pane.transcript.views)
    assert built < 40
    bar = pane.transcript.verticalScrollBar()
    bar.setValue(0)
    below = bar.maximum() - bar.value()
    pane.transcript.earlier_button.click()
    settle(qtbot)
    assert len(pane.transcript.views) > built
    assert bar.maximum() - bar.value() == below  # what was read stays where it was
    while not pane.transcript.earlier_button.isHidden():
        pane.transcript.earlier_button.click()
    assert len(pane.transcript.views) == 200


# --- states ---------------------------------------------------------------------------------------------------------


def test_reading_shows_how_far_and_how_long(pane: ChatPane) -> None:
    progress = Progress("j", "Reading the prompt", 50, 100, "tokens", rate=10)
    view = shown(pane, Answer(2, state=AnswerState.READING, progress=progress))
    assert view.stage.text() == "Reading the prompt · 50 of 100 tokens · 5 s left"
    assert view.progress.isVisible()
    pane.show_answer(Answer(2, "text", AnswerState.STREAMING))
    assert not view.stage.isVisible()
    assert not view.progress.isVisible()


@pytest.mark.parametrize(
    ("code", "signal"),
    [
        (ErrorCode.PROCESS_GONE, "engine_restart_requested"),
        (ErrorCode.MODEL_NOT_LOADED, "model_requested"),
        (ErrorCode.PROMPT_TOO_LONG, "new_chat_requested"),
        (ErrorCode.INTERNAL, "regenerate_requested"),
    ],
)
def test_card_of_a_failure_asks_for_what_helps(pane: ChatPane, qtbot: QtBot, code: ErrorCode, signal: str) -> None:
    error = ErrorReport(code, "It <b>failed</b>.", "Do this.")
    view = shown(pane, Answer(2, "partial", AnswerState.FAILED, error=error))
    assert words(view) == "partial"
    assert isinstance(view.card, NoteCard)
    assert "It <b>failed</b>." in view.card.accessibleName()
    (button, *_) = view.card.buttons.values()
    with qtbot.waitSignal(getattr(pane, signal)):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_stopped_answer_offers_another_try(pane: ChatPane, qtbot: QtBot) -> None:
    view = shown(pane, Answer(2, "partial", AnswerState.STOPPED))
    assert view.card is not None
    (button,) = view.card.buttons.values()
    with qtbot.waitSignal(pane.regenerate_requested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_only_the_last_answer_can_be_written_anew(pane: ChatPane) -> None:
    shown(pane, complete("one", 2), complete("two", 3))
    answers = [view for view in pane.transcript.views if isinstance(view, AnswerView)]
    assert [view.regenerate_button.isVisible() for view in answers] == [False, True]


def test_versions_can_be_leafed_through(pane: ChatPane, qtbot: QtBot) -> None:
    view = shown(pane, replace(complete("second"), version=2, versions=2))
    assert view.version.text() == "2 of 2"
    assert not view.later_button.isEnabled()
    with qtbot.waitSignal(pane.version_requested) as asked:
        qtbot.mouseClick(view.earlier_button, Qt.MouseButton.LeftButton)
    assert asked.args == [2, -1]


def test_copy_answer_takes_the_markdown(pane: ChatPane) -> None:
    shown(pane, complete(MIXED))
    pane.copy_answer()
    assert QGuiApplication.clipboard().text() == MIXED


def test_empty_chat_says_what_can_be_done(pane: ChatPane, qtbot: QtBot) -> None:
    assert pane._hint_title.isVisible()
    pane.set_model(None)
    assert pane.model_button.isVisible()
    with qtbot.waitSignal(pane.model_requested):
        qtbot.mouseClick(pane.model_button, Qt.MouseButton.LeftButton)
    pane.set_loading(Progress("j", "Reading weights", 3, 10))
    assert "Reading weights" in pane._hint_text.text()


# --- list of chats --------------------------------------------------------------------------------------------------

ROWS = [ChatRow(1, "First", datetime(2026, 11, 3)), ChatRow(2, "Second <b>", datetime(2026, 11, 2), "found here")]


@pytest.fixture
def listed(pane: ChatPane, qtbot: QtBot) -> ChatPane:
    pane.open_chats()
    pane.set_chats(ROWS)
    settle(qtbot)
    return pane


def test_chat_is_chosen_by_keys_alone(listed: ChatPane, qtbot: QtBot) -> None:
    qtbot.keyClick(listed.chats.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(listed.chat_chosen) as chosen:
        qtbot.keyClick(listed.chats.list, Qt.Key.Key_Return)
    assert chosen.args == [2]
    assert not listed.chats.isVisible()


def test_search_is_told_after_a_pause(listed: ChatPane, qtbot: QtBot) -> None:
    with qtbot.waitSignal(listed.chats_searched, check_params_cb=bool) as searched:
        qtbot.keyClicks(listed.chats.search, "needle")
    assert searched.args == ["needle"]
    listed.set_chats([])
    assert listed.chats.nothing.text() == "No chat has these words."


def test_chat_is_renamed_in_place(listed: ChatPane, qtbot: QtBot) -> None:
    listed.chats.rename_button.click()
    editor = listed.chats.list.viewport().findChild(QWidget, "qt_editing_widget") or QApplication.focusWidget()
    assert editor is not None
    editor.setText("Better & <i>new</i>")  # type: ignore[attr-defined]
    with qtbot.waitSignal(listed.chat_renamed) as renamed:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == [1, "Better & <i>new</i>"]


def test_chat_is_deleted_by_key_and_can_be_undone(listed: ChatPane, qtbot: QtBot) -> None:
    listed.chats.list.setFocus()
    with qtbot.waitSignal(listed.chat_deleted) as deleted:
        qtbot.keyClick(listed.chats.list, Qt.Key.Key_Delete)
    assert deleted.args == [1]
    listed.offer_undo("First")
    with qtbot.waitSignal(listed.deletion_undone):
        qtbot.mouseClick(listed.undo.button, Qt.MouseButton.LeftButton)


def test_escape_closes_the_list(listed: ChatPane, qtbot: QtBot) -> None:
    qtbot.keyClick(listed.chats.search, Qt.Key.Key_Escape)
    assert not listed.chats.isVisible()
    assert listed.composer.field.hasFocus()


# --- for everybody --------------------------------------------------------------------------------------------------


def test_whatever_takes_the_focus_has_a_name_and_a_role(listed: ChatPane, qtbot: QtBot) -> None:
    error = ErrorReport(ErrorCode.INTERNAL, "It failed.")
    shown(listed, replace(complete(MIXED), versions=2), Answer(3, "x", AnswerState.FAILED, error=error))
    listed.set_save_warning("The disk is full.")
    listed.offer_undo("First")
    for widget in listed.findChildren(QWidget):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.objectName().startswith("qt_"):
            continue
        face = QAccessible.queryAccessibleInterface(widget)
        assert face.text(QAccessible.Text.Name), widget
        assert face.role() != QAccessible.Role.NoRole, widget
