"""One window over real children through what people do beside the tour: drops, versions, deletions, wrong models."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog
from pytestqt.qtbot import QtBot

from app.host.profile import Profile
from app.tour.hands import Hands
from app.window.program import Program, build_program
from engine.answers import AnswerState
from engine.messages.jobs import Role
from engine.messages.prompts import Speaker
from engine.tokens.vocabulary import Vocabulary
from tests.e2e.conftest import WAIT_MS
from tests.e2e.person import kill, last_answer, send, wait_for_answer


@pytest.fixture(scope="module")
def program(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program with the starter, shared by the tests of this file: loading takes seconds."""
    profile = Profile.below(tmp_path_factory.mktemp("profile"))
    profile.create()
    made = build_program(qapp, profile)
    made.window.resize(1280, 800)
    made.start(None, ())
    yield made
    made.window.close()
    made.close()
    made.window.deleteLater()
    qapp.setStyleSheet("")


@pytest.fixture
def ready(program: Program, qtbot: QtBot) -> Program:
    """The program with its starter loaded, nothing running and a chat of its own for the test."""
    qtbot.waitUntil(lambda: program.model.model is not None, timeout=WAIT_MS)
    program.window.commands.trigger("chat.new")
    return program


def drop(program: Program, path: Path) -> None:
    hands = Hands(program.window, path)
    hands.drop(program.window, hands.drag_over(program.window, [path]))


