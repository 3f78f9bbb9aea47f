"""Puts the current theme on the application and on every part of the window that paints for itself."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from engine.settings import Settings
from ui.theme.style import apply_theme
from ui.theme.theme import Theme
from ui.theme.theme_source import ThemeSource


class Themed(Protocol):
    """A part that takes a theme."""

    def set_theme(self, theme: Theme) -> None:
        """Paint with this theme from now on."""
        ...


class Appearance(QObject):
    """Follows settings and desktop; parts get the theme after the application's style sheet has it."""

    def __init__(self, application: QApplication, source: ThemeSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._source = source
        self._parts: Sequence[Themed] = ()
        source.changed.connect(self._on_theme_changed)
        apply_theme(application, source.theme)

    @property
    def theme(self) -> Theme:
        return self._source.theme

    def dress(self, *parts: Themed) -> None:
        """These parts follow from now on; they were built with the current theme."""
        self._parts = parts

    def use(self, settings: Settings) -> None:
        """Take theme and font sizes from these settings."""
        self._source.use(settings)

    def _on_theme_changed(self, theme: Theme) -> None:
        apply_theme(self._application, theme)
        for part in self._parts:
            part.set_theme(theme)
