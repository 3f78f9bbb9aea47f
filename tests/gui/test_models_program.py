"""Choosing, getting, loading and removing models in the real window; the children are scripted."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.host.profile import Profile
from app.models.starter import starter_folder
from app.window.program import build_program
from app.window.start import start_program
from engine.errors import ErrorCode, ErrorReport
from engine.messages.downloads import DiscardDownload, Fetched, FetchModel
from engine.messages.generation import Chat
from engine.messages.jobs import Failed, Finished, Progress, Role
from engine.messages.machine import InspectModel, LoadModel, ModelInspected, UnloadModel
from engine.model_rows import Act, ModelState
from engine.models.downloads import Download, RemoteFile, looks, write_download
from engine.models.nf4_cache import list_copies, open_writer
from engine.settings import ModelDefaults, Sampling
from tests.gui.scripted_program import ImmediateLooker, ScriptedBridge, Stage
from tests.machines import AVX512, MODERN, PLAIN, gpu, machine
from tests.model_folders import write_folder
from ui.models.defaults import DefaultsDialog
from ui.models.findings import FindingsDialog
from ui.models.licence import LicenceDialog
from ui.models.question import Question
from ui.models.wishes import ChooseContext

SEVEN = "codellama/CodeLlama-7b-Instruct-hf"
GPU_24 = machine(PLAIN, gpu("NVIDIA GeForce RTX 4090", (8, 9), total_gib=24))


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    made = Profile.below(tmp_path / "profile")
    made.create()
    return made


@pytest.fixture
def stage(qapp: QApplication, qtbot: QtBot, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A started program on its first run: the starter loads."""
    monkeypatch.setattr("app.window.program.Bridge", ScriptedBridge)
    monkeypatch.setattr("app.models.model_list.FolderLooker", ImmediateLooker)
    program = build_program(qapp, profile)
    qtbot.addWidget(program.window)
    program.window.resize(1280, 800)
    program.start(None, ())
    yield Stage(qapp, profile, program)
    program.close()
    qapp.setStyleSheet("")


def fetched_folder(stage: Stage, starter: Path) -> Path:
    """A model that a download brought, in Lacuna's folder of models."""
    folder = write_folder(stage.profile.models / "CodeLlama-7b-Instruct-hf", starter)
    paths = [folder / name for name in ("model.safetensors", "config.json", "tokenizer.model")]
    files = tuple(RemoteFile(path.name, path.stat().st_size, None) for path in paths)
    checked = {path.name: found for path in paths if (found := looks(path, is_ours=True)) is not None}
    write_download(Download(folder, SEVEN, "main", "a" * 40, files, checked))
    return folder


# --- the first run ----------------------------------------------------------------------------------------------------


def test_first_run_tells_what_was_found_and_recommends_what_fits(stage: Stage, qtbot: QtBot) -> None:
    page = stage.program.window.first_run
    assert page.isVisible()
    assert not page.get_button.isVisible()
    stage.probed(GPU_24)
    assert "RTX 4090" in page.machine.words
    assert "free where models are kept" in page.machine.words
    assert page.advice.name.text() == "Code Llama 34B Instruct"
    assert page.get_button.isVisible()
    qtbot.mouseClick(page.get_button, Qt.MouseButton.LeftButton)
    assert stage.dialog.table.current_key == "codellama/CodeLlama-34b-Instruct-hf"


def test_first_run_on_a_slow_processor_advises_the_starter_and_says_why(stage: Stage) -> None:
    stage.probed(machine(PLAIN, memory_gib=64))
    page = stage.program.window.first_run
    assert not page.get_button.isVisible()
    assert "AVX512-BF16" in page.advice.warning.text()


def test_first_run_is_over_once_the_demonstration_is_chosen(stage: Stage, qtbot: QtBot, qapp: QApplication) -> None:
    qtbot.mouseClick(stage.program.window.first_run.demo_button, Qt.MouseButton.LeftButton)
    assert stage.program.window.welcome.isVisible()
    stage.program.close()
    again = build_program(qapp, stage.profile)
    qtbot.addWidget(again.window)
    again.start(None, ())
    assert again.window.welcome.isVisible()
    again.close()


