"""What the parts tell is shown where the person looks: status line, notices, enabled actions."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.children.running_work import Work
from app.models.load_choice import settings_for
from app.models.machine_words import why_processor
from app.models.starter import model_name
from engine.errors import ErrorReport
from engine.messages.jobs import Progress, Role
from engine.messages.machine import ModelInfo
from engine.settings import Settings
from engine.shown import last_part, stage_of
from ui.parts.notice import Level, Notice, NoticeButton, notice_of
from ui.window.action_table import Need

if TYPE_CHECKING:
    from app.window.program import Program

_ENGINE_GONE = "engine-gone"


class Reports(QObject):
    """Connects what controllers say to what the window shows."""

    def __init__(self, program: "Program", owner: QObject) -> None:
        super().__init__(owner)
        self._program = program
        self._window = program.window
        self._connect()
        self._on_settings_changed(program.settings.settings)
        self._on_model_changed(None)
        if program.store_problem is not None:
            self.show_error(program.store_problem)

    def show_error(self, report: ErrorReport, *buttons: NoticeButton) -> None:
        """A failure that belongs to no answer and no file."""
        self._window.notices.show_notice(notice_of(report, *buttons))

    def show_failure(self, sentence: str) -> None:
        """Something that nobody handled (app/window/logs.py)."""
        self._window.notices.show_notice(
            Notice("unhandled", Level.ERROR, sentence, "If it keeps happening, restart Lacuna.")
        )

    def _connect(self) -> None:
        parts = self._program
        parts.model.model_changed.connect(self._on_model_changed)
        parts.model.loading.connect(self._on_loading)
        parts.model.failed.connect(self._on_load_failed)
        parts.model.cancelled.connect(self._on_load_cancelled)
        parts.models.failed.connect(self.show_error)
        parts.shelf.changed.connect(self._on_shelf_changed)
        parts.running.changed.connect(self._on_running_changed)
        parts.running.context_changed.connect(self._window.status.set_context)
        parts.running.rate_changed.connect(self._window.status.set_rate)
        parts.chat.answer_shown_changed.connect(self._on_answer_shown)
        parts.chat.problem.connect(self.show_error)
        parts.fill.preview_changed.connect(self._on_preview_changed)
        parts.download.failed.connect(self.show_error)
        parts.download.fetched.connect(self._on_fetched)
        parts.project.folder_changed.connect(self._on_folder_changed)
        parts.code.has_documents_changed.connect(self._on_has_documents_changed)
        parts.code.failed.connect(self.show_error)
        parts.code.form_changed.connect(self._window.status.set_file_form)
        parts.code.opened.connect(parts.settings.remember_file)
        parts.panes.code.current_changed.connect(self._on_document_changed)
        parts.panes.code.modified_changed.connect(self._on_modified_changed)
        parts.panes.code.cursor_moved.connect(self._window.status.set_cursor)
        parts.settings.changed.connect(self._on_settings_changed)
        parts.settings.not_saved.connect(self.show_error)
        parts.bridge.gone.connect(self._on_gone)

    # --- the model ----------------------------------------------------------------------------------------------------

    def _on_model_changed(self, model: ModelInfo | None) -> None:
        parts = self._program
        for part in (self._window, parts.chat, parts.fill, parts.project):
            part.set_model(model)
        parts.running.set_context(0, model.context_tokens if model is not None else 0)
        parts.running.set_rate(0.0)
        self._use_sampling(parts.settings.settings)
        self._show_device_note()
        for notice in (_ENGINE_GONE, "load-cancelled") if model is not None else (_ENGINE_GONE,):
            self._window.notices.dismiss(notice)
        if model is not None and model.warnings:
            self._window.notices.show_notice(Notice("model-warnings", Level.WARN, " ".join(model.warnings)))

    def _on_loading(self, progress: Progress | None) -> None:
        parts = self._program
        if progress is None:
            parts.running.end(Work.LOADING)
        else:
            parts.running.start(Work.LOADING, parts.model.cancel_loading)
            parts.running.show(Work.LOADING, progress)
        self._window.status.set_loading("" if progress is None else model_name(parts.model.folder))
        parts.chat.set_loading(progress)

    def _on_load_failed(self, report: ErrorReport) -> None:
        self.show_error(report, self._triggers("model.models", "Choose another…"), self._way_back())

    def _on_load_cancelled(self, folder: Path) -> None:
        """What was loaded before had to make room, so nothing is loaded now."""
        previous = self._program.model.previous
        gone = f" {previous.name} had to make room for it, so no model is loaded now." if previous else ""
        sentence = f"Loading {model_name(folder)} was stopped.{gone or ' No model is loaded.'}"
        self._window.notices.show_notice(Notice("load-cancelled", Level.INFO, sentence, "", (self._way_back(),)))

    def _way_back(self) -> NoticeButton:
        """To what was loaded before, else to the starter."""
        previous = self._program.model.previous
        if previous is None or previous.is_starter:
            return self._triggers("model.use_starter", "Use the starter")
        load = partial(self._program.intentions.load_model, previous.folder)
        return NoticeButton(f"Load {previous.name} again", load)

    def _triggers(self, action_id: str, text: str) -> NoticeButton:
        return NoticeButton(text, partial(self._window.commands.trigger, action_id))

    def _on_shelf_changed(self) -> None:
        shelf = self._program.shelf
        self._window.switcher.set_rows(shelf.rows)
        self._window.first_run.show_machine(shelf.machine_facts)
        self._window.status.set_machine("\n".join(f"{fact.word}: {fact.sentence}" for fact in shelf.machine_facts))
        self._window.first_run.show_recommendation(shelf.recommendation)
        self._show_device_note()

    def _show_device_note(self) -> None:
        model = self._program.model
        self._window.status.set_device_note(why_processor(model.model, model.machine, model.choice.device))

    def _on_gone(self, role: Role, report: ErrorReport) -> None:
        match role:
            case Role.ENGINE:
                self._program.model.engine_gone()
                button = self._triggers("engine.restart", "Restart engine")
                self._window.notices.show_notice(
                    Notice(_ENGINE_GONE, Level.ERROR, report.sentence, report.next_step, (button,))
                )
            case Role.READER:
                self._program.project.reader_gone(report)
            case Role.FETCHER:
                self.show_error(report)

    def _use_sampling(self, settings: Settings) -> None:
        """What is set for all models, or for the loaded one alone."""
        parts = self._program
        effective = settings_for(parts.model.model, settings)
        parts.chat.use(effective)
        parts.project.reserve_tokens = effective.chat.max_tokens

    # --- running work -------------------------------------------------------------------------------------------------

    def _on_running_changed(self) -> None:
        running = self._program.running
        self._window.commands.set_met(Need.RUNNING, running.is_any)
        if running.shown is None:
            self._window.status.set_stage("", None, False)
        else:
            stage = stage_of(running.shown)
            self._window.status.set_stage(stage.text, stage.fraction, True)

    def _on_answer_shown(self, shown: bool) -> None:
        self._window.commands.set_met(Need.ANSWER, shown)

    def _on_preview_changed(self, shown: bool) -> None:
        self._window.commands.set_met(Need.PREVIEW, shown)

    def _on_fetched(self, folder: str) -> None:
        button = NoticeButton("Load it", partial(self._program.intentions.load_model, folder))
        name = last_part(folder)
        self._window.notices.show_notice(
            Notice("fetched", Level.INFO, f"{name} was downloaded and checked.", "", (button,))
        )

    # --- what is open -------------------------------------------------------------------------------------------------

    def _on_folder_changed(self, root: str) -> None:
        self._window.commands.set_met(Need.PROJECT, bool(root))
        if root:
            self._program.settings.remember_folder(root)

    def _on_has_documents_changed(self, has_documents: bool) -> None:
        self._window.commands.set_met(Need.FILE, has_documents)
        self._window.set_welcome_visible(not has_documents)

    def _on_document_changed(self, document_id: str) -> None:
        if not document_id:
            self._window.set_subject("")
            return
        name = last_part(self._program.code.path_of(document_id))
        self._window.set_subject(name, modified=self._program.panes.code.is_modified(document_id))

    def _on_modified_changed(self, document_id: str, _modified: bool) -> None:
        if document_id == self._program.panes.code.current_id:
            self._on_document_changed(document_id)

    def _on_settings_changed(self, settings: Settings) -> None:
        parts = self._program
        parts.themes.use(settings)
        self._use_sampling(settings)
        self._window.set_theme_choice(settings.theme)
        self._window.commands.set_pane_key("chat.send", "Ctrl+Enter" if settings.send_with_ctrl_enter else "Enter")
        self._window.set_recent((*settings.recent_folders, *settings.recent_files))
