"""A theme that changes reaches everything of the program that can be dressed, whatever is open."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

import ui
from app.host.profile import Profile
from app.window.program import Program, build_program
from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import TextDelta
from engine.messages.jobs import Failed
from tests.gui.scripted_program import ScriptedBridge, Stage
from tests.machines import machine
from ui.models.dialog import ModelsDialog
from ui.models.licence import LicenceDialog
from ui.parts.notice import Level, Notice, NoticeButton
from ui.prompt.dialog import PromptDialog
from ui.theme.theme import Theme
from ui.window.wishes import OpenPaths

DRESSING = ("set_theme", "set_icons")
ANSWER = "Some *prose*.\n\n|a|b|\n|-|-|\n|1|2|\n\n```python\nx = 1\n```\n"


class Wardrobe:
    """Writes down what each object was dressed in last, for every class of `ui` that can be dressed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.worn: dict[int, Theme] = {}
        self.classes: set[type] = set()
        for module in pkgutil.walk_packages(ui.__path__, "ui."):
            for kind in vars(importlib.import_module(module.name)).values():
                if isinstance(kind, type) and kind.__module__ == module.name:
                    for name in set(DRESSING) & set(vars(kind)):
                        self.classes.add(kind)
                        monkeypatch.setattr(kind, name, self._recording(vars(kind)[name]))

    def _recording(self, dress: Any) -> Any:
        def recorded(part: object, *values: Any) -> None:
            dress(part, *values)
            self.worn[id(part)] = next(value for value in values if isinstance(value, Theme))

        return recorded


@pytest.fixture
def wardrobe(monkeypatch: pytest.MonkeyPatch) -> Wardrobe:
    return Wardrobe(monkeypatch)


@pytest.fixture
def stage(
    wardrobe: Wardrobe, qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """A program with something in every room, and every dialog that it has open."""
    monkeypatch.setattr("app.window.program.Bridge", ScriptedBridge)
    profile = Profile.below(tmp_path / "profile")
    profile.create()
    program = build_program(qapp, profile)
    qtbot.addWidget(program.window)
    program.start(None, ())
    stage = Stage(qapp, profile, program)
    stage.probed(machine())
    stage.loaded()
    _furnish(stage, tmp_path)
    yield stage
    program.close()
    qapp.setStyleSheet("")


def _furnish(stage: Stage, folder: Path) -> None:
    program, commands = stage.program, stage.program.window.commands
    for question in ("What fails?", "What is in `this`?"):
        program.panes.chat.composer.set_text(question)
        program.panes.chat.send()
        if question == "What fails?":
            error = ErrorReport(ErrorCode.OUT_OF_MEMORY, "There is too little memory.", "Close other programs.")
            stage.play(Failed(stage.bridge.jobs.last.job_id, error))
    stage.play(TextDelta(stage.bridge.jobs.last.job_id, ANSWER, 9))
    (folder / "a.py").write_text("x = 1\n")
    program.window.wished.emit(OpenPaths((str(folder / "a.py"),)))
    commands.trigger("edit.find")
    commands.trigger("fill.fill")
    program.window.notices.show_notice(Notice("note", Level.WARN, "Something.", buttons=(NoticeButton("Well"),)))
    view = program.panes.code.current_view
    assert view is not None
    view.notices.show_notice(Notice("note", Level.INFO, "Something of a file."))
    for action_id in ("model.models", "chat.prompt", "app.settings", "help.about", "help.shortcuts", "view.palette"):
        commands.trigger(action_id)
    program.download.licence_wanted.emit("codellama/CodeLlama-7b-Instruct-hf")


def _parts(program: Program) -> Iterator[QObject]:
    for window in QApplication.topLevelWidgets():
        above: QObject | None = window
        while above is not None and above is not program.window:
            above = above.parent()
        if above is program.window:  # dialogs of an earlier test's window may still wait for their deletion
            yield window
            yield from window.findChildren(QObject)


def test_everything_that_can_be_dressed_follows_the_theme(stage: Stage, wardrobe: Wardrobe) -> None:
    program = stage.program
    stage.program.window.commands.trigger("view.theme_dark")
    dark = program.themes.theme
    assert dark.colours.is_dark
    parts = [part for part in _parts(program) if any(hasattr(part, name) for name in DRESSING)]
    assert sorted({type(part).__name__ for part in parts if wardrobe.worn.get(id(part)) is not dark}) == []
    seen = {type(part) for part in parts}
    assert {kind.__name__ for kind in wardrobe.classes if issubclass(kind, QObject) and kind not in seen} == set()
    assert {ModelsDialog, LicenceDialog, PromptDialog} <= seen


def test_open_dialogs_look_as_if_they_had_been_opened_in_the_new_theme(stage: Stage) -> None:
    light = {dialog: dialog.grab().toImage() for dialog in stage.program.window.findChildren(QDialog)}
    stage.program.window.commands.trigger("view.theme_dark")
    assert len(light) >= 6
    for dialog, before in light.items():
        assert isinstance(dialog, QWidget)
        assert dialog.grab().toImage() != before
