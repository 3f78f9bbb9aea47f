"""The program closed at each moment of its first second, with jobs under way: nothing is heard any more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from app.children.bridge import Bridge
from app.children.jobs import OnEvent
from app.host.profile import Profile
from app.window.program import Program, build_program
from engine.errors import ErrorCode, ErrorReport
from engine.messages.downloads import FetchModel
from engine.messages.generation import Chat, Infill, PromptBuilt, TextDelta
from engine.messages.jobs import Event, Failed, Finished, Progress, Request, Role
from engine.messages.machine import LoadModel, MachineProbed, ModelLoaded, ProbeMachine
from engine.messages.project import FileRow, FilesRead, ReadProject
from engine.settings import ThemeChoice
from tests.gui.scripted_clients import ScriptedClient
from tests.machines import machine
from tests.model_infos import model_info
from ui.models.licence import LicenceDialog
from ui.project.wishes import OpenFile
from ui.window.wishes import OpenPaths

SEVEN = "codellama/CodeLlama-7b-Instruct-hf"
GONE = ErrorReport(ErrorCode.PROCESS_GONE, "It is gone.", "Start it again.")


@dataclass
class FirstSecond:
    """A program over real queues and timers; only what its children would send comes from here."""

    program: Program
    folder: Path
    heard: list[Event]

    def say(self, role: Role, kind: type[Request], *events: Callable[[str], Event]) -> None:
        """Let a child send these about its latest job of that kind."""
        client = ScriptedClient.made[role]
        job_id = client.asked(kind).job_id
        for event in events:
            client.say(event(job_id))

    def start(self) -> None:
        self.program.start(None, ())

    def tell_of_the_machine(self) -> None:
        self.say(Role.ENGINE, ProbeMachine, lambda job: MachineProbed(job, machine()), Finished)

    def tell_how_far_the_load_is(self) -> None:
        self.say(Role.ENGINE, LoadModel, lambda job: Progress(job, "Reading the weights", 1, 4))

    def load(self) -> None:
        self.say(Role.ENGINE, LoadModel, lambda job: ModelLoaded(job, model_info()), Finished)

    def ask(self) -> None:
        self.program.panes.chat.composer.set_text("Who are you?")
        self.program.panes.chat.send()

    def begin_an_answer(self) -> None:
        self.say(
            Role.ENGINE, Chat, lambda job: PromptBuilt(job, 9, 0, 4096), lambda job: TextDelta(job, "I am **Lac", 3)
        )

    def open_a_folder(self) -> None:
        (self.folder / "a.py").write_text("x = 1\n")
        self.program.window.wished.emit(OpenPaths((str(self.folder),)))

    def read_a_file(self) -> None:
        self.say(Role.READER, ReadProject, lambda job: FilesRead(job, (FileRow("a.py", 6, 4, True, ""),)))

    def open_a_file_and_edit_it(self) -> None:
        self.program.panes.project.wished.emit(OpenFile("a.py"))
        view = self.program.panes.code.current_view
        assert view is not None
        view.editor.insertPlainText("y = 2\n")

    def fill(self) -> None:
        self.program.panes.code.request_fill()
        self.say(Role.ENGINE, Infill, lambda job: TextDelta(job, "z = 3", 3))

    def download(self) -> None:
        self.program.download.start(SEVEN, accepted=True)
        self.say(Role.FETCHER, FetchModel, lambda job: Progress(job, "Downloading", 1, 9, "bytes", rate=1.0))

    def look_at_the_models(self) -> None:
        self.program.models_dialog.show_dialog()

    def ask_for_the_licence(self) -> None:
        self.program.download.licence_wanted.emit("codellama/CodeLlama-13b-hf")

    def look_at_a_prompt(self) -> None:
        self.program.panes.chat.request_prompt()

    def choose_a_file(self) -> None:
        self.program.window.commands.trigger("file.open")

    def change_the_theme(self) -> None:
        self.program.window.commands.trigger(f"view.theme_{ThemeChoice.DARK.value}")


MOMENTS = tuple(name for name in vars(FirstSecond) if not name.startswith("_") and name != "say")


@pytest.fixture
def second(qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FirstSecond]:
    heard: list[Event] = []
    submit = Bridge.submit

    def record(bridge: Bridge, role: Role, request: Request, on_event: OnEvent) -> None:
        def hear(event: Event) -> None:
            heard.append(event)
            on_event(event)

        submit(bridge, role, request, hear)

    monkeypatch.setattr(Bridge, "submit", record)
    monkeypatch.setattr("app.children.bridge.Client", ScriptedClient)
    profile = Profile.below(tmp_path / "profile")
    profile.create()
    folder = tmp_path / "folder"
    folder.mkdir()
    yield FirstSecond(build_program(qapp, profile), folder, heard)
    qapp.setStyleSheet("")


@pytest.mark.parametrize("last", MOMENTS)
def test_program_that_was_closed_hears_nothing_more(
    second: FirstSecond, qtbot: QtBot, qapp: QApplication, last: str
) -> None:
    """Whatever arrives late would meet a deleted window, which fails the test."""
    program, window = second.program, second.program.window
    for name in MOMENTS[: MOMENTS.index(last)]:
        getattr(second, name)()
        qtbot.wait(20)  # a frame and more: what was said is told
    getattr(second, last)()  # what was said last is still on its way
    told = len(second.heard)
    window.close()
    assert window.close()  # as a second SIGTERM does
    for client in ScriptedClient.made.values():
        for request in client.submitted:
            client.say(TextDelta(request.job_id, "late", 1))
            client.say(Failed(request.job_id, GONE))
        client.on_gone(client.role, GONE)
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()] == []
    delete(window)
    qtbot.wait(150)  # longer than what the models' rows are gathered for
    assert len(second.heard) == told
    ended = [getattr(program, field.name) for field in fields(program) if field.name != "window"]
    assert [part for part in ended if isinstance(part, QObject) and isValid(part)] == []
    program.close()  # as the one who runs it does; once is enough


def test_moments_are_what_they_say(second: FirstSecond, qtbot: QtBot) -> None:
    """Each of them left something under way; else closing there would prove nothing."""
    program = second.program
    for name in MOMENTS:
        getattr(second, name)()
        qtbot.wait(20)
    assert program.model.model == model_info()
    assert program.running.is_any
    assert program.fill.is_running
    assert program.project.is_reading
    assert program.download.is_running
    assert {type(dialog) for dialog in program.window.findChildren(QDialog)} >= {QFileDialog, LicenceDialog}
    assert program.themes.theme.colours.is_dark
    program.close()
    delete(program.window)
