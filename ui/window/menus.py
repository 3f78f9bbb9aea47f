"""The menu bar, made from the table of actions in its order."""

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMenu, QMenuBar, QToolButton

from engine.shown import short_path
from ui.parts.labels import plain_tooltip, without_mnemonic
from ui.window.action_table import Menu
from ui.window.actions import Actions
from ui.window.wishes import OpenPaths

_RECENT_LIMIT = 8


class Menus(QObject):
    """Fills a menu bar and keeps its list of recent files and folders.

    Attributes: menus, by Menu; recent, the "Open recent" submenu.
    Signals: wished(OpenPaths), for a recent file or folder.
    """

    wished = Signal(object)

    def __init__(self, bar: QMenuBar, actions: Actions) -> None:
        super().__init__(bar)
        bar.setNativeMenuBar(False)
        self.menus = {menu: self._make(bar, menu) for menu in Menu}
        for spec in actions:
            menu = self.menus[spec.menu]
            if spec.starts_section:
                menu.addSeparator()
            menu.addAction(actions[spec.id])
        self.recent = QMenu("Open &recent", self.menus[Menu.FILE])
        self.recent.setToolTipsVisible(True)
        self.menus[Menu.FILE].insertMenu(actions["file.save"], self.recent)
        self.set_recent(())
        self._add_palette_button(bar, actions)

    def set_recent(self, paths: tuple[str, ...]) -> None:
        """List these paths, the latest first."""
        self.recent.clear()
        self.recent.setEnabled(bool(paths))
        for path in paths[:_RECENT_LIMIT]:
            entry = self.recent.addAction(without_mnemonic(short_path(path)))
            entry.setToolTip(plain_tooltip(short_path(path)))
            entry.triggered.connect(partial(self._on_recent_triggered, path))

    def _make(self, bar: QMenuBar, menu: Menu) -> QMenu:
        made = bar.addMenu(menu.value)
        made.setToolTipsVisible(True)
        return made

    def _add_palette_button(self, bar: QMenuBar, actions: Actions) -> None:
        button = QToolButton(bar)
        button.setText(f"Commands  {actions.keys_text('view.palette')}")
        button.setProperty("variant", "outline")
        button.setAccessibleName("Command palette")
        # Otherwise it would be the first widget in the focus order; its key does the same.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(actions["view.palette"].trigger)
        bar.setCornerWidget(button)

    def _on_recent_triggered(self, path: str, _checked: bool = False) -> None:
        self.wished.emit(OpenPaths((path,)))
