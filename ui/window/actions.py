"""The window's actions: each row of the table with its QAction, what it does, and the reason while it cannot run."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from ui.parts.labels import plain_tooltip
from ui.theme.icons import Icons
from ui.theme.theme import Theme
from ui.window.action_table import ActionSpec, Need

Callbacks = Mapping[str, Callable[[], object]]  # what actions do, by their ids


@dataclass(slots=True)
class _Row:
    """One action. Its text and the key that a pane handles can become others than the table's."""

    spec: ActionSpec
    action: QAction
    text: str
    pane_key: str
    callback: Callable[[], object] | None = None


class Actions(QObject):
    """Every action by its id. At first no need is met but OTHER_MODEL, because no model is loaded.

    Signals: triggered(id), once it was done, by menu, key, palette, button or `trigger`.
    """

    triggered = Signal(str)

    def __init__(self, specs: Iterable[ActionSpec], icons: Icons, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._unmet = set(Need) - {Need.OTHER_MODEL}
        self._choices: dict[str, QActionGroup] = {}
        self._rows = {spec.id: _Row(spec, self._make(spec), spec.text, spec.pane_key) for spec in specs}
        for row in self._rows.values():
            self._show_text(row)
            self._show_state(row)

    def __iter__(self) -> Iterator[ActionSpec]:
        """The rows of the table, in order."""
        return (row.spec for row in self._rows.values())

    def __getitem__(self, action_id: str) -> QAction:
        return self._rows[action_id].action

    @property
    def without_callback(self) -> frozenset[str]:
        """The actions that do nothing."""
        return frozenset(action_id for action_id, row in self._rows.items() if row.callback is None)

    def bind(self, callbacks: Callbacks) -> None:
        """Say what actions do. Raises KeyError for one that is not in the table, ValueError where one does already."""
        for action_id, callback in callbacks.items():
            row = self._rows[action_id]
            if row.callback is not None:
                raise ValueError(f"two parts carry out {action_id}")
            row.callback = callback

    def unbind(self) -> None:
        """From now on no action does anything: the parts that carried them out have ended."""
        for row in self._rows.values():
            row.callback = None

    def trigger(self, action_id: str) -> None:
        """Trigger an action as its menu entry would. A disabled action does nothing."""
        self[action_id].trigger()

    def title(self, action_id: str) -> str:
        """An action's text without the mnemonic."""
        return self._rows[action_id].text.replace("&", "")

    def keys_text(self, action_id: str) -> str:
        """An action's key in words, such as "Ctrl+I"; "" if it has none."""
        shortcut = self[action_id].shortcut()
        return shortcut.toString(QKeySequence.SequenceFormat.NativeText) or self._rows[action_id].pane_key

    def why_disabled(self, action_id: str) -> str:
        """Why an action cannot run, as a sentence; "" if it can."""
        return next((need.value for need in self._rows[action_id].spec.needs if need in self._unmet), "")

    def set_met(self, need: Need, met: bool) -> None:
        """Say whether a need is met, and enable or disable the actions that have it."""
        if met == (need not in self._unmet):
            return
        self._unmet ^= {need}
        for row in self._rows.values():
            if need in row.spec.needs:
                self._show_state(row)

    def set_checked(self, action_id: str, checked: bool) -> None:
        """Tick a checkable action without triggering it."""
        self[action_id].setChecked(checked)

    def set_text(self, action_id: str, text: str) -> None:
        """Rename an action, because what it does depends on the model."""
        row = self._rows[action_id]
        row.text = text
        self._show_text(row)

    def set_pane_key(self, action_id: str, keys: str) -> None:
        """Show another key for an action whose key a pane handles itself."""
        row = self._rows[action_id]
        row.pane_key = keys
        self._show_text(row)

    def set_theme(self, theme: Theme) -> None:
        for row in self._rows.values():
            if row.spec.icon:
                row.action.setIcon(self._icons.icon(row.spec.icon, theme))

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(self)
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
        action.triggered.connect(partial(self._on_action_triggered, spec.id))
        return action

    def _show_text(self, row: _Row) -> None:
        # Qt shows what follows a tab where the shortcut stands, without taking the key for the whole window.
        row.action.setText(f"{row.text}\t{row.pane_key}" if row.pane_key else row.text)

    def _show_state(self, row: _Row) -> None:
        reason = self.why_disabled(row.spec.id)
        row.action.setEnabled(not reason)
        row.action.setToolTip(plain_tooltip(reason))

    def _on_action_triggered(self, action_id: str, _checked: bool = False) -> None:
        callback = self._rows[action_id].callback
        if callback is not None:
            callback()
        self.triggered.emit(action_id)