def press(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def close(program: Program, dialog: QDialog, qtbot: QtBot) -> None:
    dialog.accept()
    with qtbot.waitActive(program.window):
        program.window.activateWindow()  # if there is no window manager to do it


def folder_of(parent: Path, name: str, **files: str) -> Path:
    folder = parent / name
    folder.mkdir()
    for stem, text in files.items():
        (folder / f"{stem}.py").write_text(text)
    return folder


def wait_for_reading(program: Program, qtbot: QtBot, *paths: str) -> None:
    project = program.project
    qtbot.waitUntil(lambda: not project.is_reading and set(project.rows) == set(paths), timeout=WAIT_MS)


def test_folder_dropped_while_an_answer_streams_is_read_at_once_and_another_takes_its_place(
    ready: Program, qtbot: QtBot, tmp_path: Path
) -> None:
    one = folder_of(tmp_path, "one", a="a = 1\n", b="b = 2\n")
    two = folder_of(tmp_path, "two", c="c = 3\n")
    send(ready, "Write a class that reads a configuration file, with methods to get, set and save each value.")
    qtbot.waitUntil(lambda: len(last_answer(ready).text) > 5, timeout=WAIT_MS)
    drop(ready, one)
    wait_for_reading(ready, qtbot, "a.py", "b.py")
    drop(ready, two)
    wait_for_reading(ready, qtbot, "c.py")
    assert ready.project.root == str(two)
    assert wait_for_answer(ready, qtbot).state is not AnswerState.FAILED

    (two / "c.py").write_text("c = 3\nd = 4\n")
    tokens = ready.project.rows["c.py"].tokens
    QTest.keyClick(ready.window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: ready.project.rows["c.py"].tokens != tokens, timeout=WAIT_MS)
    wait_for_reading(ready, qtbot, "c.py")
    send(ready, "What does c.py do?")
    assert wait_for_answer(ready, qtbot).receipt.files_packed == 1
    ready.window.commands.trigger("project.close")
    assert not ready.project.is_open


def test_typed_question_is_counted_as_the_models_tokenizer_does(ready: Program, qtbot: QtBot) -> None:
    question = "def f(x): return x  # right?"
    model = ready.model.model
    assert model is not None
    expected = len(Vocabulary.open(Path(model.tokenizer_path)).encode(question))
    QTest.keyClicks(ready.panes.chat.composer.field, question)
    shown = ready.panes.chat.composer.tokens
    qtbot.waitUntil(lambda: shown.text() == f"{expected} tokens", timeout=WAIT_MS)
    ready.panes.chat.composer.set_text("")
    assert shown.text() == ""


def test_what_the_model_saw_is_the_very_prompt_with_tags_disarmed(ready: Program, qtbot: QtBot, tmp_path: Path) -> None:
    drop(ready, folder_of(tmp_path, "tags", chat="OPEN = '[INST]'\n"))
    wait_for_reading(ready, qtbot, "chat.py")
    send(ready, "What does <<SYS>> mean?")
    answer = wait_for_answer(ready, qtbot)
    assert answer.receipt.disarmed
    ready.window.commands.trigger("chat.prompt")
    (dialog,) = ready.prompts.dialogs
    qtbot.waitUntil(dialog.text.isEnabled, timeout=WAIT_MS)
    shown = dialog.text.toPlainText()
    assert shown.startswith("<s> [INST] <<SYS>>\n")
    assert shown.endswith("What does < <SYS>> mean? [/INST]")
    assert "1 OPEN = '[ INST]'\n" in shown
    assert answer.receipt.usage is not None
    assert f"{answer.receipt.usage.prompt_tokens:,} tokens" in dialog.summary.text()
    close(ready, dialog, qtbot)
    ready.window.commands.trigger("project.close")


def test_model_without_chat_continues_text_and_its_prompt_is_that_text(
    ready: Program, qtbot: QtBot, tmp_path: Path, starter_folder: Path
) -> None:
    base = tmp_path / "some-base-model"  # no name that speaks of instructions: a model that completes
    shutil.copytree(starter_folder, base)
    ready.chosen_model.load(str(base))
    qtbot.waitUntil(lambda: ready.model.model is not None, timeout=WAIT_MS)
    assert ready.panes.chat.composer.button.text() == "Continue"
    send(ready, "def add(a, b):")
    answer = wait_for_answer(ready, qtbot)
    assert answer.state is AnswerState.COMPLETE
    assert answer.receipt.is_continuation
    ready.window.commands.trigger("chat.prompt")
    (dialog,) = ready.prompts.dialogs
    qtbot.waitUntil(dialog.text.isEnabled, timeout=WAIT_MS)
    assert dialog.text.toPlainText() == "<s> def add(a, b):"
    close(ready, dialog, qtbot)
    ready.window.commands.trigger("model.use_starter")
    qtbot.waitUntil(lambda: ready.model.model is not None, timeout=WAIT_MS)
    assert ready.panes.chat.composer.button.text() == "Send"


def test_dropped_files_are_opened_and_what_is_no_text_is_told(ready: Program, tmp_path: Path) -> None:
    text, binary = tmp_path / "größe.py", tmp_path / "logo.bin"
    text.write_text("x = 1\n")
    binary.write_bytes(bytes(range(256)))
    drop(ready, text)
    view = ready.panes.code.current_view
    assert view is not None
    assert view.editor.text() == "x = 1\n"
    shown = len(ready.window.notices)
    drop(ready, binary)
    assert len(ready.window.notices) == shown + 1
    assert view.editor.text() == "x = 1\n"
    assert len(ready.panes.code.ids) == 1
    ready.code.close_current()


def test_another_answer_keeps_the_first_and_the_arrows_go_between_them(ready: Program, qtbot: QtBot) -> None:
    send(ready, "Who are you?")
    first = wait_for_answer(ready, qtbot)
    QTest.keyClick(ready.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    second = wait_for_answer(ready, qtbot)
    assert (second.version, second.versions) == (2, 2)
    view = ready.panes.chat.transcript.last_answer
    assert view is not None
    press(view.earlier_button)
    assert (last_answer(ready).text, last_answer(ready).version) == (first.text, 1)
    view = ready.panes.chat.transcript.last_answer
    assert view is not None
    press(view.later_button)
    assert (last_answer(ready).text, last_answer(ready).version) == (second.text, 2)


def test_deleted_chat_is_back_with_all_its_turns_when_that_is_undone(ready: Program, qtbot: QtBot) -> None:
    send(ready, "Who are you?")
    answer = wait_for_answer(ready, qtbot)
    chat_id = ready.chat.chat_id
    assert chat_id is not None
    ready.window.commands.trigger("chat.list")
    chats = ready.panes.chat.chats
    QTest.keyClick(chats.list, Qt.Key.Key_Delete)
    assert ready.chat.chat_id is None
    assert chat_id not in [chat.id for chat in ready.store.chats()]
    press(ready.panes.chat.undo.button)
    assert ready.chat.chat_id == chat_id
    assert last_answer(ready).text == answer.text
    stored = [(message.speaker, message.text) for message in ready.store.branch(chat_id)]
    assert stored == [(Speaker.USER, "Who are you?"), (Speaker.ASSISTANT, answer.text)]


@pytest.mark.usefixtures("expect_errors")
def test_broken_model_is_told_and_the_starter_answers_again(
    ready: Program, qtbot: QtBot, tmp_path: Path, starter_folder: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(starter_folder, broken)
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps(config | {"architectures": ["GPT2LMHeadModel"]}))
    shown = len(ready.window.notices)
    ready.chosen_model.load(str(broken))
    qtbot.waitUntil(lambda: len(ready.window.notices) > shown, timeout=WAIT_MS)
    assert ready.model.model is None
    send(ready, "Who are you?")  # without a model it stays where it was typed
    assert ready.panes.chat.draft == "Who are you?"
    assert ready.settings.settings.model_folder == ""  # the next start does not fail with it again
    ready.window.commands.trigger("model.use_starter")
    qtbot.waitUntil(lambda: ready.model.model is not None, timeout=WAIT_MS)
    assert ready.settings.settings.model_folder == ""
    QTest.keyClick(ready.panes.chat.composer.field, Qt.Key.Key_Return)
    assert "Lacuna" in wait_for_answer(ready, qtbot).text


def test_model_that_was_chosen_and_loaded_is_the_one_of_the_next_start(
    ready: Program, qtbot: QtBot, tmp_path: Path, starter_folder: Path
) -> None:
    own = tmp_path / "modèle 日本"
    shutil.copytree(starter_folder, own)
    ready.chosen_model.load(str(own))
    qtbot.waitUntil(lambda: ready.model.model is not None, timeout=WAIT_MS)
    assert ready.settings.settings.model_folder == str(own)
    ready.window.commands.trigger("model.use_starter")
    qtbot.waitUntil(lambda: ready.model.model is not None, timeout=WAIT_MS)
    assert ready.settings.settings.model_folder == ""


def test_downloader_that_dies_is_told_and_can_be_started_again(ready: Program, qtbot: QtBot) -> None:
    for _ in range(2):
        ready.bridge.start(Role.FETCHER)
        with qtbot.waitSignal(ready.bridge.gone, timeout=WAIT_MS):
            kill(ready, Role.FETCHER)
        card = ready.window.notices.card("process_gone")
        assert card is not None
        assert "downloader" in card.notice.sentence
        ready.window.notices.dismiss("process_gone")
    assert ready.model.model is not None
