"""The settings dialog, driven by keys and clicks: changes are told at once and are always valid."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from engine.settings import FillOrder, Sampling, Settings, ThemeChoice
from ui.parts.fields import SeedValidator
from ui.settings.dialog import Page, SettingsDialog, zoomed

_OWN = Settings(
    theme=ThemeChoice.DARK,
    code_font_pt=12,
    text_font_pt=11,
    send_with_ctrl_enter=True,
    system_prompt="Answer briefly.",
    chat=Sampling(0.731, 0.5, 99, 2**63 - 1),
    fill=Sampling(0.0, 1.0, 128, None),
    model_folder="/models/own",
    recent_folders=("/a",),
    recent_files=("/a/b.py",),
)


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    made = SettingsDialog(_OWN)
    qtbot.addWidget(made)
    made.show()
    return made


def _click(qtbot: QtBot, dialog: SettingsDialog, name: str) -> None:
    button = next(found for found in dialog.findChildren(QAbstractButton) if found.accessibleName() == name)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def _type(qtbot: QtBot, field: QWidget, text: str) -> None:
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    if text:
        qtbot.keyClicks(field, text)
    else:
        qtbot.keyClick(field, Qt.Key.Key_Backspace)


def test_dialog_when_shown_tells_no_change(qtbot: QtBot) -> None:
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    with qtbot.assertNotEmitted(dialog.changed):
        dialog.show()
        dialog.show_settings(_OWN)
    assert dialog.settings == _OWN


def test_theme_when_clicked_is_told_and_nothing_else_changes(dialog: SettingsDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.changed) as told:
        _click(qtbot, dialog, "Theme: Light")
    assert told.args == [replace(_OWN, theme=ThemeChoice.LIGHT)]


def test_send_key_when_clicked_is_told(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.pages.setCurrentIndex(1)
    _click(qtbot, dialog, "Send with: Enter")
    assert not dialog.settings.send_with_ctrl_enter


def test_temperature_when_typed_changes_only_the_temperature(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.pages.setCurrentIndex(1)
    _type(qtbot, dialog.chat.temperature, "1.5")
    assert dialog.settings == replace(_OWN, chat=replace(_OWN.chat, temperature=1.5))


def test_top_p_when_another_field_changes_keeps_more_digits_than_are_shown(
    dialog: SettingsDialog, qtbot: QtBot
) -> None:
    dialog.pages.setCurrentIndex(1)
    qtbot.keyClick(dialog.chat.length, Qt.Key.Key_Up)
    assert dialog.settings.chat.temperature == 0.731
    assert dialog.settings.chat.max_tokens > 99


@pytest.mark.parametrize("typed", ["9", "99999", "-3", "abc", ""])
def test_temperature_whatever_is_typed_stays_within_the_engines_limits(
    dialog: SettingsDialog, qtbot: QtBot, typed: str
) -> None:
    dialog.pages.setCurrentIndex(2)
    _type(qtbot, dialog.fill.temperature, typed)
    _type(qtbot, dialog.fill.top_p, typed)
    _type(qtbot, dialog.fill.length, typed)
    qtbot.keyClick(dialog.fill.temperature, Qt.Key.Key_Tab)
    fill = dialog.settings.fill
    Sampling(fill.temperature, fill.top_p, fill.max_tokens, fill.seed)  # raises if a limit is passed


def test_seed_when_emptied_is_drawn_anew_each_time(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.pages.setCurrentIndex(1)
    assert dialog.chat.seed.text() == str(2**63 - 1)
    _type(qtbot, dialog.chat.seed, "")
    assert dialog.settings.chat.seed is None
    _type(qtbot, dialog.chat.seed, "42x")
    assert dialog.settings.chat.seed == 42


@pytest.mark.parametrize(
    ("text", "is_seed"),
    [("", True), ("0", True), (str(2**63 - 1), True), (str(2**63), False), ("-1", False), ("٣", False)],
)
def test_seed_validator_takes_what_the_engine_takes(text: str, is_seed: bool) -> None:
    state, _, _ = SeedValidator().validate(text, 0)
    assert (state is QValidator.State.Acceptable) is is_seed


def test_system_prompt_when_typed_is_told(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.pages.setCurrentIndex(1)
    qtbot.keyClicks(dialog.system_prompt, "Hm. ")
    assert dialog.settings.system_prompt == "Hm. Answer briefly."


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page.APPEARANCE, replace(_OWN, theme=Settings().theme, text_font_pt=10, code_font_pt=10)),
        (Page.CHAT, replace(_OWN, send_with_ctrl_enter=False, chat=Settings().chat)),
        (Page.FILL, replace(_OWN, fill_order=Settings().fill_order, fill=Settings().fill)),
    ],
)
def test_defaults_are_restored_on_the_page_in_front_alone_and_leave_the_persons_text(
    dialog: SettingsDialog, qtbot: QtBot, page: Page, expected: Settings
) -> None:
    dialog.pages.setCurrentIndex(page)
    with qtbot.waitSignal(dialog.changed):
        qtbot.mouseClick(dialog.defaults_button, Qt.MouseButton.LeftButton)
    assert dialog.settings == expected
    assert dialog.system_prompt.toPlainText() == "Answer briefly."


@pytest.mark.parametrize("typed", ["0.7", "1.6", "1.35", "0.05"])
def test_decimal_that_is_typed_key_by_key_is_taken_although_each_change_is_shown_again(
    dialog: SettingsDialog, qtbot: QtBot, typed: str
) -> None:
    dialog.changed.connect(dialog.show_settings)  # as the holder of the settings does
    dialog.pages.setCurrentIndex(Page.CHAT)
    _type(qtbot, dialog.chat.temperature, typed)
    assert dialog.settings.chat.temperature == float(typed)
    if float(typed) <= 1:
        _type(qtbot, dialog.chat.top_p, typed)
        assert dialog.settings.chat.top_p == float(typed)


def test_zoom_stays_within_the_limits_of_the_dialog() -> None:
    largest = smallest = Settings()
    for _ in range(40):
        largest, smallest = zoomed(largest, 1), zoomed(smallest, -1)
    assert (largest.text_font_pt, largest.code_font_pt) == (28, 28)
    assert (smallest.text_font_pt, smallest.code_font_pt) == (7, 7)
    assert zoomed(largest, 0) == Settings()


def test_fill_order_when_clicked_is_told(dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.pages.setCurrentIndex(2)
    with qtbot.waitSignal(dialog.changed) as told:
        _click(qtbot, dialog, "Prompt: SPM")
    assert told.args == [replace(_OWN, fill_order=FillOrder.SPM)]
