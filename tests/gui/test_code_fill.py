"""Filling a gap in the real pane, with keys, against scripted jobs."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.children.running_work import RunningWork
from app.code.controller import CodeController
from app.code.fill_controller import FillController
from app.code.unsaved_texts import UnsavedTexts
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Complete, Infill, PromptBuilt, Stop, TextDelta, Usage
from engine.messages.jobs import Failed, Finished, Progress
from engine.messages.prompts import Order
from engine.settings import FillOrder, Settings
from tests.gui.code_stage import CodeStage
from tests.model_infos import model_info
from tests.scripted_jobs import ScriptedJobs
from ui.parts.utf16 import utf16_length
from ui.theme.colours import DARK
from ui.theme.theme import Theme, find_theme

MODEL = model_info(name="CodeLlama-7b", is_starter=False, context_tokens=16384, infill_order=Order.SPM)
CODE = "# 😀 party\ndef add(a, b):\n    pass  # todo\n    return None\n"


class Filling:
    """A file in the pane, with everything behind it."""

    def __init__(self, qtbot: QtBot, theme: Theme, folder: Path) -> None:
        self.settings = Settings()
        self.stage = CodeStage(qtbot, theme)
        self.jobs = ScriptedJobs()
        self.owner = QObject(self.stage.pane)  # its timers end with the pane
        self.files = CodeController(self.stage.pane, UnsavedTexts(folder / "drafts"), self.owner)
        self.running = RunningWork(self.owner)
        self.controller = FillController(self.jobs, self.running, self.stage.pane, lambda: self.settings, self.owner)
        self.files.document_closed.connect(self.controller.document_closed)
        self.controller.set_model(MODEL)
        self.path = folder / "add.py"
        self.open(CODE)

    def open(self, text: str) -> None:
        self.path.write_bytes(text.encode())
        assert self.files.open_file(str(self.path))

    @property
    def job(self) -> Infill:
        assert isinstance(self.jobs.last, Infill)
        return self.jobs.last

    def stream(self, *parts: str) -> None:
        for count, part in enumerate(parts, 1):
            self.jobs.play(TextDelta(self.job.job_id, part, count))

    def end(self, stop: Stop = Stop.EOT) -> None:
        self.jobs.play(Finished(self.job.job_id, stop, Usage(90, 0, 90, 12, 16384, 10.0, 100.0)))


@pytest.fixture
def filling(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Filling:
    return Filling(qtbot, theme, tmp_path)


def test_fill_when_an_emoji_stands_before_the_gap_cuts_right_and_tab_accepts_as_one_undo_step(filling: Filling) -> None:
    stage = filling.stage
    stage.select("pass  # todo")
    stage.fill()
    assert filling.job.prefix == "# 😀 party\ndef add(a, b):\n    "
    assert filling.job.suffix == "\n    return None\n"
    filling.stream("total = a", " + b\n    pri", "nt(total)")
    assert stage.text == CODE  # the preview is not in the document
    assert "print(total)" in stage.preview.text()
    filling.end()
    stage.press(Qt.Key.Key_Tab)
    filled = CODE.replace("pass  # todo", "total = a + b\n    print(total)")
    assert stage.text == filled
    assert stage.editor.hasFocus()
    stage.type_text("#")
    stage.undo()
    assert stage.text == filled
    stage.undo()
    assert stage.text == CODE
    assert not stage.editor.document().isUndoAvailable()


def test_accept_right_behind_typed_text_undoes_the_fill_alone(filling: Filling) -> None:
    stage = filling.stage
    stage.place_cursor(0)
    stage.type_text("x = ")
    stage.fill()
    filling.stream("1")
    filling.end()
    stage.press(Qt.Key.Key_Tab)
    assert stage.text == "x = 1" + CODE
    stage.undo()
    assert stage.text == "x = " + CODE
    stage.undo()
    assert stage.text == CODE


def test_discard_leaves_text_cursor_undo_and_redo_as_they_were(filling: Filling) -> None:
    stage = filling.stage
    stage.place_cursor(0)
    stage.type_text("ab")
    stage.press(Qt.Key.Key_Return)
    stage.undo()  # one step back: undo and redo are both there
    stage.select("return None")
    before, undone = stage.editor.textCursor(), stage.text
    document = stage.editor.document()
    steps = document.availableUndoSteps(), document.availableRedoSteps(), document.revision()
    stage.fill()
    filling.stream("return a + b")
    filling.end()
    stage.press(Qt.Key.Key_Escape)
    cursor = stage.editor.textCursor()
    assert stage.text == undone
    assert (cursor.anchor(), cursor.position()) == (before.anchor(), before.position())
    assert (document.availableUndoSteps(), document.availableRedoSteps(), document.revision()) == steps
    stage.redo()
    assert stage.text.startswith("ab\n")


def test_escape_while_streaming_cancels_the_job_and_late_text_goes_nowhere(filling: Filling) -> None:
    stage = filling.stage
    stage.fill()
    filling.stream("x")
    stage.press(Qt.Key.Key_Escape)
    assert filling.jobs.cancelled == [filling.job.job_id]
    filling.stream("late")
    filling.end()
    assert stage.text == CODE
    assert stage.pane.current_view is not None
    assert stage.pane.current_view.preview is None
    assert stage.notice("fill") is None  # cancelling is no error


def test_tab_while_streaming_does_not_accept_half_a_fill(filling: Filling) -> None:
    stage = filling.stage
    stage.fill()
    filling.stream("half")
    stage.press(Qt.Key.Key_Tab)
    assert stage.text == CODE
    assert stage.preview.fill == "half"
    assert stage.preview.hasFocus()


def test_typing_during_a_preview_changes_nothing(filling: Filling) -> None:
    stage = filling.stage
    stage.fill()
    filling.stream("x = 1")
    for key in (Qt.Key.Key_A, Qt.Key.Key_Return, Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
        stage.press(key)
    assert stage.text == CODE
    assert stage.preview.fill == "x = 1"
    assert stage.preview.text().count("x = 1") == 1


def test_undo_during_a_preview_discards_it_and_undoes_nothing_else(filling: Filling) -> None:
    stage = filling.stage
    stage.place_cursor(0)
    stage.type_text("z")
    stage.fill()
    filling.stream("x")
    filling.end()
    stage.undo()
    assert not filling.controller.has_preview
    assert stage.text == "z" + CODE


def test_fill_again_while_one_runs_cancels_it_and_asks_for_the_same_gap(filling: Filling) -> None:
    stage = filling.stage
    stage.select("pass  # todo")
    stage.fill()
    first = filling.job
    filling.stream("old")
    stage.fill()
    second = filling.job
    assert filling.jobs.cancelled == [first.job_id]
    assert (second.prefix, second.suffix) == (first.prefix, first.suffix)
    filling.jobs.play(TextDelta(first.job_id, "late", 2))
    filling.stream("new")
    filling.end()
    stage.press(Qt.Key.Key_Tab)
    assert stage.text == CODE.replace("pass  # todo", "new")


def test_fill_when_the_engine_fails_says_why_and_leaves_the_text(filling: Filling) -> None:
    stage = filling.stage
    stage.fill()
    filling.stream("half a f")
    error = ErrorReport(ErrorCode.PROCESS_GONE, "The engine ended unexpectedly.", "Restart it.")
    filling.jobs.play(Failed(filling.job.job_id, error))
    assert stage.text == CODE
    card = stage.notice("fill")
    assert card is not None
    assert card.notice.sentence == "The gap was not filled: The engine ended unexpectedly. Your text is as it was."
    stage.fill()  # the next one works, and the notice of the last is gone
    assert stage.notice("fill") is None
    filling.stream("ok")


@pytest.mark.parametrize(
    ("stop", "words"), [(Stop.EOT, "Nothing was offered, because"), (Stop.CONTEXT, "whole context")]
)
def test_fill_when_nothing_comes_says_why(filling: Filling, stop: Stop, words: str) -> None:
    filling.stage.fill()
    filling.end(stop)
    card = filling.stage.notice("fill")
    assert card is not None
    assert words in card.notice.sentence
    assert not filling.controller.has_preview


def test_fill_when_no_model_says_so_without_asking(filling: Filling) -> None:
    stage = filling.stage
    filling.controller.set_model(None)
    stage.fill()
    card = stage.notice("fill")
    assert card is not None
    assert "No model is loaded yet" in card.notice.sentence
    assert filling.jobs.submitted == []


def test_text_that_was_too_far_away_to_be_read_is_told(filling: Filling) -> None:
    filling.stage.fill()
    filling.jobs.play(PromptBuilt(filling.job.job_id, 2048, 0, 16384, trimmed=True))
    assert filling.stage.preview.bar.words.text() == "Reading the nearest 2,048 tokens around the gap…"
    filling.stream("x")
    filling.end()
    assert filling.stage.preview.bar.words.text() == "12 tokens; what is further away was not read"
    filling.controller.discard()
    filling.stage.fill()
    filling.stream("x")
    filling.end()
    assert filling.stage.preview.bar.words.text() == "12 tokens"


def test_model_that_cannot_fill_continues_at_the_cursor_and_says_so(filling: Filling) -> None:
    stage = filling.stage
    filling.controller.set_model(replace(MODEL, name="CodeLlama-34b", can_infill=False))
    assert stage.pane.fill_button.text() == "Continue  Ctrl+I"
    stage.place_cursor(utf16_length(CODE[: CODE.index("pass")]))
    stage.fill()
    card = stage.notice("fill")
    assert card is not None
    assert card.notice.sentence == "CodeLlama-34b was not trained to fill gaps."
    assert "continues the text before the cursor" in card.notice.next_step
    request = filling.jobs.last
    assert isinstance(request, Complete)
    assert request.text == CODE[: CODE.index("pass")]
    assert request.sampling == filling.settings.fill
    filling.jobs.play(TextDelta(request.job_id, "return a\n    ", 5))
    assert "Continuing" in stage.preview.bar.words.text()
    filling.jobs.play(Finished(request.job_id, Stop.LENGTH, Usage(90, 0, 90, 12, 16384, 10.0, 100.0)))
    assert stage.preview.bar.words.text() == "Continued, 12 tokens"
    stage.press(Qt.Key.Key_Tab)
    assert stage.text == CODE.replace("pass", "return a\n    pass")
    stage.pane.dismiss_notice(stage.pane.current_id, "fill")
    stage.fill()
    assert stage.notice("fill") is None  # it was said once
    filling.controller.set_model(MODEL)
    assert stage.pane.fill_button.text() == "Continue again  Ctrl+I".replace("Continue", "Fill")


def test_model_whose_gift_is_disputed_fills_and_says_so(filling: Filling) -> None:
    filling.controller.set_model(replace(MODEL, infill_note="Sources disagree on this one."))
    filling.stage.fill()
    assert isinstance(filling.jobs.last, Infill)
    card = filling.stage.notice("fill")
    assert card is not None
    assert card.notice.sentence == "Sources disagree on this one."
    assert "Try it" in card.notice.next_step


@pytest.mark.parametrize(("setting", "order"), [("auto", None), ("psm", Order.PSM), ("spm", Order.SPM)])
def test_order_of_the_settings_goes_along(filling: Filling, setting: str, order: Order | None) -> None:
    filling.settings = replace(filling.settings, fill_order=FillOrder(setting))
    filling.stage.fill()
    assert filling.job.order is order


def test_fill_when_stopped_keeps_what_there_is_to_accept(filling: Filling) -> None:
    stage = filling.stage
    stage.place_cursor(0)
    stage.fill()
    filling.stream("# one\n")
    filling.controller.stop()
    assert stage.preview.bar.words.text() == "Stopped"
    stage.press(Qt.Key.Key_Tab)
    assert stage.text == "# one\n" + CODE


def test_fill_when_cut_off_says_so(filling: Filling) -> None:
    filling.stage.fill()
    filling.stream("x")
    filling.end(Stop.LENGTH)
    assert filling.stage.preview.bar.words.text() == "Cut off at the length limit (12 tokens)"


def test_fill_while_the_prompt_is_read_shows_how_far(filling: Filling) -> None:
    filling.stage.fill()
    filling.jobs.play(Progress(filling.job.job_id, "Reading the prompt", 61, 100))
    assert filling.stage.preview.bar.words.text() == "Reading the prompt 61 %"


def test_fill_in_a_crlf_file_is_saved_with_crlf(filling: Filling) -> None:
    stage = filling.stage
    filling.files.close_current()
    filling.open("a = 1\r\nb = 2\r\n")
    stage.select("b = 2")
    stage.fill()
    assert filling.job.prefix == "a = 1\n"
    filling.stream("b = 3\r\nc = 4")  # the contract says LF; a stray CR does no harm
    filling.end()
    stage.press(Qt.Key.Key_Tab)
    filling.files.save_current()
    assert filling.path.read_bytes() == b"a = 1\r\nb = 3\r\nc = 4\r\n"


def test_save_during_a_preview_saves_the_document_without_it(filling: Filling) -> None:
    stage = filling.stage
    stage.place_cursor(0)
    stage.type_text("# mine")
    stage.fill()
    filling.stream("NOT MINE")
    filling.files.save_current()
    assert filling.path.read_text() == "# mine" + CODE
    assert stage.preview.fill == "NOT MINE"  # and it is still on offer


def test_preview_is_no_change_of_the_document(filling: Filling) -> None:
    filling.stage.fill()
    filling.stream("x")
    assert not filling.stage.pane.is_modified(filling.stage.pane.current_id)
    assert filling.files.may_close()


def test_buttons_do_what_the_keys_do(filling: Filling) -> None:
    stage = filling.stage
    stage.place_cursor(0)
    QTest.mouseClick(stage.pane.fill_button, Qt.MouseButton.LeftButton)
    filling.stream("x")
    assert not stage.preview.bar.accept_button.isVisible()
    filling.end()
    QTest.mouseClick(stage.preview.bar.accept_button, Qt.MouseButton.LeftButton)
    assert stage.text == "x" + CODE
    QTest.mouseClick(stage.pane.fill_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(stage.preview.bar.discard_button, Qt.MouseButton.LeftButton)
    assert stage.text == "x" + CODE


def test_close_of_the_file_being_filled_cancels(filling: Filling) -> None:
    filling.stage.fill()
    filling.stream("x")
    filling.files.close_current()
    assert filling.jobs.cancelled == [filling.job.job_id]
    assert not filling.controller.has_preview
    assert filling.stage.pane.ids == ()


def test_theme_change_during_a_preview_repaints_it(filling: Filling) -> None:
    stage = filling.stage
    stage.select("pass  # todo")
    stage.fill()
    filling.stream("return 1")
    stage.pane.set_theme(find_theme(dark=True))
    row = next(number for number in range(9) if stage.preview.line_label(number) == "+")
    assert stage.preview.line_tint(row) == DARK.gap
    assert stage.preview.grab().toImage().width() > 0


def test_preview_of_a_long_fill_keeps_its_bar_in_view(filling: Filling) -> None:
    stage = filling.stage
    stage.fill()
    filling.stream("line\n" * 80)
    filling.end()
    bar = stage.preview.bar
    assert stage.preview.viewport().rect().contains(bar.geometry())


def test_signals_tell_the_window_what_can_be_done(filling: Filling) -> None:
    seen: list[tuple[str, bool]] = []
    filling.running.changed.connect(lambda: seen.append(("running", filling.running.is_any)))
    filling.controller.preview_changed.connect(lambda now: seen.append(("preview", now)))
    filling.stage.fill()
    filling.stream("x")
    filling.end()
    filling.controller.accept()
    assert seen == [("running", True), ("preview", True), ("running", False), ("preview", False)]
    assert filling.stage.text.count("x") == 1


def test_file_read_again_from_disk_ends_the_fill_whose_gap_is_gone(filling: Filling) -> None:
    stage = filling.stage
    stage.select("pass  # todo")
    stage.fill()
    filling.stream("return a + b")
    filling.path.write_bytes(b"# another program was here\n" + CODE.encode())
    filling.files.check_disk()
    assert not filling.controller.has_preview
    assert filling.jobs.cancelled == [filling.job.job_id]
    assert stage.pane.current_view is not None
    assert stage.pane.current_view.preview is None
    assert stage.text == "# another program was here\n" + CODE
    stage.undo()
    assert stage.text == CODE
