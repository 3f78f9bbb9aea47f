"""The current theme: the person's choice, or the desktop's own scheme as it changes."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QStyleHints

from engine.settings import Settings, ThemeChoice
from ui.theme.theme import Theme, find_theme


class ThemeSource(QObject):
    """Holds the current theme and tells when it changes.

    A desktop that does not tell its scheme (bare X11) counts as light.

    Attributes: theme, the current one.
    Signals: changed(Theme).
    """

    changed = Signal(object)

    def __init__(self, hints: QStyleHints, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hints = hints
        self._settings = settings
        self.theme: Theme = self._find()
        hints.colorSchemeChanged.connect(self._on_desktop_scheme_changed)

    def use(self, settings: Settings) -> None:
        """Take the theme and font sizes from these settings."""
        self._settings = settings
        self._refresh()

    def _on_desktop_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        self._refresh()

    def _refresh(self) -> None:
        theme = self._find()
        if theme != self.theme:
            self.theme = theme
            self.changed.emit(theme)

    def _find(self) -> Theme:
        choice = self._settings.theme
        desktop_is_dark = self._hints.colorScheme() == Qt.ColorScheme.Dark
        dark = desktop_is_dark if choice is ThemeChoice.SYSTEM else choice is ThemeChoice.DARK
        return find_theme(dark=dark, text_pt=self._settings.text_font_pt, code_pt=self._settings.code_font_pt)