def test_first_run_gives_way_to_an_open_file_and_comes_back(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    stage.program.opening.open_paths([str(file)])
    assert not stage.program.window.first_run.isVisible()
    stage.program.code.close_current()
    assert stage.program.window.first_run.isVisible()


# --- downloads --------------------------------------------------------------------------------------------------------


def test_download_starts_only_after_the_licence_was_accepted(stage: Stage) -> None:
    stage.open_models().choose(SEVEN)
    stage.press(Act.DOWNLOAD)
    refused = stage.small_dialog(LicenceDialog)
    assert isinstance(refused, LicenceDialog)
    assert not refused.start_button.isEnabled()
    words = " ".join(label.text() for label in refused.findChildren(QLabel))
    assert "CodeLlama-7b-Instruct-hf (13.5 GB) is downloaded to" in words
    assert "Built with Llama 2" in words
    refused.reject()
    assert stage.asked(FetchModel) == []
    stage.press(Act.DOWNLOAD)
    accepted = stage.small_dialog(LicenceDialog)
    assert isinstance(accepted, LicenceDialog)
    accepted.box.setChecked(True)
    accepted.start_button.click()
    request = stage.asked(FetchModel)[0]
    assert isinstance(request, FetchModel)
    assert (request.repo_id, request.accepted_licence) == (SEVEN, "Llama 2 Community License")


def start_download(stage: Stage) -> str:
    stage.program.download.start(SEVEN, accepted=True)
    return stage.asked(FetchModel)[-1].job_id


def test_download_shows_its_progress_and_is_paused_and_gone_on_with(stage: Stage) -> None:
    job_id = start_download(stage)
    stage.open_models().choose(SEVEN)
    stage.play(Progress(job_id, "Downloading", 25, 100, "bytes", rate=5.0))
    assert stage.dialog.detail.bar.value() == 250
    assert "15 s left" in stage.dialog.detail.state.text()
    stage.press(Act.PAUSE)
    stage.program.model_list.refresh()
    assert stage.row(SEVEN).state is ModelState.PAUSED
    stage.press(Act.RESUME)
    assert len(stage.asked(FetchModel)) == 2


def test_download_that_failed_says_why_in_its_row_and_can_be_gone_on_with(stage: Stage) -> None:
    job_id = start_download(stage)
    stage.open_models().choose(SEVEN)
    report = ErrorReport(ErrorCode.DOWNLOAD, "The hub could not be reached.", "Check the connection.")
    stage.play(Failed(job_id, report))
    row = stage.row(SEVEN)
    assert (row.state, row.fault) == (ModelState.CUT, report.text)
    stage.press(Act.RESUME)
    assert len(stage.asked(FetchModel)) == 2


def test_cancelling_a_download_asks_before_it_throws_away_what_arrived(stage: Stage) -> None:
    job_id = start_download(stage)
    stage.play(Progress(job_id, "Downloading", 25_000_000, 100_000_000, "bytes"))
    stage.open_models().choose(SEVEN)
    stage.press(Act.CANCEL)
    stage.small_dialog(Question).reject()
    assert stage.asked(DiscardDownload) == []
    stage.press(Act.CANCEL)
    stage.small_dialog(Question).accept()
    assert len(stage.asked(DiscardDownload)) == 1


def test_downloaded_model_is_on_disk_at_once(stage: Stage, starter_folder: Path) -> None:
    job_id = start_download(stage)
    stage.open_models()
    folder = fetched_folder(stage, starter_folder)
    stage.play(Fetched(job_id, str(folder), SEVEN, "a" * 40), Finished(job_id))
    assert stage.row(SEVEN).state is ModelState.ON_DISK
    assert "was downloaded and checked" in stage.notice("fetched")


# --- folders ----------------------------------------------------------------------------------------------------------


def test_damaged_folder_shows_its_fault_and_the_next_one_loads(
    stage: Stage, tmp_path: Path, starter_folder: Path
) -> None:
    stage.open_models()
    broken, sound = (write_folder(tmp_path / name, starter_folder) for name in ("broken", "sound"))
    (broken / "config.json").write_text(json.dumps({"architectures": ["GPT2LMHeadModel"]}))
    stage.program.models_dialog.add(str(broken))
    row = stage.row(str(broken))
    assert row.state is ModelState.FAULTY
    assert "architecture" in row.fault
    assert stage.dialog.table.current_key == str(broken)
    assert set(stage.dialog.detail.buttons) == {Act.REMOVE}
    stage.program.models_dialog.add(str(sound))
    stage.press(Act.LOAD)
    stage.loaded(name="sound")
    assert stage.row(str(sound)).state is ModelState.LOADED
    assert stage.program.settings.settings.model_folder == str(sound)


def test_added_folder_that_vanished_says_so(stage: Stage, tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    stage.open_models()
    stage.program.models_dialog.add(str(folder))
    shutil.rmtree(folder)
    stage.program.models_dialog.show_dialog()
    assert "not there any more" in stage.row(str(folder)).fault


def test_removing_an_added_folder_asks_and_deletes_nothing(stage: Stage, tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    stage.open_models()
    stage.program.models_dialog.add(str(folder))
    stage.press(Act.REMOVE)
    stage.small_dialog(Question).reject()
    assert stage.program.model_list.row(str(folder)) is not None
    stage.press(Act.REMOVE)
    stage.small_dialog(Question).accept()
    stage.program.model_list.refresh()
    assert stage.program.model_list.row(str(folder)) is None
    assert (folder / "model.safetensors").is_file()


def test_removing_a_downloaded_model_asks_and_leaves_it_to_the_downloader(stage: Stage, starter_folder: Path) -> None:
    folder = fetched_folder(stage, starter_folder)
    stage.open_models().choose(SEVEN)
    stage.press(Act.REMOVE)
    stage.small_dialog(Question).reject()
    assert stage.asked(DiscardDownload) == []
    stage.press(Act.REMOVE)
    stage.small_dialog(Question).accept()
    assert [request.folder for request in stage.asked(DiscardDownload)] == [str(folder)]  # type: ignore[union-attr]


def test_4_bit_copy_is_removed_after_a_yes_and_a_refusal_of_the_disk_is_told(
    stage: Stage, starter_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cache = fetched_folder(stage, starter_folder), stage.profile.quantized
    with open_writer(cache, folder.name) as writer:
        assert writer is not None
        writer.commit("c" * 64, [folder / "model.safetensors"])
    stage.open_models().choose(SEVEN)

    def refuse(_cache: Path, _key: str) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("app.models.dialog_controller.remove_copy", refuse)
        stage.press(Act.FREE)
        stage.small_dialog(Question).accept()
    assert "could not be deleted (Permission denied)" in stage.notice("file_not_saved")
    stage.press(Act.FREE)
    stage.small_dialog(Question).accept()
    assert list_copies(cache) == ()
    assert (folder / "model.safetensors").is_file()
    assert Act.FREE not in stage.row(SEVEN).acts


def test_folder_is_looked_into_before_it_is_loaded(stage: Stage, tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    stage.open_models()
    stage.program.models_dialog.add(str(folder))
    stage.press(Act.INSPECT)
    dialog = stage.small_dialog(FindingsDialog)
    assert isinstance(dialog, FindingsDialog)
    request = stage.asked(InspectModel)[-1]
    assert isinstance(request, InspectModel)
    assert request.folder == str(folder)
    stage.play(ModelInspected(request.job_id, ("It fills <b>gaps</b>.",), ("Its rope base is odd.",)))
    stage.play(Finished(request.job_id))
    assert [label.text() for label in dialog.sentences] == ["It fills <b>gaps</b>.", "Its rope base is odd."]
    dialog.close()
    stage.press(Act.INSPECT)
    again = stage.small_dialog(FindingsDialog)
    assert isinstance(again, FindingsDialog)
    report = ErrorReport(ErrorCode.MODEL_INVALID, "The weights are not complete.", "Download them again.")
    stage.play(Failed(stage.asked(InspectModel)[-1].job_id, report))
    assert [label.text() for label in again.sentences] == [report.text]


def test_dialog_that_is_closed_before_the_folder_was_looked_into_hears_nothing(
    stage: Stage, tmp_path: Path, starter_folder: Path
) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    stage.open_models()
    stage.program.models_dialog.add(str(folder))
    stage.press(Act.INSPECT)
    dialog = stage.small_dialog(FindingsDialog)
    dialog.close()
    delete(dialog)
    job_id = stage.asked(InspectModel)[-1].job_id
    stage.play(ModelInspected(job_id, ("It fills gaps.",), ()), Finished(job_id))


def test_terms_that_came_with_a_model_are_opened(
    stage: Stage, tmp_path: Path, starter_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    (folder / "LICENSE.txt").write_text("Be kind.\n")
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    stage.open_models()
    stage.program.models_dialog.add(str(folder))
    stage.press(Act.TERMS)
    assert opened == [str(folder / "LICENSE.txt")]


# --- loading ----------------------------------------------------------------------------------------------------------


def test_model_is_loaded_with_the_chosen_context_and_its_own_defaults(
    stage: Stage, tmp_path: Path, starter_folder: Path
) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder, max_position_embeddings=65536)
    dialog = stage.open_models()
    dialog.wished.emit(ChooseContext(1))
    stage.program.models_dialog.add(str(folder))
    stage.press(Act.DEFAULTS)
    defaults = stage.small_dialog(DefaultsDialog)
    assert isinstance(defaults, DefaultsDialog)
    defaults.device.chosen.emit(2)
    defaults.accept()
    stage.press(Act.LOAD)
    request = stage.asked(LoadModel)[-1]
    assert isinstance(request, LoadModel)
    assert (request.folder, request.context_tokens, request.device) == (str(folder), 8192, "cpu")
    assert stage.program.settings.settings.model_defaults == (ModelDefaults(str(folder), device="cpu"),)


def test_stopped_load_says_what_had_to_make_room_and_offers_it_again(
    stage: Stage, tmp_path: Path, starter_folder: Path
) -> None:
    one, other = (write_folder(tmp_path / name, starter_folder) for name in ("one", "other"))
    stage.program.chosen_model.load(str(one))
    stage.loaded(name="one")
    stage.open_models()
    stage.program.models_dialog.add(str(other))
    stage.press(Act.LOAD)
    stage.play(Progress(stage.asked(LoadModel)[-1].job_id, "Reading the weights", 1, 4))
    assert stage.dialog.detail.bar.value() == 250
    assert "Loading other" in stage.program.window.status.model.accessibleName()
    restarts = len(stage.bridge.restarts)
    stage.press(Act.STOP)
    assert len(stage.bridge.restarts) == restarts + 1
    assert "other was stopped" in stage.notice("load-stopped")
    assert "one had to make room" in stage.notice("load-stopped")
    assert stage.program.model.model is None
    card = stage.program.window.notices.card("load-stopped")
    assert card is not None
    card.buttons[0].click()
    request = stage.asked(LoadModel)[-1]
    assert isinstance(request, LoadModel)
    assert request.folder == str(one)
    stage.loaded(name="one")
    assert stage.notice("load-stopped") == ""


def test_failed_load_shows_its_sentence_and_the_way_back(stage: Stage, tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    stage.loaded()
    stage.program.chosen_model.load(str(folder))
    report = ErrorReport(ErrorCode.MODEL_INVALID, "The weights are not complete.", "Download them again.")
    stage.play(Failed(stage.asked(LoadModel)[-1].job_id, report))
    assert stage.notice("model_invalid") == report.text
    card = stage.program.window.notices.card("model_invalid")
    assert card is not None
    card.buttons[1].click()
    stage.loaded()
    assert stage.program.model.model is not None
    assert stage.program.settings.settings.model_folder == ""


def test_slow_model_is_loaded_and_downloaded_only_after_the_warning(
    stage: Stage, tmp_path: Path, starter_folder: Path
) -> None:
    stage.loaded()
    stage.probed(machine(AVX512, memory_gib=64))
    stage.open_models().choose(SEVEN)
    stage.press(Act.DOWNLOAD)
    question = stage.small_dialog(Question)
    assert "AVX512-BF16" in " ".join(label.text() for label in question.findChildren(QLabel))
    question.reject()
    assert stage.small_dialogs(LicenceDialog) == []
    stage.press(Act.DOWNLOAD)
    stage.small_dialog(Question).accept()
    stage.small_dialog(LicenceDialog).reject()
    folder = write_folder(tmp_path / "mine", starter_folder)
    stage.program.models_dialog.add(str(folder))
    loads = len(stage.asked(LoadModel))
    stage.press(Act.LOAD)  # small enough to need no warning
    assert len(stage.asked(LoadModel)) == loads + 1


def test_stop_key_ends_a_load_too(stage: Stage, qtbot: QtBot) -> None:
    assert stage.program.model.is_loading
    stage.program.window.commands.trigger("chat.stop")
    assert not stage.program.model.is_loading
    assert not stage.program.window.commands["chat.stop"].isEnabled()


def test_dialog_begins_on_the_loaded_model(stage: Stage, starter_folder: Path) -> None:
    stage.program.chosen_model.load(str(fetched_folder(stage, starter_folder)))
    stage.loaded(name="CodeLlama-7b-Instruct-hf")
    assert stage.open_models().table.current_key == SEVEN


def test_unload_gives_the_model_back_and_its_row_can_be_loaded_again(stage: Stage) -> None:
    stage.loaded()
    stage.open_models().choose("starter")
    stage.press(Act.UNLOAD)
    stage.program.model_list.refresh()
    assert isinstance(stage.asked(UnloadModel)[-1], UnloadModel)
    assert stage.row("starter").state is ModelState.ON_DISK
    assert Act.LOAD in stage.row("starter").acts


def test_switcher_offers_what_is_on_disk_and_loads_what_is_chosen(stage: Stage, starter_folder: Path) -> None:
    fetched_folder(stage, starter_folder)
    stage.loaded()
    switcher = stage.program.window.switcher
    stage.program.window.commands.trigger("model.switch")
    words = [entry.text().replace("&", "") for entry in switcher.actions() if not entry.isSeparator()]
    assert words[:2] == ["Code Llama 7B Instruct", "Lacuna starter"]
    assert words[2:] == ["Unload model", "Models…"]
    assert [entry.isChecked() for entry in switcher.actions()[:2]] == [False, True]
    switcher.actions()[0].trigger()
    switcher.close()
    request = stage.asked(LoadModel)[-1]
    assert isinstance(request, LoadModel)
    assert request.folder.endswith("CodeLlama-7b-Instruct-hf")


def test_status_bar_says_which_device_and_why(stage: Stage, qtbot: QtBot) -> None:
    stage.probed(machine(MODERN))
    stage.loaded(device_reason="On the processor. No NVIDIA GPU was found in this computer.")
    button = stage.program.window.status.model
    qtbot.waitUntil(lambda: button.text().strip().endswith("CPU, no GPU found"))
    assert "No NVIDIA GPU was found" in button.toolTip()


def test_folder_that_was_opened_from_elsewhere_is_on_the_list_once_it_loaded(
    stage: Stage, tmp_path: Path, starter_folder: Path
) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    stage.program.chosen_model.load(str(folder))
    assert stage.program.settings.settings.added_folders == ()
    stage.loaded(name="mine")
    assert stage.program.settings.settings.added_folders == (str(folder),)
    stage.program.chosen_model.load(str(starter_folder))
    stage.loaded()
    assert stage.program.settings.settings.added_folders == (str(folder),)


def test_theme_that_changes_reaches_the_open_dialog(stage: Stage) -> None:
    stage.probed(GPU_24)
    dialog = stage.open_models()
    light = dialog.grab().toImage()
    stage.program.window.commands.trigger("view.theme_dark")
    assert dialog.grab().toImage() != light


# --- the next start ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("was_loading", [False, True])
def test_start_after_an_unclean_end_loads_the_starter_and_offers_the_last_model(
    qapp: QApplication,
    qtbot: QtBot,
    profile: Profile,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    was_loading: bool,
) -> None:
    monkeypatch.setattr("app.window.program.Bridge", ScriptedBridge)
    monkeypatch.setattr("app.models.model_list.FolderLooker", ImmediateLooker)
    last = tmp_path / "last model"
    profile.settings_file.write_text(json.dumps({"version": 1, "model_folder": str(last), "is_welcomed": True}))
    if was_loading:
        profile.loading_mark.write_text(str(last))
    program = build_program(qapp, profile)
    qtbot.addWidget(program.window)
    start_program(program, profile, None, (), was_crash=not was_loading)
    stage = Stage(qapp, profile, program)
    request = stage.asked(LoadModel)[-1]
    assert isinstance(request, LoadModel)
    assert request.folder == str(starter_folder())
    assert "was loaded instead" in stage.notice("crash")
    card = program.window.notices.card("crash")
    assert card is not None
    card.buttons[0].click()
    request = stage.asked(LoadModel)[-1]
    assert isinstance(request, LoadModel)
    assert request.folder == str(last)
    assert stage.bridge.restarts == [Role.ENGINE]
    program.close()
    qapp.setStyleSheet("")


def test_question_that_waited_for_a_model_is_answered_with_the_models_own_sampling(
    stage: Stage, tmp_path: Path, starter_folder: Path
) -> None:
    folder, own = write_folder(tmp_path / "mine", starter_folder), Sampling(temperature=0.5, max_tokens=7)
    stage.program.settings.change(model_defaults=(ModelDefaults(str(folder), chat=own),))
    stage.program.chosen_model.load(str(folder))
    stage.program.panes.chat.composer.set_text("Who are you?")
    stage.program.panes.chat.send()
    assert stage.asked(Chat) == []
    stage.loaded()
    request = stage.asked(Chat)[0]
    assert isinstance(request, Chat)
    assert request.sampling == own
