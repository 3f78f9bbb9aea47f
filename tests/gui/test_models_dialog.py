"""The Models dialog and its small ones by themselves: keys, names for screen readers, nothing clipped, plain text."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel
from pytestqt.qtbot import QtBot

from app.models.advice import CONTEXT_CHOICES, recommend
from app.models.folders import FolderFound
from app.models.machine_words import machine_facts
from app.models.model_rows import STARTER_KEY, RowFacts, rows_of
from engine.errors import ErrorCode, ErrorReport
from engine.model_plans import DownloadStage, DownloadState
from engine.model_rows import Act, ModelRow, ModelState
from engine.models.catalogue import CHECKPOINTS
from engine.models.licences import LLAMA_2
from engine.models.nf4_cache import Nf4Copy
from engine.settings import ModelDefaults, Sampling
from tests.conftest import ROOT
from tests.gui.test_window_shell import _clipped, _unnamed
from tests.machines import AVX512, PLAIN, gpu, machine
from tests.model_infos import model_info
from ui.models.defaults import DefaultsDialog
from ui.models.dialog import ModelsDialog
from ui.models.licence import LicenceDialog
from ui.models.question import Question
from ui.models.wishes import AddFile, AddFolder, DoWithModel, Wish
from ui.theme.icons import Icons
from ui.theme.theme import Theme
from ui.window.first_run import FirstRun

ICONS = Icons(ROOT / "resources" / "icons")
SEVEN = "codellama/CodeLlama-7b-Instruct-hf"
GPU_24 = machine(PLAIN, gpu("NVIDIA GeForce RTX 4090", (8, 9), total_gib=24))
SLOW = machine(AVX512, memory_gib=48)
SEVEN_INSTRUCT, THIRTEEN = (
    next(checkpoint for checkpoint in CHECKPOINTS if checkpoint.id == f"CodeLlama-{size}-Instruct-hf")
    for size in ("7b", "13b")
)
COPY = Nf4Copy("c" * 64, Path("/cache/c"), "CodeLlama-7b-Instruct-hf", "/models", 3_900_000_000, 0.0, 1, ())
FETCHED = FolderFound(
    Path("/home/somebody/.local/share/lacuna/models/CodeLlama-7b-Instruct-hf"),
    "CodeLlama-7b-Instruct-hf",
    13_500_000_000,
    SEVEN_INSTRUCT.shape,
    SEVEN_INSTRUCT,
    repo_id=SEVEN,
    own_bytes=13_500_000_000,
    copy=COPY,
)
DAMAGED = FolderFound(
    Path("/mnt/a long mount point/with/many/parts/CodeLlama-34b-Instruct-hf-from-somewhere"),
    "CodeLlama-34b-Instruct-hf-from-somewhere",
    67_500_000_000,
    None,
    None,
    is_added=True,
    fault=ErrorReport(ErrorCode.MODEL_INVALID, "model-00002-of-00007.safetensors is missing.", "Download it again."),
)
MARKUP = "<b>bold</b> &amp; <img src='file:///etc/passwd'>"


def rows(**changes: object) -> tuple[ModelRow, ...]:
    return rows_of(replace(RowFacts(Path("/starter"), machine=GPU_24), **changes))  # type: ignore[arg-type]


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> ModelsDialog:
    made = ModelsDialog(("4k", "8k", "16k", "32k", "64k", "100k"), LLAMA_2.badge, ICONS, theme)
    qtbot.addWidget(made)
    made.show_machine(machine_facts(GPU_24, 10**11))
    made.show_context(2, "")
    made.show_rows(rows(), "16k")
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.mark.parametrize("width_px", [1100, 800])
@pytest.mark.parametrize("facts", [GPU_24, SLOW])
def test_nothing_is_clipped_or_unnamed_for_any_model(dialog: ModelsDialog, width_px: int, facts: object) -> None:
    dialog.resize(width_px, 660)
    dialog.show_machine(machine_facts(facts, 10**11))  # type: ignore[arg-type]
    download = DownloadState(THIRTEEN.repository, DownloadStage.DOWNLOADING, 5, 9, rate=1.0, remaining_s=4.0)
    shown = rows(
        machine=facts,
        context_tokens=32768,
        folders=(FETCHED, DAMAGED),
        left_over=(replace(COPY, key="d" * 64),),
        downloads={download.id: download},
        loaded=model_info(folder=str(FETCHED.path), context_tokens=16384),
    )
    dialog.show_rows(shown, "32k")
    dialog.show_context(3, "The models were trained on 16k tokens. " * 4)
    for row in shown:
        dialog.choose(row.key)
        QApplication.processEvents()
        assert _clipped(dialog) == []
        assert dialog.detail.width() <= dialog.side.viewport().width()
    assert _unnamed(dialog) == []


def test_cursor_begins_on_the_recommended_model_and_stays_while_rows_change(dialog: ModelsDialog) -> None:
    assert dialog.table.current_key == recommend(GPU_24).key
    dialog.choose(SEVEN)
    download = DownloadState(SEVEN, DownloadStage.DOWNLOADING, 1, 4)
    dialog.show_rows(rows(downloads={SEVEN: download}), "16k")
    assert dialog.table.current_key == SEVEN
    dialog.show_rows(rows(downloads={SEVEN: download})[:5], "16k")
    assert dialog.table.current_key == SEVEN


def test_arrow_keys_pass_over_the_headings(dialog: ModelsDialog, qtbot: QtBot) -> None:
    dialog.choose(rows()[0].key)
    walked = []
    for _ in range(len(rows())):
        walked.append(dialog.table.current_key)
        qtbot.keyClick(dialog.table, Qt.Key.Key_Down)
    assert walked == [row.key for row in rows()]


def test_enter_does_what_the_row_is_there_for_and_nothing_else(dialog: ModelsDialog, qtbot: QtBot) -> None:
    wishes: list[Wish] = []
    dialog.wished.connect(wishes.append)
    dialog.choose(SEVEN)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert wishes == [DoWithModel(SEVEN, Act.DOWNLOAD)]
    dialog.choose(STARTER_KEY)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert wishes == [DoWithModel(SEVEN, Act.DOWNLOAD), DoWithModel(STARTER_KEY, Act.LOAD)]
    assert dialog.isVisible()


def test_progress_leaves_the_buttons_alone_and_a_new_state_keeps_the_focus(dialog: ModelsDialog) -> None:
    state = DownloadState(SEVEN, DownloadStage.DOWNLOADING, 1, 10)
    dialog.show_rows(rows(downloads={SEVEN: state}), "16k")
    dialog.choose(SEVEN)
    pause = dialog.detail.buttons[Act.PAUSE]
    pause.setFocus()
    dialog.show_rows(rows(downloads={SEVEN: replace(state, done_bytes=5)}), "16k")
    assert dialog.detail.buttons[Act.PAUSE] is pause
    assert dialog.detail.bar.value() == 500
    dialog.show_rows(rows(downloads={SEVEN: replace(state, stage=DownloadStage.PAUSED)}), "16k")
    assert dialog.detail.buttons[Act.RESUME].hasFocus()


def test_figures_give_way_in_a_narrow_table_and_the_state_stays(dialog: ModelsDialog) -> None:
    table = dialog.table
    hidden = {}
    for width_px in (1200, 800):
        dialog.resize(width_px, 660)
        hidden[width_px] = [table.isColumnHidden(column) for column in range(table.columnCount())]
    assert hidden[1200] == [False] * 6
    assert hidden[800][-1] is False
    assert hidden[800].count(True) >= 2


def test_foreign_names_and_sentences_are_shown_as_they_are(dialog: ModelsDialog) -> None:
    odd = replace(rows()[-1], key="/odd", name=MARKUP, title=MARKUP, fault=MARKUP, state=ModelState.FAULTY)
    dialog.show_rows((*rows(), odd), "16k")
    dialog.choose("/odd")
    shown = [label for label in dialog.detail.findChildren(QLabel) if label.text() == MARKUP]
    assert len(shown) == 2
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in shown)


def test_a_model_is_added_from_a_folder_or_from_a_file(dialog: ModelsDialog) -> None:
    wishes: list[object] = []
    dialog.wished.connect(wishes.append)
    menu = dialog.add_button.menu()
    assert [action.text().replace("&", "") for action in menu.actions()] == ["From a folder…", "From a GGUF file…"]
    for action in menu.actions():
        action.trigger()
    assert wishes == [AddFolder(), AddFile()]


def test_licence_shows_terms_links_and_the_badge_and_starts_nothing_unaccepted(qtbot: QtBot, theme: Theme) -> None:
    dialog = LicenceDialog("CodeLlama-7b-Instruct-hf", LLAMA_2, "13.5 GB.", ICONS, theme)
    show(dialog, qtbot)
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert LLAMA_2.badge in words
    assert all(sentence in words for sentence in LLAMA_2.summary)
    assert not dialog.start_button.isEnabled()
    assert dialog.box.hasFocus()
    qtbot.keyClick(dialog.box, Qt.Key.Key_Space)
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)


def test_question_is_answered_with_no_by_enter_and_by_escape(qtbot: QtBot, theme: Theme) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        question = Question("Delete?", ("All of it.",), "Delete")
        show(question, qtbot)
        with qtbot.waitSignal(question.rejected):
            qtbot.keyClick(question, key)


def test_defaults_tell_each_change_and_can_be_taken_back(qtbot: QtBot, theme: Theme) -> None:
    dialog = DefaultsDialog("mine", ModelDefaults("/mine"), CONTEXT_CHOICES, Sampling(temperature=0.4))
    show(dialog, qtbot)
    told: list[ModelDefaults] = []
    dialog.changed.connect(told.append)
    assert not dialog.sampling.isEnabled()
    dialog.context.setCurrentIndex(2)
    dialog.context.activated.emit(2)
    dialog.device.chosen.emit(1)
    dialog.own_sampling.setChecked(True)
    dialog.sampling.length.setValue(64)
    assert told[-1] == ModelDefaults("/mine", 8192, "cuda", Sampling(temperature=0.4, max_tokens=64))
    dialog.own_sampling.setChecked(False)
    dialog.context.setCurrentIndex(0)
    dialog.context.activated.emit(0)
    dialog.device.chosen.emit(0)
    assert told[-1] == ModelDefaults("/mine")


def test_defaults_show_a_context_that_is_none_of_the_choices(qtbot: QtBot, theme: Theme) -> None:
    dialog = DefaultsDialog("mine", ModelDefaults("/mine", 5000, "cpu", Sampling()), CONTEXT_CHOICES)
    show(dialog, qtbot)
    assert dialog.context.currentText() == "5,000 tokens"
    assert dialog.own_sampling.isChecked()


@pytest.mark.parametrize("size", [(900, 700), (420, 420)])
def test_first_page_is_neither_clipped_nor_unnamed(qtbot: QtBot, theme: Theme, size: tuple[int, int]) -> None:
    page = FirstRun(ICONS, theme)
    qtbot.addWidget(page)
    page.resize(*size)
    page.show_machine(machine_facts(SLOW, 10**11))
    page.show_recommendation(recommend(SLOW))
    with qtbot.waitExposed(page):
        page.show()
    assert _clipped(page) == []
    assert _unnamed(page) == []


def show(dialog: QDialog, qtbot: QtBot) -> None:
    """Put a dialog on screen, and check what holds for each."""
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    assert _clipped(dialog) == []
    assert _unnamed(dialog) == []
