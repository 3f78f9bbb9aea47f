"""The whole window over a scripted bridge: nothing heavy is started, and the test plays what the children would say."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog

from app.children.jobs import OnEvent
from app.host.profile import Profile
from app.models.folders import find_models
from app.window.program import Program
from engine.messages.jobs import Event, Finished, Request, Role
from engine.messages.machine import LoadModel, MachineFacts, MachineProbed, ModelLoaded, ProbeMachine
from engine.model_rows import Act, ModelRow
from tests.model_infos import model_info
from tests.scripted_jobs import ScriptedJobs
from ui.models.dialog import ModelsDialog


class ScriptedBridge(QObject):
    """Takes the place of `app.children.bridge.Bridge`. Attributes: jobs, what was submitted; restarts."""

    gone = Signal(object, object)

    def __init__(self, _logs: Path, _journal: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = ScriptedJobs()
        self.restarts: list[Role] = []

    def new_id(self) -> str:
        return self.jobs.new_id()

    def submit(self, role: Role, request: Request, on_event: OnEvent) -> None:
        self.jobs.submit(role, request, on_event)

    def cancel(self, role: Role, job_id: str) -> None:
        self.jobs.cancel(role, job_id)

    def start(self, role: Role) -> None:
        """There is no child."""

    def restart(self, role: Role) -> None:
        self.restarts.append(role)

    def close(self) -> None:
        """There is no child."""


class ImmediateLooker(QObject):
    """Takes the place of `app.models.folder_looker.FolderLooker` where a test does not want to wait for a thread."""

    looked = Signal(object)

    def __init__(self, models: Path, cache: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models, self._cache = models, cache

    def start(self, added: Iterable[str]) -> None:
        self.looked.emit(find_models(self._models, added, self._cache))


@dataclass
class Stage:
    """A program that a test plays the children of."""

    application: QApplication
    profile: Profile
    program: Program

    @property
    def bridge(self) -> ScriptedBridge:
        bridge: object = self.program.bridge
        assert isinstance(bridge, ScriptedBridge)
        return bridge

    @property
    def dialog(self) -> ModelsDialog:
        """The open Models dialog."""
        dialog = self.program.models_dialog.dialog
        assert dialog is not None
        return dialog

    def asked(self, kind: type[Request]) -> list[Request]:
        """Every request of that kind, in order."""
        return [request for _, request in self.bridge.jobs.submitted if isinstance(request, kind)]

    def play(self, *events: Event) -> None:
        self.bridge.jobs.play(*events)
        self.program.model_list.refresh()

    def probed(self, facts: MachineFacts) -> None:
        """Answer the last look at the computer."""
        job_id = self.asked(ProbeMachine)[-1].job_id
        self.play(MachineProbed(job_id, facts), Finished(job_id))

    def loaded(self, **changes: object) -> None:
        """The load under way succeeds."""
        request = self.asked(LoadModel)[-1]
        assert isinstance(request, LoadModel)
        model = model_info(folder=request.folder, is_starter=request.is_starter, **changes)
        self.play(ModelLoaded(request.job_id, model), Finished(request.job_id))

    def open_models(self) -> ModelsDialog:
        self.program.window.commands.trigger("model.models")
        return self.dialog

    def row(self, key: str) -> ModelRow:
        row = self.program.model_list.row(key)
        assert row is not None
        return row

    def press(self, act: Act) -> None:
        """Press a button of the chosen model."""
        self.dialog.detail.buttons[act].click()

    def small_dialog(self, kind: type[QDialog]) -> QDialog:
        """The dialog of that kind that is open over the Models dialog or the window."""
        found = self.small_dialogs(kind)
        assert len(found) == 1
        return found[0]

    def small_dialogs(self, kind: type[QDialog]) -> list[QDialog]:
        """Every open dialog of that kind."""
        return [dialog for dialog in self.program.window.findChildren(kind) if dialog.isVisible()]

    def notice(self, notice_id: str) -> str:
        """What a notice says; "" if there is none of that id."""
        card = self.program.window.notices.card(notice_id)
        return "" if card is None else f"{card.notice.sentence} {card.notice.next_step}".strip()
