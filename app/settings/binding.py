"""Applies the settings to the window when they change, and provides the actions that change them."""

from functools import partial

from PySide6.QtCore import QObject

from app.settings.controller import SettingsController
from engine.settings import Settings, ThemeChoice
from ui.theme.theme_source import ThemeSource
from ui.window.actions import Callbacks
from ui.window.main_window import MainWindow


def bind(settings: SettingsController, themes: ThemeSource, window: MainWindow) -> Callbacks:
    """Connect the settings; the connections end with them. Returns their actions' callbacks by id."""
    shown = _Shown(settings, themes, window)
    settings.changed.connect(shown.show)
    settings.not_saved.connect(window.notices.show_error)
    shown.show(settings.settings)
    return {
        "app.settings": partial(settings.show_dialog, window),
        "view.larger": partial(settings.zoom, 1),
        "view.smaller": partial(settings.zoom, -1),
        "view.normal_size": partial(settings.zoom, 0),
        **{f"view.theme_{choice.value}": partial(settings.change, theme=choice) for choice in ThemeChoice},
    }


class _Shown(QObject):
    """Shows the settings in the window."""

    def __init__(self, settings: SettingsController, themes: ThemeSource, window: MainWindow) -> None:
        super().__init__(settings)
        self._themes, self._window = themes, window

    def show(self, settings: Settings) -> None:
        """Apply the theme, check its menu entry, list recent files, and hide an answered first-run page."""
        self._themes.use(settings)
        self._window.set_theme_choice(settings.theme)
        self._window.set_recent((*settings.recent_folders, *settings.recent_files))
        if settings.is_welcomed:
            self._window.set_first_run(False)
