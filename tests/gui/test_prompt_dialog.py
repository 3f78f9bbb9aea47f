"""The window "What the model saw", with a prompt of foreign text, and the way to it from answers and fills."""

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.chat.sent_prompts import SentPrompts, sent_prompt
from app.chat.store.chat_store import ChatStore
from app.chat.store.opening import open_chat_store
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import PromptBuilt
from engine.messages.jobs import Failed, Finished
from engine.messages.prompts import ExplainPrompt, PartName, PromptExplained, PromptPart
from engine.settings import Settings, ThemeChoice
from tests.model_infos import model_info
from tests.scripted_jobs import ScriptedJobs
from ui.theme.theme import Theme
from ui.theme.theme_source import ThemeSource

PARTS = (PromptPart(PartName.CONTROL, 0, 1), PromptPart(PartName.USER, 1, 3))
BUILT = PromptBuilt("j", 3, 0, 99, ids=b"\x01\0\0\0\x07\0\0\0\x08\0\0\0", parts=PARTS)
SENT = sent_prompt(BUILT, model_info(name="Tiny"))
TEXTS = ("<s>", "<b>bold</b> <s>", "\n😀 [ INST]")


class PromptDesk:
    """The windows over a real store and scripted jobs."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        self.jobs = ScriptedJobs()
        self.store: ChatStore = open_chat_store(path / "chats.sqlite3").store
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.themes = ThemeSource(QGuiApplication.styleHints(), Settings(theme=ThemeChoice.LIGHT), self.window)
        self.prompts = SentPrompts(self.jobs, self.store, self.themes, self.window)

    @property
    def request(self) -> ExplainPrompt:
        assert isinstance(self.jobs.last, ExplainPrompt)
        return self.jobs.last

    def explain(self) -> None:
        self.jobs.play(PromptExplained(self.request.job_id, TEXTS, (0,)), Finished(self.request.job_id))


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> PromptDesk:
    return PromptDesk(qtbot, tmp_path)


def test_kept_prompt_is_read_by_the_reader_and_shown_as_plain_text(desk: PromptDesk) -> None:
    answer_id = desk.store.ask(None, "t", "q").answer_id
    desk.store.keep_prompt(answer_id, SENT)
    desk.prompts.show_answer(answer_id)
    assert desk.request.ids == BUILT.ids
    assert desk.request.tokenizer_hash == SENT.tokenizer_hash
    desk.explain()
    (dialog,) = desk.prompts.dialogs
    assert dialog.text.toPlainText() == "".join(TEXTS)
    assert "3 tokens" in dialog.summary.text()
    assert [(item.text(0), item.text(1)) for item in map(dialog.rows.topLevelItem, range(2))] == [
        ("Control tokens", "1"),
        ("Question", "2"),
    ]


def test_only_control_tokens_are_marked_and_a_chosen_part_is_brought_up(desk: PromptDesk, theme: Theme) -> None:
    desk.prompts.show_prompt("this fill", SENT)
    desk.explain()
    (dialog,) = desk.prompts.dialogs

    def marked(colour: str) -> list[str]:
        return [
            part.cursor.selectedText()
            for part in dialog.text.extraSelections()
            if part.format.background().color() == QColor(colour)
        ]

    assert marked(theme.colours.line) == ["<s>"]  # the text's own "<s>" is none
    assert marked(theme.colours.raised) == []
    question = dialog.rows.topLevelItem(1)
    assert question is not None
    question.setSelected(True)
    assert marked(theme.colours.raised) == ["".join(TEXTS[1:]).replace("\n", "\u2029")]
    dialog.pages.chosen.emit(1)
    assert dialog.text.toPlainText().splitlines()[1].split(maxsplit=2) == ["1", "7", repr(TEXTS[1])]
    assert [text.split() for text in marked(theme.colours.line)] == [["0", "1", "<s>"]]
    desk.themes.use(Settings(theme=ThemeChoice.DARK))
    other = desk.themes.theme
    assert [text.split() for text in marked(other.colours.line)] == [["0", "1", "<s>"]]


def test_prompt_that_was_not_kept_or_cannot_be_read_says_why(desk: PromptDesk) -> None:
    answer_id = desk.store.ask(None, "t", "q").answer_id
    desk.prompts.show_answer(answer_id)
    assert "was not kept" in desk.prompts.dialogs[0].summary.text()
    assert not desk.jobs.submitted
    desk.prompts.show_prompt("this fill", SENT)
    error = ErrorReport(ErrorCode.MODEL_MISSING, "The tokenizer is gone.", "Put it back.")
    desk.jobs.play(Failed(desk.request.job_id, error))
    assert desk.prompts.dialogs[1].summary.text() == error.text


def test_window_that_is_closed_early_hears_of_nothing(desk: PromptDesk) -> None:
    desk.prompts.show_prompt("this fill", SENT)
    (dialog,) = desk.prompts.dialogs
    dialog.accept()
    assert desk.prompts.dialogs == []
    desk.explain()
    assert desk.prompts.dialogs == []
