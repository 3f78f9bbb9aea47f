"""Connects models and downloads to the rest of the window, and provides their actions."""

from functools import partial

from PySide6.QtCore import QObject

from app.children.bridge import Bridge
from app.models.chosen_model import ChosenModel
from app.models.dialog_controller import ModelsDialogController
from app.models.downloads import DownloadController
from app.models.loading import ModelController
from app.models.machine_words import why_processor
from app.models.model_list import ModelList
from app.models.notices import ENGINE_GONE, LOAD_STOPPED, engine_gone, fetched, load_stopped, model_warnings, way_back
from app.models.starter import model_name
from engine.errors import ErrorReport
from engine.messages.jobs import Progress, Role
from engine.messages.machine import ModelInfo
from ui.parts.choosers import Choosers
from ui.parts.notice import NoticeButton
from ui.window.actions import Callbacks
from ui.window.main_window import MainWindow


def bind(
    model: ModelController,
    chosen: ChosenModel,
    model_list: ModelList,
    dialog: ModelsDialogController,
    download: DownloadController,
    bridge: Bridge,
    window: MainWindow,
) -> Callbacks:
    """Connect models and downloads; the connections end with them. Returns their actions' callbacks by id."""
    loading = _Loading(model, chosen, window)
    model.model_changed.connect(loading.show_model)
    model.loading.connect(loading.show_progress)
    model.failed.connect(loading.show_failure)
    model.cancelled.connect(loading.show_stopped)
    bridge.gone.connect(loading.on_child_gone)
    known = _Known(model, model_list, window)
    model.model_changed.connect(known.show_device_note)
    model_list.changed.connect(known.show)
    window.switcher.aboutToShow.connect(model_list.look)
    dialog.failed.connect(window.notices.show_error)
    download.failed.connect(window.notices.show_error)
    download.fetched.connect(lambda folder: window.notices.show_notice(fetched(folder, chosen.load)))
    choosers = Choosers(window)
    return {
        "model.models": dialog.show_dialog,
        "model.open_folder": partial(choosers.choose_folder, "Open model folder", chosen.load),
        "model.open_file": partial(choosers.choose_gguf, "Open GGUF file", chosen.load),
        "model.use_starter": chosen.load_starter,
        "model.unload": model.unload,
        "engine.restart": model.restart,
    }


class _Loading(QObject):
    """Shows in the window which model is loaded or being loaded, and failed or cancelled loads."""

    def __init__(self, model: ModelController, chosen: ChosenModel, window: MainWindow) -> None:
        super().__init__(model)
        self._model, self._chosen, self._window = model, chosen, window

    def show_model(self, model: ModelInfo | None) -> None:
        self._window.set_model(model)
        notices = self._window.notices
        for notice_id in (ENGINE_GONE, LOAD_STOPPED) if model is not None else (ENGINE_GONE,):
            notices.dismiss(notice_id)
        if model is not None and model.warnings:
            notices.show_notice(model_warnings(model))

    def show_progress(self, progress: Progress | None) -> None:
        self._window.status.set_loading("" if progress is None else model_name(self._model.folder))

    def show_failure(self, report: ErrorReport) -> None:
        others = NoticeButton("Choose another…", partial(self._window.commands.trigger, "model.models"))
        self._window.notices.show_error(report, others, self._way_back())

    def show_stopped(self) -> None:
        notice = load_stopped(self._model.folder, self._model.previous, self._way_back())
        self._window.notices.show_notice(notice)

    def on_child_gone(self, role: Role, report: ErrorReport) -> None:
        match role:
            case Role.ENGINE:
                self._model.engine_gone()
                self._window.notices.show_notice(engine_gone(report, self._model.restart))
            case Role.FETCHER:
                self._window.notices.show_error(report)
            case Role.READER:
                pass  # app/project/binding.py

    def _way_back(self) -> NoticeButton:
        return way_back(self._model.previous, self._chosen.load, self._chosen.load_starter)


class _Known(QObject):
    """Shows in the window this computer's hardware and its models."""

    def __init__(self, model: ModelController, model_list: ModelList, window: MainWindow) -> None:
        super().__init__(model_list)
        self._model, self._model_list, self._window = model, model_list, window

    def show(self) -> None:
        facts = self._model_list.machine_facts
        self._window.switcher.set_rows(self._model_list.rows)
        self._window.first_run.show_machine(facts)
        self._window.first_run.show_recommendation(self._model_list.recommendation)
        self._window.status.set_machine("\n".join(f"{fact.word}: {fact.sentence}" for fact in facts))
        self.show_device_note()

    def show_device_note(self) -> None:
        model = self._model
        self._window.status.set_device_note(why_processor(model.model, model.machine, model.choice.device))
