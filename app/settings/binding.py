"""What follows the settings at once, and the actions that change them."""

from functools import partial

from PySide6.QtCore import QObject

from app.settings.controller import SettingsController
from engine.settings import Settings, ThemeChoice
from ui.theme.theme_source import ThemeSource
from ui.window.actions import Callbacks
from ui.window.main_window import MainWindow


def bind(settings: SettingsController, themes: ThemeSource, window: MainWindow) -> Callbacks:
    """Connect the settings, which end the connections with them; returns what their actions do."""
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
    """What the window shows of the settings."""

    def __init__(self, settings: SettingsController, themes: ThemeSource, window: MainWindow) -> None:
        super().__init__(settings)
        self._themes, self._window = themes, window

    def show(self, settings: Settings) -> None:
        """Wear this theme, tick its choice, list what was opened lately, and leave the first start behind."""
        self._themes.use(settings)
        self._window.set_theme_choice(settings.theme)
        self._window.set_recent((*settings.recent_folders, *settings.recent_files))
        if settings.is_welcomed:
            self._window.set_first_run(False)
