"""Menus, palette and shortcuts are one set of actions, and each of them is told."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from engine.messages.prompts import PromptFormat
from engine.settings import ThemeChoice
from tests.gui.shell import STARTER, ShellPanes
from ui.window.action_table import ACTIONS, Menu, Need
from ui.window.main_window import MainWindow
from ui.window.wishes import OpenPaths

# What the application wires by name.
_PROMISED = [
    "file.open",
    "file.open_folder",
    "file.save",
    "file.save_as",
    "file.close",
    "file.quit",
    "edit.undo",
    "edit.redo",
    "edit.cut",
    "edit.copy",
    "edit.paste",
    "edit.find",
    "view.project",
    "view.code",
    "view.chat",
    "view.theme_system",
    "view.theme_light",
    "view.theme_dark",
    "view.palette",
    "chat.new",
    "chat.send",
    "chat.stop",
    "chat.regenerate",
    "chat.copy_answer",
    "chat.focus",
    "fill.fill",
    "fill.accept",
    "fill.discard",
    "project.reload",
    "project.close",
    "model.open_folder",
    "model.open_file",
    "model.use_starter",
    "model.models",
    "model.switch",
    "model.unload",
    "engine.restart",
    "app.settings",
    "help.shortcuts",
    "help.about",
]


def _entries(menu: QMenu) -> list[QAction]:
    return [entry for entry in menu.actions() if not entry.isSeparator() and entry.menu() is None]


def _palette_ids(window: MainWindow) -> list[str]:
    rows = window.command_palette.rows
    return [str(rows.item(row).data(Qt.ItemDataRole.UserRole)) for row in range(rows.rowCount())]


def test_ids_are_unique_and_hold_what_the_application_wires() -> None:
    ids = [spec.id for spec in ACTIONS]
    assert len(ids) == len(set(ids))
    assert set(_PROMISED) <= set(ids)


def test_every_action_stands_in_exactly_one_menu_and_in_the_palette(window: MainWindow) -> None:
    in_menus = [entry.objectName() for menu in window.menus.menus.values() for entry in _entries(menu)]
    window.commands.trigger("view.palette")
    assert sorted(in_menus) == sorted(spec.id for spec in ACTIONS)
    assert sorted(_palette_ids(window)) == sorted(in_menus)


def test_no_key_means_two_things(window: MainWindow) -> None:
    keys = [
        shortcut.toString()
        for spec in ACTIONS
        for shortcut in window.commands[spec.id].shortcuts()
        if not shortcut.isEmpty()
    ]
    assert sorted(keys) == sorted(set(keys))
    alt_letters = [f"Alt+{menu.value[menu.value.index('&') + 1].upper()}" for menu in Menu]
    assert len(set(alt_letters)) == len(Menu)
    assert not set(alt_letters) & set(keys)


@pytest.mark.parametrize("menu", Menu)
def test_mnemonics_of_one_menu_differ(window: MainWindow, menu: Menu) -> None:
    entries = window.menus.menus[menu].actions()
    letters = [entry.text().split("&", 1)[1][0].lower() for entry in entries if "&" in entry.text()]
    assert sorted(letters) == sorted(set(letters))


def test_shortcut_when_pressed_in_the_window_tells_its_action(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.commands.triggered) as told:
        qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert told.args == ["file.open"]


@pytest.mark.parametrize("need", Need)
def test_action_whose_need_is_not_met_is_off_and_says_why(window: MainWindow, need: Need) -> None:
    ids = [spec.id for spec in ACTIONS if need in spec.needs]
    assert ids
    for other in Need:
        window.commands.set_met(other, other is not need)
    for action_id in ids:
        assert not window.commands[action_id].isEnabled()
        assert window.commands.why_disabled(action_id) == need.value
        assert need.value in window.commands[action_id].toolTip()
    window.commands.set_met(need, True)
    assert all(window.commands[action_id].isEnabled() for action_id in ids)


def test_model_when_loaded_enables_what_it_can_do(window: MainWindow) -> None:
    window.commands.set_met(Need.FILE, True)
    assert not window.commands["fill.fill"].isEnabled()
    window.set_model(STARTER)
    assert window.commands["fill.fill"].isEnabled()
    assert window.commands["model.unload"].isEnabled()
    assert window.commands.why_disabled("model.use_starter") == Need.OTHER_MODEL.value
    window.set_model(None)
    assert not window.commands["model.unload"].isEnabled()
    assert window.commands["model.use_starter"].isEnabled()


def test_what_another_model_does_instead_is_what_the_actions_say(window: MainWindow) -> None:
    base = replace(STARTER, prompt_format=PromptFormat.COMPLETION, can_infill=False)
    for model, fill, send in (
        (base, "Continue at the cursor", "Continue the text"),
        (STARTER, "Fill the gap", "Send"),
        (replace(STARTER, can_infill=False), "Continue at the cursor", "Send"),
        (None, "Fill the gap", "Send"),
    ):
        window.set_model(model)
        assert window.commands.title("fill.fill") == fill
        assert window.commands.title("chat.send") == send
        assert window.commands["chat.send"].text().endswith("\tEnter")  # the pane's key stays


def test_theme_choice_when_set_ticks_one_and_tells_nothing(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(window.commands.triggered):
        window.set_theme_choice(ThemeChoice.DARK)
    ticked = [choice for choice in ThemeChoice if window.commands[f"view.theme_{choice.value}"].isChecked()]
    assert ticked == [ThemeChoice.DARK]


def test_pane_key_when_changed_shows_in_menu_and_palette_but_takes_no_key(window: MainWindow) -> None:
    window.commands.set_pane_key("chat.send", "Ctrl+Enter")
    assert window.commands["chat.send"].text().endswith("\tCtrl+Enter")
    assert window.commands.keys_text("chat.send") == "Ctrl+Enter"
    assert window.commands["chat.send"].shortcut().isEmpty()


@pytest.mark.parametrize("action_id", ["edit.cut", "edit.select_all", "edit.undo"])
def test_edit_without_a_focused_text_is_off(window: MainWindow, shell_panes: ShellPanes, action_id: str) -> None:
    shell_panes.editor.setFocus()
    assert window.commands[action_id].isEnabled()
    shell_panes.tree.setFocus()
    assert window.commands.why_disabled(action_id) == Need.TEXT.value


def test_edits_when_chosen_in_the_menu_act_on_the_focused_text(window: MainWindow, shell_panes: ShellPanes) -> None:
    before = shell_panes.editor.toPlainText()
    shell_panes.editor.setFocus()
    for action_id in ("edit.select_all", "edit.cut"):
        window.commands.trigger(action_id)
    assert shell_panes.editor.toPlainText() == ""
    assert QApplication.clipboard().text() == before
    window.commands.trigger("edit.undo")
    assert shell_panes.editor.toPlainText() == before
    shell_panes.composer.setFocus()
    window.commands.trigger("edit.paste")
    assert "rebuild_auth" in shell_panes.composer.text()


def test_every_edit_is_done_on_the_focused_text(window: MainWindow, shell_panes: ShellPanes) -> None:
    edits = [spec.id for spec in ACTIONS if Need.TEXT in spec.needs]
    done: list[str] = []
    for action_id, name in zip(edits, ("undo", "redo", "cut", "copy", "paste", "selectAll"), strict=True):
        setattr(shell_panes.editor, name, lambda action_id=action_id: done.append(action_id))
    shell_panes.editor.setFocus()
    for action_id in edits:
        window.commands.trigger(action_id)
    assert done == edits


def test_action_is_carried_out_by_one_part_alone(window: MainWindow) -> None:
    done: list[str] = []
    window.commands.bind({"file.open": lambda: done.append("file.open")})
    with pytest.raises(ValueError, match="two parts carry out"):
        window.commands.bind({"file.open": lambda: done.append("again")})
    with pytest.raises(KeyError):
        window.commands.bind({"file.opne": lambda: done.append("never")})
    window.commands.trigger("file.open")
    window.commands.unbind()
    window.commands.trigger("file.open")
    assert done == ["file.open"]


def test_palette_when_typed_into_finds_and_runs_with_the_focus_back(
    window: MainWindow, shell_panes: ShellPanes, qtbot: QtBot
) -> None:
    shell_panes.editor.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.command_palette.isVisible()
    field = window.command_palette.field
    assert field.hasFocus()
    qtbot.keyClicks(field, "opfo")
    assert _palette_ids(window)[0] == "file.open_folder"
    with qtbot.waitSignal(window.commands.triggered) as told:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told.args == ["file.open_folder"]
    assert not window.command_palette.isVisible()
    assert shell_panes.editor.hasFocus()


def test_palette_when_left_with_escape_runs_nothing_and_gives_the_focus_back(
    window: MainWindow, shell_panes: ShellPanes, qtbot: QtBot
) -> None:
    shell_panes.composer.setFocus()
    window.commands.trigger("view.palette")
    with qtbot.assertNotEmitted(window.commands.triggered):
        qtbot.keyClick(window.command_palette.field, Qt.Key.Key_Escape)
    assert not window.command_palette.isVisible()
    assert shell_panes.composer.hasFocus()


def test_palette_when_something_else_takes_the_focus_closes(window: MainWindow, shell_panes: ShellPanes) -> None:
    window.commands.trigger("view.palette")
    shell_panes.tree.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not window.command_palette.isVisible()
    assert shell_panes.tree.hasFocus()


def test_palette_when_a_command_cannot_run_says_why_and_stays(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.trigger("view.palette")
    palette = window.command_palette
    qtbot.keyClicks(palette.field, "fill the gap")
    spoken = palette.rows.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"Fill the gap, Fill, {Need.FILE.value}"
    with qtbot.assertNotEmitted(window.commands.triggered):
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_palette_when_nothing_fits_says_so(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.trigger("view.palette")
    qtbot.keyClicks(window.command_palette.field, "zzzz")
    assert window.command_palette.empty.isVisible()
    qtbot.keyClick(window.command_palette.field, Qt.Key.Key_Return)
    assert window.command_palette.isVisible()


def test_palette_when_arrows_pass_the_end_starts_again(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.trigger("view.palette")
    palette = window.command_palette
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == len(ACTIONS) - 1
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 0


def test_shortcut_list_names_every_key(window: MainWindow) -> None:
    window.commands.trigger("help.shortcuts")
    dialog = next(found for found in window.findChildren(QLabel) if found.text() == "Fill the gap").window()
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert {window.commands.keys_text(spec.id) for spec in ACTIONS} - {""} <= shown
    native = QKeySequence("Ctrl+I").toString(QKeySequence.SequenceFormat.NativeText)
    assert native in shown


def test_dialog_when_asked_for_twice_is_one(window: MainWindow) -> None:
    for action_id in ("help.about", "help.about"):
        window.commands.trigger(action_id)
    assert [label.text() for label in window.findChildren(QLabel)].count("Version 1.2.3  ·  Qt 6.11.3") <= 1


def test_recent_path_when_chosen_is_told_byte_for_byte(window: MainWindow, qtbot: QtBot) -> None:
    odd = "/home/x/a & b/caf\udce9.py"
    assert not window.menus.recent.isEnabled()
    window.set_recent((odd, "/home/x/project"))
    with qtbot.waitSignal(window.wished) as told:
        window.menus.recent.actions()[0].trigger()
    assert told.args == [OpenPaths((odd,))]
    assert "a && b" in window.menus.recent.actions()[0].text()


def test_recent_path_when_chosen_on_the_start_page_is_told(window: MainWindow, qtbot: QtBot) -> None:
    window.set_recent(("/a/one.py", "/a/two.py"))
    window.set_recent(("/a/three & four.py",))
    qtbot.waitUntil(lambda: len(window.welcome.recent.findChildren(QPushButton)) == 1)
    with qtbot.waitSignal(window.wished) as told:
        qtbot.mouseClick(window.welcome.recent.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert told.args == [OpenPaths(("/a/three & four.py",))]
