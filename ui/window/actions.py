"""The window's QActions, made from the table, with their needs and the reason while one cannot run."""

from collections.abc import Iterable, Iterator
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from ui.parts.labels import plain_tooltip
from ui.theme.icons import Icons
from ui.theme.theme import Theme
from ui.window.action_table import ActionSpec, Need


class Actions(QObject):
    """Every action by its id. At first no need is met but OTHER_MODEL, because no model is loaded.

    Signals: triggered(id), by menu, key, palette, button or `trigger`.
    """

    triggered = Signal(str)

    def __init__(self, specs: Iterable[ActionSpec], icons: Icons, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._specs = {spec.id: spec for spec in specs}
        self._unmet = set(Need) - {Need.OTHER_MODEL}
        self._pane_keys = {spec.id: spec.pane_key for spec in self._specs.values()}
        self._texts = {spec.id: spec.text for spec in self._specs.values()}
        self._choices: dict[str, QActionGroup] = {}
        self._actions = {spec.id: self._make(spec) for spec in self._specs.values()}

    def __iter__(self) -> Iterator[ActionSpec]:
        """The rows of the table, in order."""
        return iter(self._specs.values())

    def __contains__(self, action_id: object) -> bool:
        return action_id in self._actions

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def trigger(self, action_id: str) -> None:
        """Trigger an action as its menu entry would. A disabled action does nothing."""
        self._actions[action_id].trigger()

    def title(self, action_id: str) -> str:
        """An action's text without the mnemonic."""
        return self._texts[action_id].replace("&", "")

    def keys_text(self, action_id: str) -> str:
        """An action's key in words, such as "Ctrl+I"; "" if it has none."""
        shortcut = self._actions[action_id].shortcut()
        return shortcut.toString(QKeySequence.SequenceFormat.NativeText) or self._pane_keys[action_id]

    def why_disabled(self, action_id: str) -> str:
        """Why an action cannot run, as a sentence; "" if it can."""
        return next((need.value for need in self._specs[action_id].needs if need in self._unmet), "")

    def set_met(self, need: Need, met: bool) -> None:
        """Say whether a need is met, and enable or disable the actions that have it."""
        if met == (need not in self._unmet):
            return
        self._unmet ^= {need}
        for spec in self._specs.values():
            if need in spec.needs:
                self._show_state(spec.id)

    def set_checked(self, action_id: str, checked: bool) -> None:
        """Tick a checkable action without triggering it."""
        self._actions[action_id].setChecked(checked)

    def set_text(self, action_id: str, text: str) -> None:
        """Rename an action, because what it does depends on the model."""
        self._texts[action_id] = text
        self._actions[action_id].setText(self._menu_text(self._specs[action_id]))

    def set_pane_key(self, action_id: str, keys: str) -> None:
        """Show another key for an action whose key a pane handles itself."""
        self._pane_keys[action_id] = keys
        self._actions[action_id].setText(self._menu_text(self._specs[action_id]))

    def set_theme(self, theme: Theme) -> None:
        for spec in self._specs.values():
            if spec.icon:
                self._actions[spec.id].setIcon(self._icons.icon(spec.icon, theme))

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(self._menu_text(spec), self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if isinstance(spec.keys, QKeySequence.StandardKey):
            action.setShortcuts(spec.keys)
        elif spec.keys:
            action.setShortcut(QKeySequence(spec.keys))
        if spec.choice:
            group = self._choices.setdefault(spec.choice, QActionGroup(self))
            group.addAction(action)
        reason = self.why_disabled(spec.id)
        action.setEnabled(not reason)
        action.setToolTip(plain_tooltip(reason))
        action.triggered.connect(partial(self._on_action_triggered, spec.id))
        return action

    def _menu_text(self, spec: ActionSpec) -> str:
        # Qt shows the text after a tab in the place of the shortcut, without making it a shortcut of the window.
        pane_key = self._pane_keys[spec.id]
        text = self._texts[spec.id]
        return f"{text}\t{pane_key}" if pane_key else text

    def _show_state(self, action_id: str) -> None:
        reason = self.why_disabled(action_id)
        self._actions[action_id].setEnabled(not reason)
        self._actions[action_id].setToolTip(plain_tooltip(reason))

    def _on_action_triggered(self, action_id: str, _checked: bool = False) -> None:
        self.triggered.emit(action_id)
